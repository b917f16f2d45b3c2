// Matrix products: blocks around the register tile of tensor/kernels/product.cpp.
//
// The product is cut so that each level of memory holds what the level above reads again and again:
//
//   B  a strip (block_k x tile_columns) stays in the nearest cache while rows of A pass by,
//      a block (block_k x block_n) in the farthest, while all of A does
//   A  a block (block_m x block_k) stays in the second cache while B's strips pass by
//   C  a tile stays in registers for block_k steps               [Goto & van de Geijn 2008]
#include "tensor/matmul.h"

#include <algorithm>

#include "tensor/kernels/kernels.h"
#include "tensor/math.h"
#include "tensor/parallel.h"

namespace locus {

static constexpr Index block_k = 512;  // C is read and written once per so many multiply-adds
static constexpr Index block_m = 240;  // 240 x 512 floats: 480 KiB; a multiple of every tile's rows
static constexpr Index block_n = 1024;  // 512 x 1024 floats: 2 MiB
static constexpr Index few_rows = 96;   // for so few rows of A, packing B costs more than it brings
static constexpr Index few_columns = 128;  // for so few columns of B, copying A does

RightOperand::RightOperand(Index k, Index n, const MatrixView& b, Index rows) {
  const Kernels& kernel = kernels();
  const Index width = kernel.tile_columns;
  // Where it stands, B is read by whole vectors, and a tile is one or two of them wide.
  if (b.column_step == 1 && n % (width / 2) == 0 && rows <= few_rows) {
    strips_ = b.data, row_ = b.row_step, strip_ = width;
    return;
  }
  packed_ = Buffer((n + width - 1) / width * width * k);
  kernel.pack(b.data, b.row_step, b.column_step, k, n, packed_.numbers());
  strips_ = packed_.numbers(), row_ = width, strip_ = width * k;
}

void RightOperand::multiply(Index m, Index columns, Index depth, const MatrixView& a, real* c,
                            Index c_row, const MatrixView& start) const {
  kernels().multiply_panel({
      .m = m,
      .n = columns,
      .k = depth,
      .a = a.data,
      .a_row = a.row_step,
      .a_column = a.column_step,
      .b = strips_,
      .b_row = row_,
      .b_strip = strip_,
      .start = start.data,
      .start_row = start.row_step,
      .c = c,
      .c_row = c_row,
  });
}

// Numbers a multiple of 4 KiB apart share the same few places of a cache and push each other out.
static bool collides(Index step) { return step * Index(sizeof(real)) % 4096 == 0; }

// A (m, k), or a copy of it in `room` whose lines are not a multiple of 4 KiB apart.
static MatrixView apart(const MatrixView& a, Index m, Index k, Buffer& room) {
  const bool by_rows = a.column_step == 1;
  const Index lines = by_rows ? m : k, length = by_rows ? k : m;
  const Index step = by_rows ? a.row_step : a.column_step, new_step = length + 16;
  if (!collides(step) || lines < 8) return a;
  room = Buffer(lines * new_step);
  for (Index line = 0; line < lines; ++line)
    std::copy_n(a.data + line * step, length, room.numbers() + line * new_step);
  return by_rows ? MatrixView{room.numbers(), new_step, 1}
                 : MatrixView{room.numbers(), 1, new_step};
}

void multiply(Index m, Index n, Index k, const MatrixView& a, const MatrixView& b, real* c,
              Index c_row, const MatrixView& start) {
  for (Index j = 0; j < n; j += block_n) {
    const Index columns = std::min(block_n, n - j);
    Index p = 0;
    do {  // once even for k = 0: C is to be written
      const Index depth = std::min(block_k, k - p);
      const RightOperand right(depth, columns, {b.at(p, j), b.row_step, b.column_step}, m);
      const MatrixView from = p == 0 ? start : MatrixView{c, c_row};
      parallel_for(m, block_m, [&](Index begin, Index end) {
        const MatrixView block = {a.at(begin, p), a.row_step, a.column_step};
        Buffer room;
        right.multiply(end - begin, columns, depth,
                       columns > few_columns ? apart(block, end - begin, depth, room) : block,
                       c + begin * c_row + j, c_row,
                       {from.data ? from.at(begin, j) : nullptr, from.row_step});
      });
      p += depth;
    } while (p < k);
  }
}

namespace {
// One operand of a batched product: its matrices, seen with the transpose applied.
struct Operand {
  Index rows, columns;  // of one matrix
  MatrixView first;
  Index next;  // from one matrix to the next; 0 for a single matrix

  Operand(const Tensor& x, bool transposed)
      : rows(x.shape()[-2]), columns(x.shape()[-1]), first{x.data(), columns},
        next(x.shape().rank() > 2 ? rows * columns : 0) {
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
  Index extents[Shape::max_rank];  // both at once: with only n in place the shape may be no shape
  Index* const last = std::copy(longer.begin(), longer.end(), extents);
  last[-2] = n, last[-1] = m;
  return Shape(extents, last);
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
  const Shape shape = product_shape(sa, sb, n, m);
  if (k == 0) return Tensor(shape);  // sums of nothing; operands without numbers have no place
  Tensor c = Tensor::uninitialized(shape);
  if (c.empty()) return c;
  real* to = c.data();
  const bool rows_follow =
      x.first.column_step == 1 && x.first.row_step == k;  // from matrix to matrix
  if (y.next == 0 && rows_follow) {  // one right matrix for all rows of all left ones
    multiply(c.size() / m, m, k, x.first, y.first, to, m);
    return c;
  }
  const Index count = c.size() / (n * m);
  parallel_for(count, 500'000 / (n * m * k), [&](Index begin, Index end) {
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
  Tensor y = Tensor::uninitialized(x.shape().with(-1, m));
  multiply(x.shape().rows(), m, k, {x.data(), k}, MatrixView{weight.data(), k}.transposed(),
           y.data(), m, /*start=*/{bias.data(), 0});
  return y;
}

}  // namespace locus
