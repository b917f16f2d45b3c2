// What functions of a whole matrix require of it. Each throws locus::Error unless it holds; `function`
// and `what` name the caller and the argument in the message.
#pragma once

#include <cmath>

#include "tensor/check.h"
#include "tensor/tensor.h"

namespace locus {

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

}  // namespace locus
