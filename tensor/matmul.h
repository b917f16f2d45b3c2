// The matrix product on plain arrays, for functions that multiply parts of tensors in place.
#pragma once

#include "tensor/real.h"

namespace locus {

// A matrix inside an array: the number in row i, column j stands at
// data[i * row_step + j * column_step].
struct MatrixView {
  const real* data;
  Index row_step;
  Index column_step = 1;

  MatrixView transposed() const { return {data, column_step, row_step}; }
};

// C (m, n) = A (m, k) B (k, n), or += where `accumulate`. Rows of C are c_row apart. C overlaps
// neither A nor B.
void multiply(Index m, Index n, Index k, const MatrixView& a, const MatrixView& b, real* c,
              Index c_row, bool accumulate = false);

}  // namespace locus
