// Rng: random numbers by counting. The n-th number is a fixed function of (seed, n), computed with
// exactly rounded operations only, so a seed gives the same numbers on every machine.
#pragma once

#include <cstdint>
#include <vector>

#include "tensor/indices.h"
#include "tensor/tensor.h"

namespace locus {

class Rng {
 public:
  explicit Rng(std::uint64_t seed, std::uint64_t counter = 0) : seed_(seed), counter_(counter) {}

  // 64 random bits                                          [Philox 4x32-10, Salmon et al. 2011]
  std::uint64_t bits();
  double uniform();  // in [0, 1), a multiple of 2^-53
  double normal();   // mean 0, stddev 1                     [polar method, Marsaglia & Bray 1964]
  Index below(Index bound);      // 0 .. bound - 1, each equally likely; throws for a bound below 1
  Indices permutation(Index n);  // 0 .. n - 1 in random order           -> (n)

  // (seed, counter) is the whole state: Rng(r.seed(), r.counter()) goes on as r would.
  std::uint64_t seed() const { return seed_; }
  std::uint64_t counter() const { return counter_; }

 private:
  std::uint64_t seed_;
  std::uint64_t counter_;
};

Tensor normal(Shape shape, real stddev, Rng& rng);           // mean 0
Tensor uniform(Shape shape, real low, real high, Rng& rng);  // in [low, high)

}  // namespace locus
