#include "nn/layer_norm.h"

#include <cmath>

#include "autograd/ops.h"

namespace locus {

LayerNorm::LayerNorm(Index dim, real epsilon_)
    : weight(Variable::parameter(Tensor({dim}, 1), "weight")),
      bias(Variable::parameter(Tensor({dim}), "bias")), epsilon(epsilon_) {
  check(dim >= 1 && std::isfinite(epsilon) && epsilon >= 0,
        "LayerNorm: a dim of at least 1 and a finite epsilon of 0 or more, got {} and {}.", dim,
        epsilon);
}

Variable LayerNorm::operator()(const Variable& x) const {
  return layer_norm(x, weight, bias, epsilon);
}

void LayerNorm::parts(const Parts& parts) {
  parts.parameter("weight", weight);
  parts.parameter("bias", bias);
}

}  // namespace locus
