#include "nn/inspect/compare.h"

#include "tests/support.h"

namespace locus {

// A triangle; the map is its mirror image, turned by 90 degrees, twice as large and moved away:
// (x, y) -> (2 y + 7, 2 x - 3) is that turn after a mirror.
TEST(Procrustes, UndoesAMoveATurnAMirrorAndAScale) {
  const Tensor truth({3, 2}, {0, 0, 3, 0, 0, 4});
  const Tensor map({3, 2}, {7, -3, 7, 3, 15, -3});
  const Alignment found = procrustes(map, truth);
  EXPECT_NEAR(found.correlation, 1, allowed);
  EXPECT_LE(difference(found.aligned, truth), allowed);
}

// Corners of a square against the same corners with two of them swapped. With X = (1,1), (-1,1), (-1,-1),
// (1,-1) and Y = (1,1), (-1,-1), (-1,1), (1,-1): XᵀY = ((4, 0), (0, 0)), tr S = 4, |X|² = |Y|² = 8.
TEST(Procrustes, OfASquareWithTwoCornersSwappedIsOneHalf) {
  const Tensor square({4, 2}, {1, 1, -1, 1, -1, -1, 1, -1});
  const Tensor swapped({4, 2}, {1, 1, -1, -1, -1, 1, 1, -1});
  const Alignment found = procrustes(square, swapped);
  EXPECT_NEAR(found.correlation, 0.5, allowed);
  EXPECT_LE(
      difference(found.aligned, Tensor({4, 2}, {0.5, 0.5, -0.5, 0.5, -0.5, -0.5, 0.5, -0.5})) *
          difference(found.aligned, Tensor({4, 2}, {0.5, -0.5, -0.5, -0.5, -0.5, 0.5, 0.5, 0.5})),
      allowed);  // the second axis may point either way
}

// Points on a line have no second direction. One is made up, and it must be at right angles to the
// first: a turn keeps lengths, so |aligned - mean| = s |X| = correlation |Y|.
TEST(Procrustes, PointsOnALineAreTurnedNotBent) {
  const Tensor truth({4, 2}, {0, 0, 1, 3, 5, 1, 2, 2});
  for (int step = 0; step < 20; ++step) {
    const double x = std::cos(step), y = std::sin(step);
    Tensor line({4, 2});
    for (Index i = 0; i < 4; ++i) {
      line.at({i, 0}) = real(x * double(i * i));
      line.at({i, 1}) = real(y * double(i * i));
    }
    const Alignment found = procrustes(line, truth);
    double length = 0, whole = 0;
    for (Index i = 0; i < 4; ++i) {  // the truth's mean is (2, 1.5)
      length += std::pow(double(found.aligned(i, 0)) - 2, 2);
      length += std::pow(double(found.aligned(i, 1)) - 1.5, 2);
      whole += std::pow(double(truth(i, 0)) - 2, 2) + std::pow(double(truth(i, 1)) - 1.5, 2);
    }
    EXPECT_NEAR(length / whole, found.correlation * found.correlation, allowed);
  }
}

TEST(Procrustes, PointsInOnePlaceCorrelateWithNothing) {
  const Alignment found = procrustes(Tensor({3, 2}, 5), Tensor({3, 2}, {0, 0, 3, 0, 0, 3}));
  EXPECT_EQ(found.correlation, 0);
  EXPECT_LE(difference(found.aligned, Tensor({3, 2}, 1)), allowed);  // the truth's centre
}

TEST(Procrustes, NeedsOneShape) {
  EXPECT_EQ(message_of([] {
              procrustes(Tensor({4, 2}), Tensor({4, 3}));
            }),
            "procrustes: map and truth must have one shape, got (4, 2) and (4, 3).");
}

// a - 2 = (-1, 0, 1), b - 3 = (-1, -1, 2): 3 / (√2 √6).
TEST(Pearson, ByHand) {
  EXPECT_NEAR(pearson(Tensor({3}, {1, 2, 3}), Tensor({3}, {2, 2, 5})), 3 / std::sqrt(12.0), 1e-12);
  EXPECT_NEAR(pearson(Tensor({3}, {1, 2, 3}), Tensor({3}, {6, 4, 2})), -1, 1e-12);
}

TEST(Pearson, OfAConstantIsZero) {
  EXPECT_EQ(pearson(Tensor({3}, real(0.1)), Tensor({3}, {1, 2, 3})), 0);
}

TEST(Pearson, ListsMustMatch) {
  EXPECT_EQ(message_of([] { pearson(Tensor({3}), Tensor({4})); }),
            "pearson: both must hold the same count of numbers, got (3) and (4).");
  EXPECT_EQ(message_of([] { pearson(Tensor({1}), Tensor({1})); }),
            "pearson: at least 2 numbers are needed, got 1.");
}

// Ranks 1, 2, 3, 4 and 1, 3, 2, 4: 1 - 6 (0 + 1 + 1 + 0) / (4 · 15) = 0.8.
TEST(Spearman, ByHand) {
  EXPECT_NEAR(spearman(Tensor({4}, {1, 5, 9, 100}), Tensor({4}, {-2, 8, 3, 9})), 0.8, 1e-12);
}

// Ranks 1, 2.5, 2.5, 4 and 1, 2, 3, 4: deviations (-1.5, 0, 0, 1.5) and (-1.5, -0.5, 0.5, 1.5):
// 4.5 / √(4.5 · 5).
TEST(Spearman, EqualNumbersShareTheMeanOfTheirRanks) {
  EXPECT_NEAR(spearman(Tensor({4}, {1, 7, 7, 9}), Tensor({4}, {1, 2, 3, 4})), std::sqrt(0.9),
              1e-12);
}

TEST(Spearman, RanksInfinityButNotNan) {
  EXPECT_DOUBLE_EQ(spearman(Tensor({3}, {1, 2, real(INFINITY)}), Tensor({3}, {1, 2, 3})), 1);
  EXPECT_EQ(message_of([] {
              spearman(Tensor({2}, {1, real(NAN)}), Tensor({2}));
            }),
            "spearman: NaN has no rank, got one at place 1 of the first list.");
}

TEST(Pairs, ListTheUpperTriangle) {
  EXPECT_EQ(numbers(pairs(Tensor({3, 3}, {0, 1, 2, 3, 4, 5, 6, 7, 8}))),
            (std::vector<real>{1, 2, 5}));
}

}  // namespace locus
