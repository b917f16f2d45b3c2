#include "nn/inspect/similarity.h"

#include "tests/support.h"

namespace locus {

// A path 0 - 1 - ... - n-1 and the similarity that knows it: -|i - j|.
static std::vector<Link> path(Index n) {
  std::vector<Link> links;
  for (Index i = 0; i + 1 < n; ++i) links.push_back({i, i + 1});
  return links;
}

static Tensor nearness(Index n) {
  Tensor similarity({n, n});
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < n; ++j) similarity.at({i, j}) = real(-std::abs(i - j));
  }
  return similarity;
}

// The mean row is (0, 5). What is left: (3, 4), (-3, -4), (4, -3), (-4, 3): two pairs of opposites at
// right angles.
TEST(CosineSimilarity, SubtractsTheMeanRowFirst) {
  const Tensor table({4, 2}, {3, 9, -3, 1, 4, 2, -4, 8});
  expect_close(cosine_similarity(table),
               Tensor({4, 4}, {1, -1, 0, 0, -1, 1, 0, 0, 0, 0, 1, -1, 0, 0, -1, 1}));
}

// cos((3, 4), (4, 3)) = 24 / 25.
TEST(CosineSimilarity, WithoutCenteringComparesTheRowsAsTheyAre) {
  const Tensor table({2, 2}, {3, 4, 4, 3});
  expect_close(cosine_similarity(table, Center::no),
               Tensor({2, 2}, {1, real(0.96), real(0.96), 1}));
}

TEST(CosineSimilarity, ARowOfZerosIsSimilarToNothing) {
  const Tensor table({2, 2}, {0, 0, 1, 0});
  expect_close(cosine_similarity(table, Center::no), Tensor({2, 2}, {0, 0, 0, 1}));
}

TEST(CosineSimilarity, EqualRowsCentreToNothing) {
  const real third = real(1) / 3;
  const Tensor table({3, 2}, {third, 7, third, 7, third, 7});
  expect_close(cosine_similarity(table), Tensor({3, 3}));
}

TEST(CosineSimilarity, BrokenTablesAreRefused) {
  EXPECT_EQ(
      message_of([] {
        cosine_similarity(Tensor({2, 3, 4}));
      }),
      "cosine_similarity: the table must have two axes and hold numbers, got the shape (2, 3, 4).");
  EXPECT_EQ(
      message_of([] {
        cosine_similarity(Tensor({0, 4}));
      }),
      "cosine_similarity: the table must have two axes and hold numbers, got the shape (0, 4).");
  EXPECT_EQ(
      message_of([] {
        cosine_similarity(Tensor({1, 2}, {1, real(NAN)}));
      }),
      "cosine_similarity: the table must hold finite numbers, got nan at place 1. Look at what "
      "computed it.");
}

TEST(NeighbourRecovery, IsOneWhenTheSimilarityKnowsThePath) {
  EXPECT_DOUBLE_EQ(neighbour_recovery(nearness(7), path(7)), 1);
}

// 0 - 1 - 2, and 0 finds 2 more similar than 1: the ends find 0 of 1 and 1 of 1, the middle 2 of 2.
TEST(NeighbourRecovery, CountsEachPlaceByItsDegree) {
  const Tensor similarity({3, 3}, {9, 1, 2, 1, 9, 1, 0, 1, 9});
  EXPECT_DOUBLE_EQ(neighbour_recovery(similarity, path(3)), 2.0 / 3);
}

// Place 1 finds 2 and 3 more similar than its neighbour 0: one of its two neighbours. The others know
// theirs: (1 + 1/2 + 1 + 1) / 4.
TEST(NeighbourRecovery, AStrangerTakesASeat) {
  Tensor similarity = nearness(4);
  similarity.at({1, 2}) = 3;
  similarity.at({1, 3}) = 2;
  EXPECT_DOUBLE_EQ(neighbour_recovery(similarity, path(4)), 3.5 / 4);
}

// Each of 5 places on a ring has 2 neighbours among 4 others that all tie: 2/4 of the seats each.
TEST(NeighbourRecovery, TiesShareTheSeatsSoThatAConstantGetsChance) {
  const std::vector<Link> ring = {{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 0}};
  EXPECT_DOUBLE_EQ(neighbour_recovery(Tensor({5, 5}, real(0.3)), ring), 0.5);
}

TEST(NeighbourRecovery, ALinkGivenTwiceIsOneStreet) {
  EXPECT_DOUBLE_EQ(neighbour_recovery(nearness(3), {{0, 1}, {1, 0}, {1, 2}, {1, 2}}), 1);
}

TEST(NeighbourRecovery, LinksMustFitThePlaces) {
  EXPECT_EQ(message_of([] {
              neighbour_recovery(nearness(3), {{0, 3}});
            }),
            "neighbour_recovery: links must join places from 0 to 2, got 0 - 3.");
  EXPECT_EQ(message_of([] {
              neighbour_recovery(nearness(3), {{1, 1}});
            }),
            "neighbour_recovery: a link must join two different places, got 1 - 1.");
  EXPECT_EQ(message_of([] { neighbour_recovery(nearness(3), {}); }),
            "neighbour_recovery: at least one link is needed, got none.");
  EXPECT_EQ(message_of([] {
              neighbour_recovery(Tensor({2, 3}), {{0, 1}});
            }),
            "neighbour_recovery: the similarity must be square, got the shape (2, 3).");
}

// Links 0-1 and 1-2, both ways: (1 + 3 + 2 + 4) / 4.
TEST(NeighbourCosine, IsTheMeanOverLinkedPlacesBothWays) {
  const Tensor similarity({3, 3}, {9, 1, 7, 3, 9, 2, 7, 4, 9});
  EXPECT_DOUBLE_EQ(neighbour_cosine(similarity, path(3)), 2.5);
}

}  // namespace locus
