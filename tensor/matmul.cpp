// Matrix products: blocks around the register tile of tensor/kernels/product.cpp.
//
// The product is cut so that each level of memory holds what the level above reads again and again:
// a strip of B (block_k x tile_columns) stays in the nearest cache while the rows of A pass by,
// and a packed block of B (block_k x block_n) in the next.            [Goto & van de Geijn 2008]
#include "tensor/matmul.h"

#include <algorithm>

#include "tensor/kernels/kernels.h"
#include "tensor/math.h"
#include "tensor/parallel.h"

namespace locus {

static constexpr Index block_k = 512;   // 512 x 32 floats: a strip of 64 KiB
static constexpr Index block_n = 1024;  // 512 x 1024 floats: 2 MiB of packed B
static constexpr Index block_m =
    120;  // rows of C per piece of parallel work; a multiple of every tile

void multiply(Index m, Index n, Index k, const MatrixView& a, const MatrixView& b, real* c,
              Index c_row, bool accumulate) {
  if (k == 0 && !accumulate) {
    for (Index i = 0; i < m; ++i) std::fill_n(c + i * c_row, n, real(0));
  }
  const Kernels& kernel = kernels();
  const Index strip = kernel.tile_columns;
  const Index widest = (std::min(n, block_n) + strip - 1) / strip * strip;
  const Buffer packed(std::max<Index>(1, std::min(k, block_k) * widest));
  for (Index j = 0; j < n; j += block_n) {
    const Index columns = std::min(block_n, n - j);
    for (Index p = 0; p < k; p += block_k) {
      const Index depth = std::min(block_k, k - p);
      kernel.pack(b.data + p * b.row_step + j * b.column_step, b.row_step, b.column_step, depth,
                  columns, packed.numbers());
      parallel_for(m, block_m, [&](Index begin, Index end) {
        kernel.multiply_panel(a.data + begin * a.row_step + p * a.column_step, a.row_step,
                              a.column_step, packed.numbers(), c + begin * c_row + j, c_row,
                              end - begin, columns, depth, accumulate || p > 0);
      });
    }
  }
}

namespace {
// One operand of a batched product: its matrices, seen with the transpose applied.
struct Operand {
  Index rows, columns, count;  // of one matrix; how many matrices
  MatrixView first;
  Index next;  // from one matrix to the next; 0 for a single matrix

  Operand(const Tensor& x, bool transposed)
      : rows(x.shape()[-2]), columns(x.shape()[-1]),
        count(x.shape().rows() / std::max<Index>(1, rows)), first{x.data(), columns},
        next(x.shape().rank() > 2 ? rows * columns : 0) {
    if (rows == 0) count = x.shape().rank() > 2 ? 0 : 1;
    if (transposed) {
      std::swap(rows, columns);
      first = first.transposed();
    }
  }
};
}  // namespace

// (.., n, m) with the leading extents of the operand that has more of them.
static Shape product_shape(const Shape& a, const Shape& b, Index n, Index m) {
  const Shape& longer = a.rank() >= b.rank() ? a : b;
  return longer.with(-2, n).with(-1, m);
}

Tensor matmul(const Tensor& a, const Tensor& b, Transpose transpose) {
  const Shape &sa = a.shape(), &sb = b.shape();
  check(sa.rank() >= 2 && sb.rank() >= 2, "matmul: matrices have two axes or more, got {} x {}.",
        sa, sb);
  const Operand x(a, transpose == Transpose::left || transpose == Transpose::both);
  const Operand y(b, transpose == Transpose::right || transpose == Transpose::both);
  check(x.columns == y.rows, "matmul: the inner extents must agree, got {} x {}: {} is not {}.", sa,
        sb, x.columns, y.rows);
  const bool batched = sa.rank() > 2 && sb.rank() > 2;
  check(!batched || (sa.rank() == sb.rank() && std::equal(sa.begin(), sa.end() - 2, sb.begin())),
        "matmul: the leading extents must agree, or one operand is a single matrix, got {} x {}.",
        sa, sb);
  const Index n = x.rows, m = y.columns, k = x.columns;
  Tensor c = Tensor::uninitialized(product_shape(sa, sb, n, m));
  if (c.empty()) return c;
  real* to = c.data();
  const bool rows_follow =
      x.first.column_step == 1 && x.first.row_step == k;  // from matrix to matrix
  if (y.next == 0 && rows_follow) {  // one right matrix for all rows of all left ones
    multiply(c.size() / m, m, k, x.first, y.first, to, m);
    return c;
  }
  const Index count = c.size() / (n * m);
  parallel_for(count, std::max<Index>(1, 500'000 / std::max<Index>(1, n * m * k)),
               [&](Index begin, Index end) {
                 for (Index i = begin; i < end; ++i) {
                   MatrixView left = x.first, right = y.first;
                   left.data += i * x.next, right.data += i * y.next;
                   multiply(n, m, k, left, right, to + i * n * m, m);
                 }
               });
  return c;
}

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  check(weight.shape().rank() == 2 && x.shape().rank() >= 1 && x.shape()[-1] == weight.shape()[1],
        "linear: x (.., k) and weight (m, k) must agree in k, got {} and {}.", x.shape(),
        weight.shape());
  const Index m = weight.shape()[0], k = weight.shape()[1];
  check(bias.shape() == Shape{m}, "linear: the bias must have shape ({}), got {}.", m,
        bias.shape());
  Tensor y = broadcast_to(bias, x.shape().with(-1, m));
  multiply(x.shape().rows(), m, k, {x.data(), k}, MatrixView{weight.data(), k}.transposed(),
           y.data(), m,
           /*accumulate=*/true);
  return y;
}

}  // namespace locus
