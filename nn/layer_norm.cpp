#include "nn/layer_norm.h"

#include <cmath>

#include "autograd/ops.h"

namespace locus {

LayerNorm::LayerNorm(Index dim, real epsilon_)
    : weight(Tensor({dim}, 1), "weight"), bias(Tensor({dim}), "bias"), epsilon(epsilon_) {
  check(dim >= 1 && std::isfinite(epsilon) && epsilon >= 0,
        "LayerNorm: a dim of at least 1 and a finite epsilon of 0 or more, got {} and {}.", dim,
        epsilon);
}

Variable LayerNorm::operator()(const Variable& x) const {
  return layer_norm(x, weight, bias, epsilon);
}

void LayerNorm::register_members(Registry& registry) {
  registry.parameter("weight", weight);
  registry.parameter("bias", bias);
}

}  // namespace locus
