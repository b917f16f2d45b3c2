// Functions of rows, and tables of rows. The loops are in tensor/kernels/rows.cpp.
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

Tensor softmax_adjoint(const Tensor& dy, const Tensor& y) {
  check_has_rows(y, "softmax_adjoint");
  check_same_shape(dy, y, "softmax_adjoint");
  Tensor dx = Tensor::uninitialized(y.shape());
  const Index n = y.shape()[-1];
  const real *gradient = dy.data(), *result = y.data();
  real* to = dx.data();
  for_rows(y.shape().rows(), n, [&](Index row, Index count) {
    kernels().softmax_adjoint(gradient + row * n, result + row * n, to + row * n, count, n);
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

static void check_moments(const Tensor& x, const Tensor& moments, const char* function) {
  check(moments.shape() == Shape{x.shape().rows(), 2}, "{}: two moments per row, got {} for {}.",
        function, moments.shape(), x.shape());
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
  real *to = result.output.data(), *moments = result.moments.data();
  for_rows(x.shape().rows(), n, [&](Index row, Index count) {
    kernels().layer_norm(from + row * n, w, b, epsilon, to + row * n, moments + 2 * row, count, n);
  });
  return result;
}

Tensor layer_norm_adjoint(const Tensor& dy, const Tensor& x, const Tensor& weight,
                          const Tensor& moments) {
  check_layer_norm(x, weight, "layer_norm_adjoint");
  check_same_shape(dy, x, "layer_norm_adjoint");
  check_moments(x, moments, "layer_norm_adjoint");
  Tensor dx = Tensor::uninitialized(x.shape());
  const Index n = x.shape()[-1];
  const real *gradient = dy.data(), *from = x.data(), *w = weight.data(), *of = moments.data();
  real* to = dx.data();
  for_rows(x.shape().rows(), n, [&](Index row, Index count) {
    kernels().layer_norm_adjoint(gradient + row * n, from + row * n, w, of + 2 * row, to + row * n,
                                 count, n);
  });
  return dx;
}

Tensor layer_norm_weight_adjoint(const Tensor& dy, const Tensor& x, const Tensor& moments) {
  check_has_rows(x, "layer_norm_weight_adjoint");
  check_same_shape(dy, x, "layer_norm_weight_adjoint");
  check_moments(x, moments, "layer_norm_weight_adjoint");
  // Each piece of rows has a sum of its own; the pieces are added in order.
  const Index n = x.shape()[-1], rows = x.shape().rows(), piece = 128;
  Tensor partial(Shape{std::max<Index>(1, (rows + piece - 1) / piece), n});
  const real *gradient = dy.data(), *from = x.data(), *of = moments.data();
  real* to = partial.data();
  if (n > 0) {
    parallel_for(rows, piece, [&](Index begin, Index end) {
      kernels().layer_norm_weight_adjoint(gradient + begin * n, from + begin * n, of + 2 * begin,
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

Tensor cross_entropy_adjoint(const Tensor& dy, const Tensor& logits, const Indices& targets) {
  const Index count = count_targets(logits, targets), n = logits.shape()[-1];
  const real factor = dy.item() / real(count);
  Tensor dlogits = Tensor::uninitialized(logits.shape());
  const real* from = logits.data();
  const Index* target = &*targets.begin();
  real* to = dlogits.data();
  for_rows(targets.size(), n, [&](Index row, Index rows) {
    kernels().cross_entropy_adjoint(from + row * n, target + row, factor, to + row * n, rows, n);
  });
  return dlogits;
}

static void check_ids(const Indices& ids, Index n, const char* function) {
  for (Index i = 0; i < ids.size(); ++i) {
    check(0 <= ids[i] && ids[i] < n,
          "{}: ids must be 0 or more and below {}, got {} at place {} of {}.", function, n, ids[i],
          i, ids.shape());
  }
}

static Shape with_row(const Shape& ids, Index width, const char* function) {
  check(ids.rank() < Shape::max_rank, "{}: ids of at most {} axes, got {}.", function,
        Shape::max_rank - 1, ids);
  Index extents[Shape::max_rank];
  *std::copy(ids.begin(), ids.end(), extents) = width;
  return Shape(extents, extents + ids.rank() + 1);
}

Tensor gather_rows(const Tensor& table, const Indices& ids) {
  check(table.shape().rank() == 2, "embedding: the table has shape (rows, width), got {}.",
        table.shape());
  check_ids(ids, table.shape()[0], "embedding");
  const Index width = table.shape()[1];
  Tensor y = Tensor::uninitialized(with_row(ids.shape(), width, "embedding"));
  const real* rows = table.data();
  real* to = y.data();
  for_rows(ids.size(), width, [&](Index first, Index count) {
    for (Index i = first; i < first + count; ++i)
      std::copy_n(rows + ids[i] * width, width, to + i * width);
  });
  return y;
}

Tensor scatter_add_rows(const Tensor& dy, const Indices& ids, Index n) {
  check_has_rows(dy, "scatter_add_rows");
  const Index width = dy.shape()[-1];
  check(dy.shape() == with_row(ids.shape(), width, "scatter_add_rows"),
        "scatter_add_rows: one row per id, got rows {} for ids {}.", dy.shape(), ids.shape());
  check_ids(ids, n, "scatter_add_rows");
  Tensor table(Shape{n, width});
  const real* from = dy.data();
  real* to = table.data();
  // Threads share the columns, not the ids: every row is summed in the order of the ids.
  parallel_for(width, std::max<Index>(16, 65536 / std::max<Index>(1, ids.size())),
               [&](Index begin, Index end) {
                 for (Index i = 0; i < ids.size(); ++i) {
                   kernels().add_scaled(from + i * width + begin, 1, to + ids[i] * width + begin,
                                        end - begin);
                 }
               });
  return table;
}

}  // namespace locus
