#include "nn/dropout.h"

#include "autograd/ops.h"

namespace locus {

static real checked(double rate) {
  check(0 <= rate && rate < 1, "Dropout: the rate must be in [0, 1), got {}.", rate);
  return real(rate);
}

Dropout::Dropout(double rate_, Rng& seeds) : rate(checked(rate_)), rng(seeds.bits()) {}

Variable Dropout::operator()(const Variable& x) const {
  return training() ? dropout(x, rate, rng) : x;
}

}  // namespace locus
