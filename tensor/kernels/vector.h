// What the kernels of one instruction set share: its vector type, sums over vectors, exp and log.
// Included only by sources compiled with KERNEL_SET; everything lives in that set's own namespace.
#pragma once

#include "tensor/kernels/kernels.h"

namespace locus::KERNEL_SET {

#if defined(__AVX512F__)
inline constexpr Index vector_bytes = 64;
#elif defined(__AVX2__)
inline constexpr Index vector_bytes = 32;
#else
inline constexpr Index vector_bytes = 16;  // SSE2, NEON, WebAssembly SIMD128
#endif
inline constexpr Index lanes = vector_bytes / Index(sizeof(real));

// `lanes` numbers that +, -, * and / treat at once; loads and stores need no alignment.
typedef real Vector __attribute__((vector_size(vector_bytes), aligned(sizeof(real)), may_alias));

static inline Vector load(const real* x) { return *reinterpret_cast<const Vector*>(x); }
static inline void store(real* x, Vector v) { *reinterpret_cast<Vector*>(x) = v; }

// v0 + v1 + ..., by adding the upper half to the lower until one number is left.
template <class V>
static inline real horizontal_sum(V v) {
  constexpr int n = int(sizeof(V) / sizeof(real));
  if constexpr (n == 2) {
    return v[0] + v[1];
  } else if constexpr (n == 4) {
    return horizontal_sum(__builtin_shufflevector(v, v, 0, 1) +
                          __builtin_shufflevector(v, v, 2, 3));
  } else if constexpr (n == 8) {
    return horizontal_sum(__builtin_shufflevector(v, v, 0, 1, 2, 3) +
                          __builtin_shufflevector(v, v, 4, 5, 6, 7));
  } else {
    return horizontal_sum(__builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) +
                          __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15));
  }
}

// sum of term(x[i], y[i]) for i < n. `term` takes vectors and single numbers alike. Four running
// vectors, because one addition takes four cycles and a new one can start in each.
template <class Term>
static inline real sum_of(const real* x, const real* y, Index n, Term term) {
  Vector a = {}, b = {}, c = {}, d = {};
  Index i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    a += term(load(x + i), load(y + i));
    b += term(load(x + i + lanes), load(y + i + lanes));
    c += term(load(x + i + 2 * lanes), load(y + i + 2 * lanes));
    d += term(load(x + i + 3 * lanes), load(y + i + 3 * lanes));
  }
  for (; i + lanes <= n; i += lanes) a += term(load(x + i), load(y + i));
  real total = horizontal_sum((a + b) + (c + d));
  for (; i < n; ++i) {
    total += term(x[i], y[i]);
    // Keeps the loop one of single numbers. As vectors, a compiler would multiply first and then add in
    // order, two roundings where the others here have one.
    asm volatile("");
  }
  return total;
}

// Whole numbers as wide as a real, and a real's bits as such a number.
template <unsigned long bytes>
struct WholeNumber {
  using type = __INT32_TYPE__;
  using unsigned_type = __UINT32_TYPE__;
};
template <>
struct WholeNumber<8> {
  using type = __INT64_TYPE__;
  using unsigned_type = __UINT64_TYPE__;
};
using Bits = WholeNumber<sizeof(real)>::type;
using UnsignedBits = WholeNumber<sizeof(real)>::unsigned_type;

inline constexpr bool is_double = sizeof(real) == 8;
inline constexpr int mantissa_bits = is_double ? 52 : 23;
inline constexpr int exponent_bias = is_double ? 1023 : 127;

// Adding 1.5 * 2^mantissa_bits rounds to a whole number, which then stands in the lowest bits.
inline constexpr real rounding_shift = is_double ? real(0x1.8p52) : real(0x1.8p23);

inline constexpr real log2_e = real(1.4426950408889634);

static inline real power_of_two(Bits n) {
  return __builtin_bit_cast(real, (n + exponent_bias) << mantissa_bits);
}

// exp(r) - 1 for |r| <= ln 2 / 2, by its Taylor series, whose first term left out is below a tenth of
// the last bit.
static inline real exp_minus_1(real r) {
  real series;
  if constexpr (is_double) {
    series = real(1.0 / 6227020800);
    series = series * r + real(1.0 / 479001600);
    series = series * r + real(1.0 / 39916800);
    series = series * r + real(1.0 / 3628800);
    series = series * r + real(1.0 / 362880);
    series = series * r + real(1.0 / 40320);
    series = series * r + real(1.0 / 5040);
  } else {
    series = real(1.0 / 5040);
  }
  series = series * r + real(1.0 / 720);
  series = series * r + real(1.0 / 120);
  series = series * r + real(1.0 / 24);
  series = series * r + real(1.0 / 6);
  series = series * r + real(0.5);
  return r + r * r * series;
}

// exp(x - low) = 2^n exp(r) with x - low = n ln 2 + r, for a low near 0 that a single number cannot hold.
static inline real exp(real x, real low = 0) {
  // Beyond these, the result is infinite or zero. Written so that a NaN stays a NaN.
  constexpr real most = is_double ? 710 : 89, least = is_double ? -746 : -104;
  x = x > most ? most : x;
  x = x < least ? least : x;
  // ln 2 in two pieces; n times the first is exact.
  constexpr real ln2_high = is_double ? real(0x1.62e42feep-1) : real(0x1.62e4p-1);
  constexpr real ln2_low = is_double ? real(0x1.a39ef35793c76p-33) : real(0x1.7f7d1cf79abcap-20);
  const real shifted = x * log2_e + rounding_shift;
  const real n = shifted - rounding_shift;
  const real r = (x - n * ln2_high) - n * ln2_low - low;
  const Bits whole = __builtin_bit_cast(Bits, shifted) - __builtin_bit_cast(Bits, rounding_shift);
  const Bits half = whole >> 1;  // 2^n in two factors: 2^128 and 2^-149 are no normal floats
  return (1 + exp_minus_1(r)) * power_of_two(half) * power_of_two(whole - half);
}

// 2^x, infinite from 2^127.5 (2^1023.5) on, and nothing below the smallest normal number. Cheaper than
// exp: x - n is exact, and one factor of 2^n does.
static inline real exp2_of_normal(real x) {
  constexpr real most = is_double ? 1024 : 128, least = is_double ? -1022 : -126;
  x = x > most ? most : x;
  x = x < least ? least : x;
  const real shifted = x + rounding_shift;
  const real n = shifted - rounding_shift;
  const Bits whole = __builtin_bit_cast(Bits, shifted) - __builtin_bit_cast(Bits, rounding_shift);
  return (1 + exp_minus_1((x - n) * real(0.6931471805599453))) * power_of_two(whole);
}

// a - b modulo 2^width, for bits of numbers below zero.
static inline Bits wrapped_difference(Bits a, Bits b) {
  return Bits(UnsignedBits(a) - UnsignedBits(b));
}

// log x: x = 2^e m, m in [√½, √2); log m = 2 (s + s³/3 + s⁵/5 + ...) with s = (m - 1) / (m + 1).
static inline real log(real x) {
  constexpr real least_normal = is_double ? real(0x1p-1022) : real(0x1p-126);
  constexpr real raise =
      is_double ? real(0x1p54) : real(0x1p25);  // lifts denormals into normal range
  const bool denormal = x < least_normal;
  const Bits bits = __builtin_bit_cast(Bits, denormal ? x * raise : x);
  // Subtracting √½'s bits makes the exponent field count from √½ instead of from 1.
  constexpr Bits root_half = __builtin_bit_cast(Bits, real(0.7071067811865476));
  const Bits e_raw = wrapped_difference(bits, root_half) >> mantissa_bits;
  const real m = __builtin_bit_cast(real, wrapped_difference(bits, e_raw << mantissa_bits));
  const Bits e_whole = e_raw - (denormal ? (is_double ? 54 : 25) : 0);
  const real e =
      __builtin_bit_cast(real, __builtin_bit_cast(Bits, rounding_shift) + e_whole) - rounding_shift;
  const real f = m - 1, s = f / (m + 1), s2 = s * s;
  real series = 0;
  if constexpr (is_double) {
    series = real(2.0 / 23);
    series = series * s2 + real(2.0 / 21);
    series = series * s2 + real(2.0 / 19);
    series = series * s2 + real(2.0 / 17);
    series = series * s2 + real(2.0 / 15);
    series = series * s2 + real(2.0 / 13);
  }
  series = series * s2 + real(2.0 / 11);
  series = series * s2 + real(2.0 / 9);
  series = series * s2 + real(2.0 / 7);
  series = series * s2 + real(2.0 / 5);
  series = series * s2 + real(2.0 / 3);
  // 2 s = f - s f, so the leading term is f itself, which is exact. One product to a sum: of two, a
  // compiler would choose which to fuse with it.
  constexpr real ln2_high = is_double ? real(0x1.62e42feep-1) : real(0x1.62e4p-1);
  constexpr real ln2_low = is_double ? real(0x1.a39ef35793c76p-33) : real(0x1.7f7d1cf79abcap-20);
  real y = e * ln2_high + ((f + e * ln2_low) - s * (f - s2 * series));
  y = x > 0 ? y : (x == 0 ? real(-__builtin_inf()) : real(__builtin_nan("")));
  return x == real(__builtin_inf()) ? x : y;
}

static inline real sqrt(real x) {
  if constexpr (is_double) return real(__builtin_sqrt(x));
  return real(__builtin_sqrtf(static_cast<float>(x)));  // the float build's own width
}

}  // namespace locus::KERNEL_SET
