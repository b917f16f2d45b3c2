// What laws over random shapes share: seeds, and shapes drawn from them.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "tensor/random.h"
#include "tensor/shape.h"

namespace locus {

// Runs law(rng) for many seeds; a failure names its seed.
template <class Law>
void for_seeds(Law law, std::uint64_t rounds = 40) {
  for (std::uint64_t seed = 1; seed <= rounds; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Rng rng(seed);
    law(rng);
    if (testing::Test::HasFatalFailure()) return;
  }
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
