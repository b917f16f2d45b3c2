// Tensors as double vectors, for what is computed inside nn/inspect. Not for users.
#pragma once

#include <cmath>
#include <vector>

#include "tensor/check.h"
#include "tensor/tensor.h"

namespace locus {

using Doubles = std::vector<double>;

inline Doubles to_doubles(const Tensor& x) { return Doubles(x.begin(), x.end()); }

inline Tensor to_tensor(const Doubles& numbers, Shape shape) {
  return Tensor(shape, std::vector<real>(numbers.begin(), numbers.end()));
}

inline void check_matrix(const Tensor& x, const char* function, const char* what) {
  check(x.shape().rank() == 2 && x.size() > 0,
        "{}: the {} must have two axes and hold numbers, got the shape {}.", function, what,
        x.shape());
}

inline void check_square(const Tensor& x, const char* function, const char* what) {
  check_matrix(x, function, what);
  check(x.shape()[0] == x.shape()[1], "{}: the {} must be square, got the shape {}.", function,
        what, x.shape());
}

inline void check_finite(const Tensor& x, const char* function, const char* what) {
  for (Index i = 0; i < x.size(); ++i) {
    check(std::isfinite(x.data()[i]),
          "{}: the {} must hold finite numbers, got {} at place {}. Look at what computed it.",
          function, what, x.data()[i], i);
  }
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
