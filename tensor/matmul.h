// The matrix product on plain arrays, for functions that multiply parts of tensors in place.
#pragma once

#include "tensor/memory.h"
#include "tensor/real.h"

namespace locus {

// A matrix inside an array: the number in row i, column j stands at
// data[i * row_step + j * column_step].
struct MatrixView {
  const real* data;
  Index row_step;
  Index column_step = 1;

  MatrixView transposed() const { return {data, column_step, row_step}; }
  const real* at(Index i, Index j) const { return data + i * row_step + j * column_step; }
};

// C (m, n) = start + A (m, k) B (k, n). Rows of C are c_row apart. Without data, `start` is zero;
// it may be C itself, to add to it, or one row with a row_step of 0: a bias. Otherwise C overlaps
// nothing else.
void multiply(Index m, Index n, Index k, const MatrixView& a, const MatrixView& b, real* c,
              Index c_row, const MatrixView& start = {nullptr, 0});

// A right operand B (k, n) made ready once for many products with it: in strips as wide as the
// register tile, copied there unless B can be read where it stands. B must outlive it.
class RightOperand {
 public:
  // `rows`: about how many rows of A will pass by in all.
  RightOperand(Index k, Index n, const MatrixView& b, Index rows);

  // C (m, columns) = start + A (m, depth) times B's first `depth` rows and `columns` columns. On one
  // thread; all of B should fit in a cache.
  void multiply(Index m, Index columns, Index depth, const MatrixView& a, real* c, Index c_row,
                const MatrixView& start = {nullptr, 0}) const;

 private:
  Buffer packed_;
  const real* strips_;
  Index row_, strip_;  // from row to row of a strip, from strip to strip
};

}  // namespace locus
