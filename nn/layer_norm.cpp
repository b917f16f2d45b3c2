#include "nn/layer_norm.h"

#include "autograd/ops.h"

namespace locus {

LayerNorm::LayerNorm(Index dim, real epsilon_)
    : weight(Variable::parameter(Tensor({dim}, 1), "weight")),
      bias(Variable::parameter(Tensor({dim}), "bias")), epsilon(epsilon_) {}

Variable LayerNorm::operator()(const Variable& x) const {
  return layer_norm(x, weight, bias, epsilon);
}

void LayerNorm::parts(const Parts& parts) {
  parts.parameter("weight", weight);
  parts.parameter("bias", bias);
}

}  // namespace locus
