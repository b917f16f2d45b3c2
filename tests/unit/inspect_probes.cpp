#include "nn/inspect/probes.h"

#include <numbers>

#include "nn/positions.h"
#include "tests/support.h"

namespace locus {

// Row p is p times a direction, plus a constant row.
static Tensor straight_line(Index n, Index d) {
  Tensor table({n, d});
  for (Index p = 0; p < n; ++p) {
    for (Index j = 0; j < d; ++j) table.at({p, j}) = real(0.5) + real(p) * real(j + 1) / 8;
  }
  return table;
}

// s_ij = f(j - i).
template <class F>
static Tensor by_offset(Index n, F f) {
  Tensor s({n, n});
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < n; ++j) s.at({i, j}) = real(f(j - i));
  }
  return s;
}

// --- position_probe ------------------------------------------------------------------------------

TEST(PositionProbe, ReadsAStraightLineExactly) {
  for (const Index d : {1, 3, 40}) {
    const PositionProbe probe = position_probe(straight_line(20, d));
    EXPECT_NEAR(probe.r_squared, 1, 1e-9) << d;
    EXPECT_LT(probe.mean_error, 1e-3) << d;
  }
}

TEST(PositionProbe, FindsNothingInRandomVectorsHoweverWide) {
  for (const Index d : {4, 16, 31, 32, 33, 100}) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      const PositionProbe probe = position_probe(random_tensor({32, d}, seed));
      EXPECT_LT(probe.r_squared, 0.35) << d << ", seed " << seed;
      EXPECT_GT(probe.mean_error, 5) << d << ", seed " << seed;
    }
  }
}

// The order of the columns is that of a sum: it may change the rounding and nothing else.
TEST(PositionProbe, OfAWideTableDoesNotHangOnRounding) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Tensor table = random_tensor({32, 100}, seed);
    const Tensor turned = concatenate({slice(table, 1, 37, 100), slice(table, 1, 0, 37)}, 1);
    const double want = position_probe(table).r_squared;
    EXPECT_NEAR(position_probe(turned).r_squared, want, 1e-3 * std::abs(want)) << seed;
  }
}

TEST(PositionProbe, ReadsTheSinusoid) {
  const PositionProbe probe = position_probe(sinusoid(64, 32));
  EXPECT_GT(probe.r_squared, 0.999);
  EXPECT_LT(probe.mean_error, 0.5);
}

// Rows 0, 1, 0: left out, each is guessed by the line through the other two.
//   row 0 from (1 -> 1), (0 -> 2): 2;   row 1 from (0 -> 0), (0 -> 2): 1;   row 2: 0.
// Errors 2, 0, 2; the mean of the others errs by 1.5, 0, 1.5: 1 - 8 / 4.5.
TEST(PositionProbe, LeavesEachRowOut) {
  const PositionProbe probe = position_probe(Tensor({3, 1}, {0, 1, 0}), 1e-12);
  EXPECT_NEAR(probe.mean_error, 4.0 / 3, 1e-6);
  EXPECT_NEAR(probe.r_squared, 1 - 8 / 4.5, 1e-6);
}

// In a grid of 2 x 5 whose table holds the column alone, the column can be read and the row cannot.
TEST(PositionProbe, ReadsAnyPlacesThatAreGiven) {
  Tensor table({10, 1}), rows({10}), columns({10});
  for (Index i = 0; i < 10; ++i) {
    rows.at({i}) = real(i / 5);
    columns.at({i}) = table.at({i, 0}) = real(i % 5);
  }
  EXPECT_NEAR(position_probe(table, columns).r_squared, 1, 1e-9);
  EXPECT_LE(position_probe(table, rows).r_squared, 0);
  Tensor order({10});
  for (Index i = 0; i < 10; ++i) order.at({i}) = real(i);
  EXPECT_NEAR(position_probe(table, order).r_squared, position_probe(table).r_squared, 1e-12);
  EXPECT_EQ(message_of([&] { position_probe(table, Tensor({9})); }),
            "position_probe: one place per row of a table of (10, 1), got (9).");
  EXPECT_EQ(message_of([&] { position_probe(table, Tensor({10}, 2)); }),
            "position_probe: places that differ, got 2 for every row.");
}

// Against fitting the line n times without one row, in two columns.
TEST(PositionProbe, IsTheSameAsFittingAgainWithoutEachRow) {
  const Index n = 9;
  const Tensor table = random_tensor({n, 2}, 3);
  double errors = 0;
  for (Index out = 0; out < n; ++out) {
    double mean[3] = {}, a = 0, b = 0, c = 0, u = 0, v = 0;
    for (Index p = 0; p < n; ++p) {
      if (p == out) continue;
      mean[0] += double(table(p, 0)) / 8, mean[1] += double(table(p, 1)) / 8;
      mean[2] += double(p) / 8;
    }
    for (Index p = 0; p < n; ++p) {
      if (p == out) continue;
      const double x = double(table(p, 0)) - mean[0], y = double(table(p, 1)) - mean[1];
      a += x * x, b += x * y, c += y * y, u += x * (double(p) - mean[2]);
      v += y * (double(p) - mean[2]);
    }
    const double det = a * c - b * b;
    const double guess = mean[2] + (u * c - v * b) / det * (double(table(out, 0)) - mean[0]) +
                         (v * a - u * b) / det * (double(table(out, 1)) - mean[1]);
    errors += std::abs(guess - double(out)) / n;
  }
  EXPECT_NEAR(position_probe(table).mean_error, errors, 1e-6);
}

TEST(PositionProbe, EqualRowsAreWorthTheMean) {
  const PositionProbe probe = position_probe(Tensor({5, 3}, real(0.1)));
  EXPECT_NEAR(probe.r_squared, 0, 1e-9);
  EXPECT_NEAR(probe.mean_error, (2 + 1 + 0 + 1 + 2) / 5.0 * 5 / 4, 1e-9);
}

// --- translation invariance ----------------------------------------------------------------------

TEST(TranslationInvariance, IsOneWhenOnlyTheOffsetCounts) {
  EXPECT_NEAR(translation_invariance(by_offset(9, [](Index m) { return m * m * m - 2 * m; })), 1,
              1e-12);
  EXPECT_EQ(translation_invariance(Tensor({4, 4}, real(0.3))), 1);
  EXPECT_NEAR(translation_invariance(cosine_similarity(sinusoid(64, 32), Center::no)), 1, 1e-4);
}

// Off the diagonal 1 2 | 3 4 | 5 6, mean 3.5: squares 17.5. Offsets: 1 -> {1, 4}, 2 -> {2},
// -1 -> {3, 6}, -2 -> {5}: 2 + 2.25 + 2 + 2.25 of it, with means -1, -1.5, 1, 1.5.
TEST(TranslationInvariance, IsTheShareThatTheOffsetExplains) {
  const Tensor s({3, 3}, {99, 1, 2, 3, -99, 4, 5, 6, 99});
  EXPECT_NEAR(translation_invariance(s), 8.5 / 17.5, 1e-12);
}

TEST(TranslationInvariance, OfRandomNumbersIsNearTwoOverN) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed)
    EXPECT_NEAR(translation_invariance(random_tensor({64, 64}, seed)), 2.0 / 64, 0.02) << seed;
}

// --- monotonicity --------------------------------------------------------------------------------

TEST(Monotonicity, IsOneWhenNearerIsAlwaysMoreAlike) {
  const Tensor near = by_offset(9, [](Index m) { return -std::abs(m); });
  EXPECT_EQ(monotonicity(near), 1);
  EXPECT_EQ(monotonicity(-near), 0);
  EXPECT_EQ(monotonicity(Tensor({4, 4}, real(0.3))), 0.5);
}

// Pairs to the same side exist from the ends alone: row 0 has 5 then 2, row 2 has 7 then 8.
TEST(Monotonicity, CountsPairsToTheSameSide) {
  EXPECT_EQ(monotonicity(Tensor({3, 3}, {0, 5, 2, 1, 0, 1, 8, 7, 0})), 0.5);
}

// Falls to distance 2 and rises again.
TEST(Monotonicity, MayBeAskedOfTheNeighbourhoodAlone) {
  const Tensor s = by_offset(12, [](Index m) { return (std::abs(m) - 2) * (std::abs(m) - 2); });
  EXPECT_EQ(monotonicity(s, 2), 1);
  EXPECT_LT(monotonicity(s), 0.5);
}

TEST(Monotonicity, OfRandomNumbersIsNearOneHalf) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed)
    EXPECT_NEAR(monotonicity(random_tensor({64, 64}, seed)), 0.5, 0.03) << seed;
}

// --- symmetry ------------------------------------------------------------------------------------

TEST(Symmetry, IsOneForAlikeMinusOneForOppositesAndNoneForRandomNumbers) {
  EXPECT_NEAR(symmetry(cosine_similarity(random_tensor({9, 4}, 1))), 1, 1e-12);
  EXPECT_NEAR(symmetry(by_offset(9, [](Index m) { return m; })), -1, 1e-12);
  EXPECT_EQ(symmetry(Tensor({4, 4}, real(0.3))), 1);
  for (std::uint64_t seed = 1; seed <= 5; ++seed)
    EXPECT_NEAR(symmetry(random_tensor({64, 64}, seed)), 0, 0.1) << seed;
}

// Off the diagonal 1 2 | 3 4 | 5 6, minus 3.5: 2 (-2.5 · -0.5 + -1.5 · 1.5 + 0.5 · 2.5) / 17.5.
TEST(Symmetry, IsTheCorrelationOfBothDirections) {
  EXPECT_NEAR(symmetry(Tensor({3, 3}, {9, 1, 2, 3, 9, 4, 5, 6, 9})), 0.5 / 17.5, 1e-12);
}

TEST(Properties, AreAskedOfSquaresOfThree) {
  EXPECT_EQ(message_of([] {
              translation_invariance(Tensor({2, 2}));
            }),
            "translation_invariance: at least 3 rows, got 2.");
  EXPECT_EQ(message_of([] {
              monotonicity(Tensor({3, 4}));
            }),
            "monotonicity: the similarity must be square, got the shape (3, 4).");
  EXPECT_EQ(message_of([] {
              monotonicity(Tensor({3, 3}), 1);
            }),
            "monotonicity: max_distance must be at least 2, or 0 for all distances, got 1.");
  EXPECT_EQ(message_of([] {
              symmetry(Tensor({3, 3}, real(NAN)));
            }),
            "symmetry: the similarity must hold finite numbers, got nan at place 0. Look at what "
            "computed it.");
  EXPECT_EQ(message_of([] {
              position_probe(Tensor({2, 3}));
            }),
            "position_probe: at least 3 rows and a ridge above 0, got 2 and 1e-09.");
}

// --- effective rank ------------------------------------------------------------------------------

// Singular values 3 and 1: shares 3/4 and 1/4.
TEST(EffectiveRank, IsTheExponentialOfTheEntropyOfTheSingularValues) {
  const double entropy = -0.75 * std::log(0.75) - 0.25 * std::log(0.25);
  EXPECT_NEAR(effective_rank(Tensor({2, 3}, {0, 3, 0, 0, 0, 1}), Center::no), std::exp(entropy),
              1e-6);
  EXPECT_NEAR(effective_rank(Tensor({3, 2}, {0, 0, 3, 0, 0, 1}), Center::no), std::exp(entropy),
              1e-6);
}

TEST(EffectiveRank, CountsEqualDirections) {
  Tensor identity({5, 5});
  for (Index i = 0; i < 5; ++i) identity.at({i, i}) = 2;
  EXPECT_NEAR(effective_rank(identity, Center::no), 5, 1e-6);
  EXPECT_NEAR(effective_rank(identity), 4, 1e-6);  // the mean row takes one away
  EXPECT_NEAR(effective_rank(straight_line(20, 7)), 1, 1e-3);
  EXPECT_EQ(effective_rank(Tensor({4, 3}, real(0.1))), 0);
  EXPECT_GT(effective_rank(random_tensor({64, 16}, 1)), 15);
}

// --- spectrum ------------------------------------------------------------------------------------

// A wave of amplitude 3 that runs k times has variance 9/2, all at k; two columns, one of them flat.
TEST(PositionSpectrum, OfAWaveIsOneLine) {
  const Index n = 24;
  for (const Index k : {1, 5, 11}) {
    Tensor table({n, 2}, real(7));
    for (Index p = 0; p < n; ++p)
      table.at({p, 0}) = real(1 + 3 * std::cos(2 * std::numbers::pi * double(k * p) / n + 0.4));
    const Tensor power = position_spectrum(table);
    EXPECT_EQ(power.shape(), (Shape{13}));
    for (Index f = 0; f <= 12; ++f) EXPECT_NEAR(double(power(f)), f == k ? 4.5 / 2 : 0, 1e-5) << f;
  }
}

// --- offset_profile ------------------------------------------------------------------------------

// Offset 1: pairs (0, 1) and (1, 2) upwards, (1, 0) and (2, 1) downwards: (2 + 6 + 4 + 8) / 4.
TEST(OffsetProfile, IsTheMeanOfBothDiagonals) {
  const Tensor similarity({3, 3}, {1, 2, 3, 4, 1, 6, 7, 8, 1});
  expect_close(offset_profile(similarity), Tensor({3}, {1, 5, 5}));
}

TEST(OffsetProfile, IsAllThereIsOfOneThatDependsOnTheOffsetAlone) {
  const Tensor profile = offset_profile(by_offset(6, [](Index m) { return 10 - m * m; }));
  expect_close(profile, Tensor({6}, {10, 9, 6, 1, -6, -15}));
  EXPECT_EQ(message_of([] {
              offset_profile(Tensor({2, 3}));
            }),
            "offset_profile: the similarity must be square, got the shape (2, 3).");
}

// 1, -1, 1, -1: variance 1, at half a turn per place.
TEST(PositionSpectrum, EndsAtTheFastestWave) {
  expect_close(position_spectrum(Tensor({4, 1}, {1, -1, 1, -1})), Tensor({3}, {0, 0, 1}));
}

TEST(PositionSpectrum, AddsUpToTheVariance) {
  for (const Index n : {1, 2, 7, 16}) {
    const Tensor table = random_tensor({n, 3}, 1);
    const Tensor centred = table - mean(table, 0, Keep::yes);
    expect_close(sum(position_spectrum(table)), mean(centred * centred), 64);
  }
}

}  // namespace locus
