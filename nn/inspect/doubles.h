// Tensors as double vectors, for what is computed inside nn/inspect. Not for users.
#pragma once

#include <vector>

#include "nn/check_matrix.h"
#include "tensor/tensor.h"

namespace locus {

using Doubles = std::vector<double>;

inline Doubles to_doubles(const Tensor& x) { return Doubles(x.begin(), x.end()); }

inline Tensor to_tensor(const Doubles& numbers, Shape shape) {
  return Tensor(shape, std::vector<real>(numbers.begin(), numbers.end()));
}

// The mean row is subtracted from every row of (n, d).
inline void center_columns(Doubles& rows, Index n, Index d) {
  for (Index column = 0; column < d; ++column) {
    double sum = 0;
    for (Index i = 0; i < n; ++i) sum += rows[size_t(i * d + column)];
    for (Index i = 0; i < n; ++i) rows[size_t(i * d + column)] -= sum / double(n);
  }
}

inline double dot(const double* a, const double* b, Index count) {
  double sum = 0;
  for (Index i = 0; i < count; ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace locus
