// The decompositions that maps and probes stand on, computed by Eigen, which no header of Locus
// includes. Matrices are row-major.
#pragma once

#include <vector>

#include "tensor/real.h"

namespace locus {

struct EigenSystem {
  std::vector<double> values;   // (k), largest first
  std::vector<double> vectors;  // (k, n): row i belongs to values[i], length 1
};

// A = sum_i values_i v_i v_iᵀ for a symmetric A.                              (n, n) -> (n), (n, n)
// Each vector's largest entry is positive, so that equal tables give equal pictures.
// Only the lower triangle is read. O(n³).
// Throws unless there are n² finite elements.
EigenSystem symmetric_eigen(const std::vector<double>& matrix, Index n);

// The `count` largest eigenvalues and their vectors, as symmetric_eigen gives them.
//                                                                             (n, n) -> (k), (k, n)
// From 32 (count + 6) rows on by block Lanczos, O(n²) a step; some 10 steps draw a map. A matrix
// whose leading eigenvalues are too close together for that is decomposed whole, O(n³).
// Throws as symmetric_eigen does, and unless 1 <= count <= n.         [Golub & Van Loan, 10.3.6]
EigenSystem leading_eigen(const std::vector<double>& matrix, Index n, Index count);

struct Svd {
  std::vector<double> values;  // (r), r = min(n, d), largest first
  std::vector<double> u, v;    // (r, n) and (r, d): rows i belong to values[i], orthonormal
};

// X = sum_i values_i u_i v_iᵀ.                                    (n, d) -> (r), (r, n), (r, d)
// By rotations, for matrices of some dozen rows.
// Throws unless there are n d finite elements.
Svd svd(const std::vector<double>& matrix, Index n, Index d);

}  // namespace locus
