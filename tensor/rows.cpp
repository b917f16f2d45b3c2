// Functions of rows. The loops are in tensor/kernels/rows.cpp.
#include <algorithm>
#include <cmath>

#include "tensor/kernels/kernels.h"
#include "tensor/math.h"
#include "tensor/parallel.h"

namespace locus {

// Calls body(first_row, rows) for stretches of rows of n numbers, in parallel.
template <class Body>
static void for_rows(Index rows, Index n, Body body) {
  if (n == 0) return;
  parallel_for(rows, 8192 / n, [&](Index begin, Index end) { body(begin, end - begin); });
}

static void check_has_rows(const Tensor& x, const char* function) {
  check(x.shape().rank() >= 1, "{}: rows of numbers, got the shape () of a single number.",
        function);
}

static void check_same_shape(const Tensor& dy, const Tensor& x, const char* function) {
  check(dy.shape() == x.shape(), "{}: both shapes must be the same, got {} and {}.", function,
        dy.shape(), x.shape());
}

Tensor softmax(const Tensor& x) {
  check_has_rows(x, "softmax");
  Tensor y = Tensor::uninitialized(x.shape());
  const Index n = x.shape()[-1];
  const real* from = x.data();
  real* to = y.data();
  for_rows(x.shape().rows(), n, [&](Index row, Index count) {
    kernels().softmax(from + row * n, to + row * n, count, n);
  });
  return y;
}

Tensor softmax_backward(const Tensor& dy, const Tensor& y) {
  check_has_rows(y, "softmax_backward");
  check_same_shape(dy, y, "softmax_backward");
  Tensor dx = Tensor::uninitialized(y.shape());
  const Index n = y.shape()[-1];
  const real *gradient = dy.data(), *result = y.data();
  real* to = dx.data();
  for_rows(y.shape().rows(), n, [&](Index row, Index count) {
    kernels().softmax_backward(gradient + row * n, result + row * n, to + row * n, count, n);
  });
  return dx;
}

static void check_layer_norm(const Tensor& x, const Tensor& weight, const char* function) {
  check_has_rows(x, function);
  check(x.shape()[-1] >= 1, "{}: a row needs a number to have a mean, got the shape {}.", function,
        x.shape());
  check(weight.shape() == Shape{x.shape()[-1]},
        "{}: weight and bias have one number per column, got {} for {}.", function, weight.shape(),
        x.shape());
}

static void check_moments(const Tensor& x, const Tensor& mean_rstd, const char* function) {
  check(mean_rstd.shape() == Shape{x.shape().rows(), 2},
        "{}: two mean_rstd per row, got {} for {}.", function, mean_rstd.shape(), x.shape());
}

LayerNormResult layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias,
                           real epsilon) {
  check(std::isfinite(epsilon) && epsilon >= 0,
        "layer_norm: epsilon must be finite and 0 or more, got {}.", epsilon);
  check_layer_norm(x, weight, "layer_norm");
  check_layer_norm(x, bias, "layer_norm");
  LayerNormResult result = {Tensor::uninitialized(x.shape()), Tensor({x.shape().rows(), 2})};
  const Index n = x.shape()[-1];
  const real *from = x.data(), *w = weight.data(), *b = bias.data();
  real *to = result.output.data(), *mean_rstd = result.mean_rstd.data();
  for_rows(x.shape().rows(), n, [&](Index row, Index count) {
    kernels().layer_norm(from + row * n, w, b, epsilon, to + row * n, mean_rstd + 2 * row, count,
                         n);
  });
  return result;
}

Tensor layer_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& weight,
                           const Tensor& mean_rstd) {
  check_layer_norm(x, weight, "layer_norm_backward");
  check_same_shape(dy, x, "layer_norm_backward");
  check_moments(x, mean_rstd, "layer_norm_backward");
  Tensor dx = Tensor::uninitialized(x.shape());
  const Index n = x.shape()[-1];
  const real *gradient = dy.data(), *from = x.data(), *w = weight.data(), *of = mean_rstd.data();
  real* to = dx.data();
  for_rows(x.shape().rows(), n, [&](Index row, Index count) {
    kernels().layer_norm_backward(gradient + row * n, from + row * n, w, of + 2 * row, to + row * n,
                                  count, n);
  });
  return dx;
}

Tensor layer_norm_weight_backward(const Tensor& dy, const Tensor& x, const Tensor& mean_rstd) {
  check_has_rows(x, "layer_norm_weight_backward");
  check_same_shape(dy, x, "layer_norm_weight_backward");
  check_moments(x, mean_rstd, "layer_norm_weight_backward");
  // Each piece of rows has a sum of its own; the pieces are added in order.
  const Index n = x.shape()[-1], rows = x.shape().rows(), piece = 128;
  Tensor partial(Shape{std::max<Index>(1, (rows + piece - 1) / piece), n});
  const real *gradient = dy.data(), *from = x.data(), *of = mean_rstd.data();
  real* to = partial.data();
  if (n > 0) {
    parallel_for(rows, piece, [&](Index begin, Index end) {
      kernels().layer_norm_weight_backward(gradient + begin * n, from + begin * n, of + 2 * begin,
                                           to + begin / piece * n, end - begin, n);
    });
  }
  return sum(partial, 0);
}

// Checks targets against logits (.., n) and returns how many of them count.
static Index count_targets(const Tensor& logits, const Indices& targets) {
  check_has_rows(logits, "cross_entropy");
  check(targets.shape() == logits.shape().without(-1),
        "cross_entropy: one target per row of logits, got targets {} for logits {}.",
        targets.shape(), logits.shape());
  Index count = 0;
  for (Index i = 0; i < targets.size(); ++i) {
    check(ignored <= targets[i] && targets[i] < logits.shape()[-1],
          "cross_entropy: targets must be 0 or more and below {}, or {} (ignored), got {} at place "
          "{} of {}.",
          logits.shape()[-1], ignored, targets[i], i, targets.shape());
    count += targets[i] != ignored;
  }
  check(count > 0, "cross_entropy: at least one target that counts, got none among {}.",
        targets.shape());
  return count;
}

Tensor cross_entropy(const Tensor& logits, const Indices& targets) {
  const Index count = count_targets(logits, targets), n = logits.shape()[-1];
  Tensor losses = Tensor::uninitialized(targets.shape());
  const real* from = logits.data();
  const Index* target = &*targets.begin();
  real* to = losses.data();
  for_rows(targets.size(), n, [&](Index row, Index rows) {
    kernels().cross_entropy(from + row * n, target + row, to + row, rows, n);
  });
  return sum(losses) * (1 / real(count));
}

Tensor cross_entropy_backward(const Tensor& dy, const Tensor& logits, const Indices& targets) {
  const Index count = count_targets(logits, targets), n = logits.shape()[-1];
  const real factor = dy.item() / real(count);
  Tensor dlogits = Tensor::uninitialized(logits.shape());
  const real* from = logits.data();
  const Index* target = &*targets.begin();
  real* to = dlogits.data();
  for_rows(targets.size(), n, [&](Index row, Index rows) {
    kernels().cross_entropy_backward(from + row * n, target + row, factor, to + row * n, rows, n);
  });
  return dlogits;
}

}  // namespace locus
