#include "nn/dropout.h"

#include "autograd/ops.h"

namespace locus {

Dropout::Dropout(real rate_, Rng& seeds) : rate(rate_), rng(seeds.bits()) {
  check(0 <= rate && rate < 1, "Dropout: the rate must be in [0, 1), got {}.", rate);
}

Variable Dropout::operator()(const Variable& x) { return training() ? dropout(x, rate, rng) : x; }

}  // namespace locus
