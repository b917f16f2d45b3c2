// The one decomposition all maps need: a symmetric matrix as a turn, a stretch and a turn back.
#pragma once

#include <vector>

#include "tensor/real.h"

namespace locus {

struct EigenSystem {
  std::vector<double> values;   // (n), largest first
  std::vector<double> vectors;  // (n, n) row-major: row i belongs to values[i], length 1
};

// A = sum_i values_i v_i v_iᵀ for a symmetric A, row-major.                   (n, n) -> (n), (n, n)
// Each vector's largest entry is positive, so that equal tables give equal pictures.
// Only the lower triangle is read. O(n³).
// Throws unless there are n² numbers, all of them finite.
// [Householder tridiagonalisation, then QL with implicit shifts: Golub & Van Loan, 8.3]
EigenSystem symmetric_eigen(std::vector<double> matrix, Index n);

}  // namespace locus
