// Functions of rows. Each adjoint is one pass over the numbers; when the gradient itself is to be
// differentiated, the same formula is written with recorded ops instead.
#include "autograd/ops.h"
#include "autograd/record.h"

namespace locus {

// dx = y (dy - sum_j dy_j y_j)
static Variable softmax_backward(const Variable& dy, const Variable& y) {
  if (!recording()) return softmax_backward(dy.value(), y.value());
  return y * (dy - sum(dy * y, -1, Keep::yes));
}

// y_i = exp(x_i) / sum_j exp(x_j)     dx = y (dy - sum_j dy_j y_j)            along each row
Variable softmax(const Variable& x) {
  return record("softmax", softmax(x.value()), {
      {x, [](const Variable& dy, const Variable& y) { return softmax_backward(dy, y); }},
  });
}

namespace {
// x̂ and 1 / sqrt(variance + epsilon) of each row, recorded.
struct Normalized {
  Variable x_hat, scale;

  Normalized(const Variable& x, real epsilon) {
    const Variable centred = x - mean(x, -1, Keep::yes);
    scale = 1 / sqrt(mean(centred * centred, -1, Keep::yes) + epsilon);
    x_hat = centred * scale;
  }
};
}  // namespace

// With h = dy weight:     dx = (h - mean(h) - x̂ mean(h x̂)) / sqrt(variance + epsilon)
static Variable layer_norm_backward(const Variable& dy, const Variable& x, const Variable& weight,
                                   real epsilon, const Tensor& mean_rstd) {
  if (!recording()) return layer_norm_backward(dy.value(), x.value(), weight.value(), mean_rstd);
  const Normalized n(x, epsilon);
  const Variable h = dy * weight;
  return (h - mean(h, -1, Keep::yes) - n.x_hat * mean(h * n.x_hat, -1, Keep::yes)) * n.scale;
}

// dweight = sum over rows of dy x̂
static Variable layer_norm_weight_backward(const Variable& dy, const Variable& x, real epsilon,
                                          const Tensor& mean_rstd) {
  if (!recording()) return layer_norm_weight_backward(dy.value(), x.value(), mean_rstd);
  return dy * Normalized(x, epsilon).x_hat;  // the engine sums over the rows
}

// y = x̂ weight + bias, x̂ = (x - mean) / sqrt(variance + epsilon)     dbias = sum of dy's rows
Variable layer_norm(const Variable& x, const Variable& weight, const Variable& bias, real epsilon) {
  const LayerNormResult forward = layer_norm(x.value(), weight.value(), bias.value(), epsilon);
  return record("layer_norm", forward.output, {
      {x, [x, weight, epsilon, mean_rstd = forward.mean_rstd](const Variable& dy, const Variable&) {
        return layer_norm_backward(dy, x, weight, epsilon, mean_rstd);
      }},
      {weight, [x, epsilon, mean_rstd = forward.mean_rstd](const Variable& dy, const Variable&) {
        return layer_norm_weight_backward(dy, x, epsilon, mean_rstd);
      }},
      {bias, [](const Variable& dy, const Variable&) { return dy; }},
  });
}

}  // namespace locus
