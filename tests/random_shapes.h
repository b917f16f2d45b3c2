// Random shapes and tensors, for programs with and without GoogleTest.
#pragma once

#include <vector>

#include "tensor/random.h"

namespace locus {

inline Tensor random_tensor(Shape shape, std::uint64_t seed) {
  Rng rng(seed);
  return normal(shape, 1, rng);
}

inline Index between(Index low, Index high, Rng& rng) { return low + rng.below(high - low + 1); }

// A random shape of `rank` axes, extents from 1 to `largest`.
inline Shape random_shape(Index rank, Rng& rng, Index largest = 5) {
  std::vector<Index> extents;
  for (Index axis = 0; axis < rank; ++axis) extents.push_back(between(1, largest, rng));
  return Shape(extents.data(), extents.data() + extents.size());
}

// The same shape with some leading axes dropped and some extents made 1: it broadcasts to `shape`.
inline Shape shrunk(const Shape& shape, Rng& rng) {
  std::vector<Index> extents(shape.begin() + rng.below(shape.rank() + 1), shape.end());
  for (Index& extent : extents) extent = rng.below(2) ? extent : 1;
  return Shape(extents.data(), extents.data() + extents.size());
}

}  // namespace locus
