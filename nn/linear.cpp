#include "nn/linear.h"

#include <cmath>

#include "autograd/ops.h"

namespace locus {

static Tensor starting_weight(Index inputs, Index outputs, Rng& rng) {
  check(inputs >= 1 && outputs >= 1, "Linear: at least one input and one output, got {} and {}.",
        inputs, outputs);
  const real bound = 1 / std::sqrt(real(inputs));
  return uniform({outputs, inputs}, -bound, bound, rng);
}

Linear::Linear(Index inputs, Index outputs, Rng& rng)
    : weight(starting_weight(inputs, outputs, rng), "weight"), bias(Tensor({outputs}), "bias") {}

Variable Linear::operator()(const Variable& x) const { return linear(x, weight, bias); }

void Linear::register_members(Registry& registry) {
  registry.parameter("weight", weight);
  registry.parameter("bias", bias);
}

}  // namespace locus
