#include "tensor/random.h"

#include <cmath>
#include <numeric>

namespace locus {

// Philox 4x32-10: ten rounds that multiply two words and mix in the key. 128 bits in, 128 out.
std::uint64_t Rng::bits() {
  std::uint32_t c0 = std::uint32_t(counter_ / 2), c1 = std::uint32_t(counter_ / 2 >> 32), c2 = 0,
                c3 = 0;
  std::uint32_t k0 = std::uint32_t(seed_), k1 = std::uint32_t(seed_ >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t(0xD2511F53) * c0;
    const std::uint64_t p1 = std::uint64_t(0xCD9E8D57) * c2;
    c0 = std::uint32_t(p1 >> 32) ^ c1 ^ k0;
    c2 = std::uint32_t(p0 >> 32) ^ c3 ^ k1;
    c1 = std::uint32_t(p1);
    c3 = std::uint32_t(p0);
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  // Each block of 128 bits serves two calls.
  return counter_++ % 2 == 0 ? std::uint64_t(c1) << 32 | c0 : std::uint64_t(c3) << 32 | c2;
}

double Rng::uniform() { return double(bits() >> 11) * 0x1p-53; }

// log x of 0 < x < 1 with +, * and / alone, which every machine rounds alike; a library's log
// differs between machines in the last bit. x = 2^e m, and
// log m = 2 (s + s³/3 + s⁵/5 ...) with s = (m - 1) / (m + 1).
static double portable_log(double x) {
  int e;
  double m = std::frexp(x, &e);  // exact
  if (m < 0.7071067811865476) m *= 2, --e;
  const double s = (m - 1) / (m + 1), s2 = s * s;
  double series = 0;
  for (int k = 23; k >= 1; k -= 2) series = series * s2 + 1.0 / k;
  return e * 0.6931471805599453 + 2 * s * series;
}

double Rng::normal() {
  for (;;) {  // a point in the unit disc: 1.27 tries on average
    const double x = 2 * uniform() - 1, y = 2 * uniform() - 1;
    const double r2 = x * x + y * y;
    if (r2 < 1 && r2 > 0) return x * std::sqrt(-2 * portable_log(r2) / r2);
  }
}

Index Rng::below(Index bound) {
  check(bound >= 1, "Rng::below: the bound must be at least 1, got {}.", bound);
  // The top of the range is cut off, so that every remainder is equally likely.
  const std::uint64_t n = std::uint64_t(bound), limit = UINT64_MAX - UINT64_MAX % n;
  std::uint64_t draw = bits();
  while (draw >= limit) draw = bits();
  return Index(draw % n);
}

Indices Rng::permutation(Index n) {
  Indices order = Indices::range(n);
  for (Index i = n - 1; i > 0; --i) std::swap(order[i], order[below(i + 1)]);
  return order;
}

Tensor normal(Shape shape, real stddev, Rng& rng) {
  check(std::isfinite(stddev) && stddev >= 0,
        "normal: the stddev must be finite and 0 or more, got {}.", stddev);
  Tensor result = Tensor::uninitialized(shape);
  for (real *x = result.data(), *end = x + result.size(); x != end; ++x)
    *x = real(rng.normal()) * stddev;
  return result;
}

Tensor uniform(Shape shape, real low, real high, Rng& rng) {
  const double span = double(high) - double(low);
  check(std::isfinite(span) && low <= high,
        "uniform: low and high must be finite, as must high - low, and low not above high, got {} "
        "and {}.",
        low, high);
  Tensor result = Tensor::uninitialized(shape);
  for (real *x = result.data(), *end = x + result.size(); x != end; ++x) {
    // In float, low + span * 0.99999... can round up to high; the number below it is inside.
    const real value = real(low + span * rng.uniform());
    *x = value < high || span <= 0 ? value : std::nextafter(high, low);
  }
  return result;
}

}  // namespace locus
