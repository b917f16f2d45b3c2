// Whether two tensors are the same to the last bit.
#pragma once

#include <cstring>

#include "tensor/tensor.h"

namespace locus::fuzz {

inline bool same(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() &&
         (a.empty() ||
          std::memcmp(a.begin(), b.begin(), std::size_t(a.size()) * sizeof(real)) == 0);
}

}  // namespace locus::fuzz
