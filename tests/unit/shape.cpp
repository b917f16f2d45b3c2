#include "tensor/shape.h"

#include "tests/support.h"

namespace locus {

TEST(Shape, CountsItsNumbers) {
  EXPECT_EQ(Shape().size(), 1);  // () is one number
  EXPECT_EQ(Shape().rank(), 0);
  EXPECT_EQ((Shape{2, 3, 4}).size(), 24);
  EXPECT_EQ((Shape{2, 0, 4}).size(), 0);
  EXPECT_EQ((Shape{2, 3, 4}).rows(), 6);
  EXPECT_EQ(Shape().rows(), 1);
  EXPECT_EQ(fmt::format("{} {} {}", Shape(), Shape{5}, Shape{2, 3}), "() (5) (2, 3)");
}

TEST(Shape, AxesCountFromBothEnds) {
  const Shape shape{2, 3, 4};
  EXPECT_EQ(shape[0], 2);
  EXPECT_EQ(shape[-1], 4);
  EXPECT_EQ(shape[-3], 2);
  EXPECT_EQ(shape.resolve(-2), 1);
  EXPECT_EQ(message_of([&] { shape[3]; }),
            "Shape: axis must be from -3 to 2, got 3 for the shape (2, 3, 4).");
  EXPECT_EQ(message_of([&] { shape[-4]; }),
            "Shape: axis must be from -3 to 2, got -4 for the shape (2, 3, 4).");
}

TEST(Shape, WithAndWithoutAnAxis) {
  const Shape shape{2, 3, 4};
  EXPECT_EQ(shape.with(1, 7), (Shape{2, 7, 4}));
  EXPECT_EQ(shape.with(-1, 1), (Shape{2, 3, 1}));
  EXPECT_EQ(shape.without(0), (Shape{3, 4}));
  EXPECT_EQ((Shape{5}).without(-1), Shape());
  EXPECT_NE((Shape{2, 3}), (Shape{3, 2}));
  EXPECT_NE((Shape{2}), (Shape{2, 1}));
}

// Row-major: (1, 2, 3) of (2, 3, 4) stands at 1 * 12 + 2 * 4 + 3 = 23, the last place.
TEST(Shape, OffsetsAreRowMajor) {
  const Index last[] = {1, 2, 3}, beyond[] = {1, 3, 0};
  EXPECT_EQ((Shape{2, 3, 4}).offset(last), 23);
  EXPECT_EQ(
      message_of([&] {
        (Shape{2, 3, 4}).offset(beyond);
      }),
      "Tensor: the index on axis 1 must be 0 or more and below 3, got 3 for the shape (2, 3, 4).");
}

TEST(Shape, BadExtentsAreNamed) {
  EXPECT_EQ(message_of([] {
              Shape({1, 1, 1, 1, 1, 1, 1});
            }),
            "Shape: at most 6 axes, got 7. Merge some with reshape.");
  EXPECT_EQ(message_of([] {
              Shape({2, -1});
            }),
            "Shape: an extent must be 0 or more, got -1 on axis 1.");
  const Index huge = Index(1) << 40;
  const Index most = PTRDIFF_MAX / Index(sizeof(real));
  EXPECT_EQ(message_of([=] {
              Shape({huge, huge});
            }),
            fmt::format("Shape: at most {} numbers can be addressed, got {} times an extent of {}.",
                        most, huge, huge));
}

// Parts of a shape, such as its rows, are counted as well: an extent of 0 does not make up for others.
TEST(Shape, AnExtentOfZeroLeavesTheOthersCountable) {
  const Index huge = Index(1) << 40;
  EXPECT_EQ((Shape{0, huge}).size(), 0);
  EXPECT_EQ((Shape{huge, 0}).rows(), huge);
  const std::string message = message_of([=] { Shape({huge, 0, huge}); });
  EXPECT_NE(message.find("numbers can be addressed"), std::string::npos) << message;
}

TEST(Broadcast, AlignsAtTheRightAndRepeatsOnes) {
  EXPECT_EQ(broadcast({3, 1}, {4}, "add"), (Shape{3, 4}));
  EXPECT_EQ(broadcast({}, {2, 3}, "add"), (Shape{2, 3}));
  EXPECT_EQ(broadcast({2, 1, 5}, {1, 4, 1}, "add"), (Shape{2, 4, 5}));
  EXPECT_EQ(broadcast({1}, {0}, "add"), (Shape{0}));
  EXPECT_EQ(message_of([] {
              broadcast({2, 3}, {2, 4}, "add");
            }),
            "add: shapes must agree or be 1 on every axis, got (2, 3) and (2, 4): 3 is not 4.");
}

}  // namespace locus
