#include "nn/dropout.h"

#include "autograd/ops.h"

namespace locus {

static real checked(real rate) {
  check(0 <= rate && rate < 1, "Dropout: the rate must be in [0, 1), got {}.", rate);
  return rate;
}

Dropout::Dropout(real rate_, Rng& seeds) : rate(checked(rate_)), rng(seeds.bits()) {}

Variable Dropout::operator()(const Variable& x) { return training() ? dropout(x, rate, rng) : x; }

}  // namespace locus
