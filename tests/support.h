// What the tests share: reading an error's message, comparing tensors, random inputs.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "tensor/math.h"
#include "tests/random_shapes.h"
#include "tests/sanitizers.h"

namespace locus {

inline constexpr double epsilon_of_real = double(std::numeric_limits<real>::epsilon());
// Of two ways to the same numbers, relative to the largest: see difference().
inline constexpr double allowed = sizeof(real) == 8 ? 1e-12 : 1e-5;
inline constexpr real infinity = std::numeric_limits<real>::infinity();

// The message of the Error that f throws.
template <class F>
std::string message_of(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

// Whether operator new throws when asked for more than there is. The sanitizers and valgrind, which comes
// in as a preloaded library, end the program instead.
inline bool requests_can_fail() {
  if (address_sanitizer || thread_sanitizer) return false;
  const char* preloaded = std::getenv("LD_PRELOAD");
  return !preloaded || !std::strstr(preloaded, "vgpreload");
}

inline std::vector<real> numbers(const Tensor& x) { return {x.begin(), x.end()}; }
inline std::vector<Index> numbers(const Indices& x) { return {x.begin(), x.end()}; }

// The largest |a - b|, relative to the largest |b| where that is above 1. NaN where they differ in kind.
inline double difference(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape()) return std::numeric_limits<double>::infinity();
  double worst = 0, scale = 1;
  for (Index i = 0; i < a.size(); ++i) {
    const double x = double(a.begin()[i]), y = double(b.begin()[i]);
    if (std::isnan(x - y)) return std::numeric_limits<double>::quiet_NaN();
    worst = std::max(worst, std::abs(x - y));
    scale = std::max(scale, std::abs(y));
  }
  return worst / scale;
}

// `ulps`: how many roundings apart the two may be.
inline void expect_close(const Tensor& got, const Tensor& want, double ulps = 16) {
  EXPECT_EQ(got.shape(), want.shape()) << fmt::format("{} is not {}", got.shape(), want.shape());
  EXPECT_LE(difference(got, want), ulps * epsilon_of_real)
      << fmt::format("got\n{}\nwant\n{}", got, want);
}

inline bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() &&
         (a.empty() || std::memcmp(a.begin(), b.begin(), size_t(a.size()) * sizeof(real)) == 0);
}

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

// sum of a_i b_i.
inline double inner_product(const Tensor& a, const Tensor& b) {
  EXPECT_EQ(a.shape(), b.shape());
  double total = 0;
  for (Index i = 0; i < a.size(); ++i) total += double(a.begin()[i]) * double(b.begin()[i]);
  return total;
}

}  // namespace locus
