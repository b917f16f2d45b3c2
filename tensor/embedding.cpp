// Looking up rows of a table, and its gradient: adding rows into a table. Each loop is right here.
#include <algorithm>

#include "tensor/math.h"
#include "tensor/parallel.h"

namespace locus {

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

Tensor embedding(const Tensor& table, const Indices& ids) {
  check(table.shape().rank() == 2, "embedding: the table has shape (rows, width), got {}.",
        table.shape());
  check_ids(ids, table.shape()[0], "embedding");
  const Index width = table.shape()[1];
  Tensor y = Tensor::uninitialized(with_row(ids.shape(), width, "embedding"));
  const real* rows = table.data();
  real* to = y.data();
  parallel_for(ids.size(), 8192 / std::max<Index>(1, width), [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) std::copy_n(rows + ids[i] * width, width, to + i * width);
  });
  return y;
}

Tensor scatter_add_rows(const Tensor& dy, const Indices& ids, Index n) {
  check(dy.shape().rank() >= 1,
        "scatter_add_rows: rows of numbers, got the shape () of a single number.");
  const Index width = dy.shape()[-1];
  check(dy.shape() == with_row(ids.shape(), width, "scatter_add_rows"),
        "scatter_add_rows: one row per id, got rows {} for ids {}.", dy.shape(), ids.shape());
  check_ids(ids, n, "scatter_add_rows");
  Tensor table(Shape{n, width});
  const real* from = dy.data();
  real* to = table.data();
  // Threads share the columns, not the ids: every row is summed in the order of the ids.
  const Index grain = std::max<Index>(16, 65536 / std::max<Index>(1, ids.size()));
  parallel_for(width, grain, [&](Index begin, Index end) {
    for (Index i = 0; i < ids.size(); ++i) {
      for (Index j = begin; j < end; ++j) to[ids[i] * width + j] += from[i * width + j];
    }
  });
  return table;
}

}  // namespace locus
