#include "tensor/indices.h"

#include "tests/support.h"

namespace locus {

TEST(Indices, HoldWholeNumbersWithAShape) {
  const Indices ids({2, 2}, {5, 6, 7, 8});
  EXPECT_EQ(ids[2], 7);
  EXPECT_EQ(ids.size(), 4);
  EXPECT_EQ(numbers(Indices({3}, 4)), (std::vector<Index>{4, 4, 4}));
  EXPECT_EQ(numbers(Indices::range(3)), (std::vector<Index>{0, 1, 2}));
  EXPECT_EQ(Indices().size(), 0);
  EXPECT_EQ(ids, Indices({2, 2}, {5, 6, 7, 8}));
  EXPECT_FALSE(ids == Indices({4}, {5, 6, 7, 8}));
}

TEST(Indices, SayWhatMustHold) {
  EXPECT_EQ(message_of([] {
              Indices({2, 2}, {1, 2, 3});
            }),
            "Indices: the shape (2, 2) holds 4 numbers, got 3.");
}

TEST(Indices, OfOneNumberForManyPlacesAreRefused) {
  EXPECT_EQ(message_of([] {
              Indices({2, 2}, {5});
            }),
            "Indices: the shape (2, 2) holds 4 numbers, got 1.");
  Indices a({2}, {5, 6});
  const Indices b = std::move(a);
  EXPECT_EQ(a.shape(), Shape{0});
  EXPECT_EQ(b[1], 6);
}

TEST(Indices, TooManyAreAnErrorThatSaysHowMany) {
  if (!requests_can_fail()) GTEST_SKIP() << "the program would be ended at such a request";
  const std::string want =
      "Indices: the system must have room for 1125899906842624 numbers, got none. Make the batch "
      "or "
      "the length smaller.";
  EXPECT_EQ(message_of([] { Indices(Shape{Index(1) << 50}); }), want);
  EXPECT_EQ(message_of([] { Indices::range(Index(1) << 50); }), want);
}

}  // namespace locus
