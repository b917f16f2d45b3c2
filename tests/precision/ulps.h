// How far a float is from what it should be, in units of its last place (ulp).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

namespace locus {

// The distance between neighbouring floats at `scale`: 2^-23 of its power of two, and nowhere below
// 2^-149, the smallest float above 0.
inline double ulp_at(double scale) {
  std::uint64_t bits;
  std::memcpy(&bits, &scale, sizeof bits);
  const int exponent = int(bits >> 52 & 0x7FF) - 1023;
  bits = std::uint64_t(std::max(exponent, -126) - 23 + 1023) << 52;
  double ulp;
  std::memcpy(&ulp, &bits, sizeof ulp);
  return ulp;
}

// Infinity counts as 2^128, the float that would follow the largest: a result that rounds to infinity
// one step too early is one ulp off.
inline double within_floats(double x) { return std::clamp(x, -0x1p128, 0x1p128); }

// |got - want| in ulps at `scale`; infinite where one of the two alone is NaN.
inline double ulps_apart(double got, double want, double scale) {
  if (std::isnan(got) || std::isnan(want))
    return std::isnan(got) && std::isnan(want) ? 0 : std::numeric_limits<double>::infinity();
  const double error = std::abs(within_floats(got) - within_floats(want));
  return error == 0 ? 0 : error / ulp_at(std::min(std::abs(scale), 0x1.fffffep127));
}

}  // namespace locus
