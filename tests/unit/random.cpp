#include "tensor/random.h"

#include <algorithm>
#include <array>

#include "tests/support.h"

namespace locus {

using Words = std::array<std::uint32_t, 4>;

// Philox 4x32-10 as its authors state it, for a counter of all 128 bits; Rng uses the low 64.
static Words philox(Words c, std::uint32_t k0, std::uint32_t k1) {
  for (int round = 0; round < 10; ++round, k0 += 0x9E3779B9, k1 += 0xBB67AE85) {
    const std::uint64_t p0 = std::uint64_t(0xD2511F53) * c[0],
                        p1 = std::uint64_t(0xCD9E8D57) * c[2];
    c = {std::uint32_t(p1 >> 32) ^ c[1] ^ k0, std::uint32_t(p1),
         std::uint32_t(p0 >> 32) ^ c[3] ^ k1, std::uint32_t(p0)};
  }
  return c;
}

// The three known answers of the Random123 distribution.                         [Salmon et al. 2011]
TEST(Philox, KnownAnswers) {
  const std::uint32_t ones = 0xffffffff;
  EXPECT_EQ(philox({0, 0, 0, 0}, 0, 0), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({ones, ones, ones, ones}, ones, ones),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0xa4093822, 0x299f31d0),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Rng, BitsAreThoseOfPhiloxTwoWordsAtATime) {
  Rng zero(0);
  EXPECT_EQ(zero.bits(), 0xe169c58d6627e8d5u);
  EXPECT_EQ(zero.bits(), 0x9b00dbd8bc57ac4cu);
  for (const std::uint64_t seed : {1ull, 0x123456789abcdef0ull, ~0ull}) {
    for (const std::uint64_t block : {0ull, 7ull, 0x123456789ull}) {
      Rng rng(seed, 2 * block);
      const Words w = philox({std::uint32_t(block), std::uint32_t(block >> 32), 0, 0},
                             std::uint32_t(seed), std::uint32_t(seed >> 32));
      EXPECT_EQ(rng.bits(), std::uint64_t(w[1]) << 32 | w[0]);
      EXPECT_EQ(rng.bits(), std::uint64_t(w[3]) << 32 | w[2]);
    }
  }
}

// Computed once by another program; a seed means these numbers on every machine.
TEST(Rng, FirstNumbersOfASeedArePinned) {
  Rng rng(42);
  for (const double want :
       {0.4685865183391049, 0.34086154938517876, 0.32706338120338474, 0.4543156017348883}) {
    EXPECT_EQ(rng.uniform(), want);
  }
  Rng again(42);
  for (const double want :
       {-0.4109468672693224, -1.9605079702666057, 0.6783488848961569, 1.523770421358348}) {
    EXPECT_NEAR(again.normal(), want, 4e-16 * 4);
  }
  EXPECT_EQ(again.counter(), 8u);
}

TEST(Rng, GoesOnFromSeedAndCounter) {
  Rng rng(9);
  for (int i = 0; i < 7; ++i) rng.normal();
  Rng resumed(rng.seed(), rng.counter());
  for (int i = 0; i < 20; ++i) EXPECT_EQ(resumed.normal(), rng.normal());
  EXPECT_EQ(numbers(resumed.permutation(9)), numbers(rng.permutation(9)));
}

// Standard errors at n = 200,000: mean 1/√n = 0.0022, of x²: √(2/n) = 0.0032, of x⁴: √(96/n) = 0.022.
// Five of them are allowed.
TEST(Rng, NormalHasTheMomentsOfANormal) {
  Rng rng(1);
  const int n = 200'000;
  double sum1 = 0, sum2 = 0, sum3 = 0, sum4 = 0;
  for (int i = 0; i < n; ++i) {
    const double x = rng.normal();
    sum1 += x, sum2 += x * x, sum3 += x * x * x, sum4 += x * x * x * x;
  }
  EXPECT_NEAR(sum1 / n, 0, 0.011);
  EXPECT_NEAR(sum2 / n, 1, 0.016);
  EXPECT_NEAR(sum3 / n, 0, 0.045);  // √(15/n) = 0.0087
  EXPECT_NEAR(sum4 / n, 3, 0.11);
}

// Each tenth of [0, 1) gets 10,000 of 100,000, give or take 5 deviations of 95.
TEST(Rng, UniformFillsItsRangeEvenly) {
  Rng rng(2);
  int count[10] = {};
  for (int i = 0; i < 100'000; ++i) {
    const double x = rng.uniform();
    ASSERT_TRUE(0 <= x && x < 1);
    ++count[int(x * 10)];
  }
  for (const int c : count) EXPECT_NEAR(c, 10'000, 475);
}

TEST(Rng, BelowIsEvenAlsoForHugeBounds) {
  Rng rng(3);
  int count[3] = {};
  for (int i = 0; i < 30'000; ++i) ++count[rng.below(3)];
  for (const int c : count) EXPECT_NEAR(c, 10'000, 410);  // five deviations of 82
  // With bound 3 * 2^61, a plain remainder of 64 bits would be below 2^61 in 3 of 8 cases, not in 1 of 3.
  const Index third = Index(1) << 61;
  int low = 0;
  for (int i = 0; i < 30'000; ++i) low += rng.below(3 * third) < third;
  EXPECT_NEAR(low, 10'000, 410);
  EXPECT_EQ(rng.below(1), 0);
  EXPECT_EQ(message_of([&] { rng.below(0); }), "Rng::below: the bound must be at least 1, got 0.");
}

TEST(Rng, PermutationsHoldEveryNumberOnce) {
  Rng rng(4);
  std::vector<Index> order = numbers(rng.permutation(100));
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  EXPECT_EQ(order, numbers(Indices::range(100)));
  EXPECT_EQ(rng.permutation(0).size(), 0);
  // All six orders of three are equally likely: 1,000 of 6,000, five deviations of 29.
  int count[6] = {};
  for (int i = 0; i < 6'000; ++i) {
    const Indices p = rng.permutation(3);
    ++count[p[0] * 2 + (p[1] > p[2])];
  }
  for (const int c : count) EXPECT_NEAR(c, 1'000, 145);
}

TEST(RandomTensors, HaveTheSpreadAskedFor) {
  Rng rng(5);
  const Tensor x = normal({100, 100}, real(0.02), rng);
  EXPECT_NEAR(double(mean(x).item()), 0, 0.001);
  EXPECT_NEAR(std::sqrt(double(mean(x * x).item())), 0.02, 0.001);
  const Tensor y = uniform({10'000}, -1, 3, rng);
  EXPECT_NEAR(double(mean(y).item()), 1, 0.06);  // five of 4/√12/100
  EXPECT_GE(*std::min_element(y.begin(), y.end()), -1);
  EXPECT_LT(*std::max_element(y.begin(), y.end()), 3);
}

// In float, 1 + 2^-23 u rounds up to the upper end for half of all u; the end must stay outside.
TEST(RandomTensors, UniformNeedsABoundedRange) {
  const real most = std::numeric_limits<real>::max();
  Rng rng(1);
  const auto draw = [&] { return uniform({100}, -most, most, rng); };
  if (sizeof(real) == 8) {  // the difference is no double
    EXPECT_EQ(message_of(draw).substr(0, 46), "uniform: low and high must be finite, as must ");
  } else {
    const Tensor x = draw();
    EXPECT_GT(*std::max_element(x.begin(), x.end()), most / 2);
    EXPECT_LT(*std::min_element(x.begin(), x.end()), -most / 2);
  }
}

TEST(RandomTensors, UniformNeverReachesItsUpperEnd) {
  Rng rng(6);
  const real low = 1, high = 1 + std::numeric_limits<real>::epsilon();
  for (const real x : uniform({1000}, low, high, rng)) EXPECT_EQ(x, low);
}

}  // namespace locus
