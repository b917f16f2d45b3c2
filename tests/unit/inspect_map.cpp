#include "nn/inspect/map.h"

#include <algorithm>
#include <numbers>

#include "nn/inspect/compare.h"
#include "nn/inspect/eigen.h"
#include "nn/positions.h"
#include "tests/support.h"

namespace locus {

// ((2, 1), (1, 2)): 3 along (1, 1), 1 along (1, -1).
TEST(SymmetricEigen, OfATwoByTwo) {
  const EigenSystem system = symmetric_eigen({2, 1, 1, 2}, 2);
  EXPECT_NEAR(system.values[0], 3, 1e-14);
  EXPECT_NEAR(system.values[1], 1, 1e-14);
  const double half = std::sqrt(0.5);
  EXPECT_NEAR(system.vectors[0], half, 1e-14);
  EXPECT_NEAR(system.vectors[1], half, 1e-14);
  EXPECT_NEAR(system.vectors[2], half, 1e-14);
  EXPECT_NEAR(system.vectors[3], -half, 1e-14);
}

TEST(SymmetricEigen, OfADiagonalSortsIt) {
  const EigenSystem system = symmetric_eigen({-1, 0, 0, 0, 5, 0, 0, 0, 2}, 3);
  EXPECT_EQ(system.values, (std::vector<double>{5, 2, -1}));
  EXPECT_EQ(system.vectors, (std::vector<double>{0, 1, 0, 0, 0, 1, 1, 0, 0}));
}

TEST(SymmetricEigen, VectorsAreOrthonormalAndRebuildTheMatrix) {
  const Index n = 23;
  Rng rng(5);
  std::vector<double> a(size_t(n * n));
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j <= i; ++j) a[size_t(i * n + j)] = a[size_t(j * n + i)] = rng.normal();
  }
  const auto [values, v] = symmetric_eigen(a, n);
  for (Index i = 0; i < n; ++i) {
    const auto row = v.begin() + i * n;
    const auto [low, high] = std::minmax_element(row, row + n);
    EXPECT_GT(*high, -*low);  // a vector's largest entry is positive
    for (Index j = 0; j < n; ++j) {
      double product = 0, rebuilt = 0;
      for (Index k = 0; k < n; ++k) {
        product += v[size_t(i * n + k)] * v[size_t(j * n + k)];
        rebuilt += values[size_t(k)] * v[size_t(k * n + i)] * v[size_t(k * n + j)];
      }
      EXPECT_NEAR(product, i == j ? 1 : 0, 1e-12);
      EXPECT_NEAR(rebuilt, a[size_t(i * n + j)], 1e-12);
    }
  }
}

TEST(SymmetricEigen, ZerosAreTheirOwnAnswer) {
  EXPECT_EQ(symmetric_eigen(std::vector<double>(16, 0.0), 4).values, std::vector<double>(4, 0.0));
}

// Most directions of a wide sinusoid are nearly nothing beside the first.
TEST(SymmetricEigen, SettlesWhereMostDirectionsAreNearlyNothing) {
  const Index d = 192;
  const Components whole = pca(sinusoid(2 * d, d), d);
  EXPECT_NEAR(sum(whole.explained).item(), 1, 1e-4);
  Tensor identity({d, d});
  for (Index i = 0; i < d; ++i) identity.at({i, i}) = 1;
  expect_close(matmul(whole.axes, whole.axes, Transpose::right), identity, 1000);
}

TEST(SymmetricEigen, SaysWhatIsWrong) {
  EXPECT_EQ(message_of([] {
              symmetric_eigen({1, 2, 3}, 2);
            }),
            "symmetric_eigen: 2 rows must hold 4 numbers, got 3.");
  EXPECT_EQ(message_of([] {
              symmetric_eigen({1, 0, 0, double(INFINITY)}, 2);
            }),
            "symmetric_eigen: the numbers must be finite, got inf.");
}

// A diagonal 2, 2, 1.99, 1.99, ...: too close together for few steps, so the whole is decomposed.
TEST(LeadingEigen, FindsEqualEigenvaluesInACrowd) {
  const Index n = 300;
  std::vector<double> a(size_t(n * n), 0.0);
  for (Index i = 0; i < n; ++i) a[size_t(i * (n + 1))] = 2 - double(i / 2) / 150;
  const EigenSystem found = leading_eigen(a, n, 3);
  EXPECT_NEAR(found.values[0], 2, 1e-12);
  EXPECT_NEAR(found.values[1], 2, 1e-12);
  EXPECT_NEAR(found.values[2], 2 - 1.0 / 150, 1e-12);
}

// Steps along the streets of a square: the two widest directions are equally wide.
TEST(LeadingEigen, IsTheBeginningOfAllAtAnyScale) {
  const Index side = 17, n = side * side;
  std::vector<double> a, tiny;
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < n; ++j)
      a.push_back(-double(std::abs(i / side - j / side) + std::abs(i % side - j % side)));
  }
  for (const double x : a) tiny.push_back(std::ldexp(x, -900));
  const EigenSystem all = symmetric_eigen(a, n), found = leading_eigen(a, n, 3),
                    small = leading_eigen(tiny, n, 3);
  EXPECT_EQ(found.vectors, small.vectors);
  for (Index k = 0; k < 3; ++k) {
    EXPECT_NEAR(found.values[size_t(k)], all.values[size_t(k)], 1e-8);
    EXPECT_EQ(small.values[size_t(k)], std::ldexp(found.values[size_t(k)], -900));
    const double* v = &found.vectors[size_t(k * n)];
    EXPECT_GT(*std::max_element(v, v + n), -*std::min_element(v, v + n) * (1 - 1e-6));
    for (Index i = 0; i < n; ++i) {
      double image = 0;
      for (Index j = 0; j < n; ++j) image += a[size_t(i * n + j)] * v[j];
      EXPECT_NEAR(image, found.values[size_t(k)] * v[i], 1e-8);
    }
  }
}

// 4 along -(0, 0, 1) from the second row, 3 along (1, 0, 0) from the first.
TEST(Svd, OfTwoRowsThatCross) {
  const Svd parts = svd({3, 0, 0, 0, 0, -4}, 2, 3);
  EXPECT_NEAR(parts.values[0], 4, 1e-14);
  EXPECT_NEAR(parts.values[1], 3, 1e-14);
  EXPECT_NEAR(parts.u[1] * parts.v[2], -1, 1e-14);
  EXPECT_NEAR(parts.u[2] * parts.v[3], 1, 1e-14);
}

// Four points on the line (1, 2) + t (3, 4) / 5 with t = -3, -1, 1, 3: one component holds it all.
TEST(Pca, OfPointsOnALineHasOneComponent) {
  Tensor table({4, 2});
  for (Index i = 0; i < 4; ++i) {
    table.at({i, 0}) = real(1 + 0.6 * double(2 * i - 3));
    table.at({i, 1}) = real(2 + 0.8 * double(2 * i - 3));
  }
  const Components found = pca(table, 2);
  EXPECT_LE(difference(found.explained, Tensor({2}, {1, 0})), allowed);
  EXPECT_LE(difference(found.points, Tensor({4, 2}, {-3, 0, -1, 0, 1, 0, 3, 0})), allowed);
  EXPECT_NEAR(found.axes(0, 0), 0.6, allowed);
  EXPECT_NEAR(found.axes(0, 1), 0.8, allowed);
}

TEST(Pca, AConstantTableExplainsNothing) {
  const Components found = pca(Tensor({3, 2}, real(0.5)), 1);
  EXPECT_EQ(numbers(found.explained), std::vector<real>{0});
  EXPECT_EQ(numbers(found.points), std::vector<real>(3, 0));
}

TEST(Pca, ComponentsMustFitTheTable) {
  EXPECT_EQ(message_of([] {
              pca(Tensor({4, 3}), 4);
            }),
            "pca: components must be from 1 to 3 for a table of (4, 3), got 4.");
  EXPECT_EQ(message_of([] { pca(Tensor({12}), 1); }),
            "pca: the table must have two axes and hold numbers, got the shape (12).");
}

TEST(ClassicalMds, RecoversTheThreeFourFiveTriangle) {
  const Tensor distances({3, 3}, {0, 3, 5, 3, 0, 4, 5, 4, 0});
  EXPECT_LE(difference(straight_distances(classical_mds(distances, 2)), distances), allowed);
}

// On a line 0, 1, 3 the second coordinate has nothing left to say.
TEST(ClassicalMds, PointsOnALineNeedOneCoordinate) {
  const Tensor points = classical_mds(Tensor({3, 3}, {0, 1, 3, 1, 0, 2, 3, 2, 0}), 2);
  for (Index i = 0; i < 3; ++i) EXPECT_NEAR(points(i, 1), 0, 1e-3);
  EXPECT_NEAR(std::abs(points(0, 0) - points(2, 0)), 3, allowed);
}

TEST(ClassicalMds, DistancesMustBeFiniteAndTheSameBothWays) {
  EXPECT_EQ(message_of([] {
              classical_mds(Tensor({2, 2}, {0, 1, 2, 0}));
            }),
            "classical_mds: distances must be the same both ways, got 1 from 0 to 1 and 2 back.");
  EXPECT_EQ(message_of([] {
              classical_mds(walking_distances(3, {{0, 1}}));
            }),
            "classical_mds: distances must be finite, got inf from 0 to 2. Join the pieces.");
  EXPECT_EQ(message_of([] {
              classical_mds(Tensor({2, 2}), 3);
            }),
            "classical_mds: components must be from 1 to 2 for 2 places, got 3.");
}

// Similar to near places only, like bumps along a line or around a ring, with a little noise.
static Tensor bumps(Index n, bool ring, std::uint64_t seed) {
  Rng rng(seed);
  Tensor table({n, n});
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < n; ++j) {
      const Index gap = std::abs(i - j);
      const double away = double(ring ? std::min(gap, n - gap) : gap);
      table.at({i, j}) = real(std::exp(-away * away / 8) + 0.02 * rng.normal());
    }
  }
  return table;
}

TEST(Isomap, UncurlsANoisyLine) {
  const Index n = 32;
  Tensor truth({n});
  for (Index i = 0; i < n; ++i) truth.at({i}) = real(i);
  const Tensor line = isomap(cosine_similarity(bumps(n, false, 1)), 2, 1);
  EXPECT_DOUBLE_EQ(std::abs(spearman(line, truth)), 1);
}

TEST(Isomap, DrawsANoisyRingAsACircle) {
  const Index n = 24;
  Tensor dial({n, 2});
  for (Index i = 0; i < n; ++i) {
    const double angle = 2 * std::numbers::pi * double(i) / double(n);
    dial.at({i, 0}) = real(std::cos(angle));
    dial.at({i, 1}) = real(std::sin(angle));
  }
  const Tensor ring = isomap(cosine_similarity(bumps(n, true, 2)), 2, 2);
  EXPECT_GT(procrustes(ring, dial).correlation, 0.99);
}

// 0-1 and 2-3 are close pairs; 1-2 is the most similar pair across, so the order is 0, 1, 2, 3.
TEST(Isomap, PiecesAreJoinedByTheirMostSimilarPair) {
  const real near = real(0.9), bridge = real(0.2);
  const Tensor similarity({4, 4}, {1, near, 0, -1, near, 1, bridge, 0,  //
                                   0, bridge, 1, near, -1, 0, near, 1});
  const Tensor line = isomap(similarity, 1, 1);
  EXPECT_DOUBLE_EQ(std::abs(spearman(line, Tensor({4}, {0, 1, 2, 3}))), 1);
  const double street = std::acos(double(near)), gap = std::acos(double(bridge));
  EXPECT_NEAR(std::abs(line(0, 0) - line(3, 0)), 2 * street + gap, allowed);
}

TEST(Isomap, NeighboursMustBeOthers) {
  EXPECT_EQ(message_of([] {
              isomap(Tensor({3, 3}), 3);
            }),
            "isomap: neighbours must be from 1 to 2 for 3 places, got 3.");
  EXPECT_EQ(message_of([] {
              isomap(Tensor({3, 4}));
            }),
            "isomap: the similarity must be square, got the shape (3, 4).");
}

// 0 - 1 - 2 and 3 alone.
TEST(WalkingDistances, CountStepsAndKnowWhereNoWayLeads) {
  const real never = std::numeric_limits<real>::infinity();
  const Tensor distances = walking_distances(4, {{0, 1}, {1, 2}});
  EXPECT_EQ(numbers(distances), (std::vector<real>{0, 1, 2, never, 1, 0, 1, never,  //
                                                   2, 1, 0, never, never, never, never, 0}));
  EXPECT_EQ(message_of([] {
              walking_distances(2, {{0, 2}});
            }),
            "walking_distances: links must join two different places from 0 to 1, got 0 - 2.");
}

TEST(StraightDistances, AreEuclidean) {
  expect_close(straight_distances(Tensor({2, 2}, {0, 0, 3, 4})), Tensor({2, 2}, {0, 5, 5, 0}));
}

}  // namespace locus
