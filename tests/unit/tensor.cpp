#include "tensor/tensor.h"

#include "tests/support.h"

namespace locus {

TEST(Tensor, HoldsNumbersInRowMajorOrder) {
  const Tensor x({2, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(x(0, 2), 3);
  EXPECT_EQ(x(1, 0), 4);
  EXPECT_EQ(Tensor({2}, 7)(1), 7);
  EXPECT_EQ(Tensor(Shape{}, 5).item(), 5);
  EXPECT_EQ(Tensor().shape(), (Shape{0}));
  EXPECT_TRUE(Tensor().empty());
}

TEST(Tensor, WritingToACopyLeavesTheOriginal) {
  const Tensor original({3}, {1, 2, 3});
  Tensor copy = original;
  EXPECT_EQ(std::as_const(copy).data(), original.data());  // shared until written
  copy.at({1}) = 9;
  EXPECT_EQ(numbers(original), (std::vector<real>{1, 2, 3}));
  EXPECT_EQ(numbers(copy), (std::vector<real>{1, 9, 3}));
}

TEST(Tensor, WritingToTheOriginalLeavesTheCopy) {
  Tensor original({3}, {1, 2, 3});
  const Tensor copy = original;
  original.data()[0] = 9;
  EXPECT_EQ(copy(0), 1);
}

TEST(Tensor, WritingToWhatIsNotSharedCopiesNothing) {
  Tensor x({3}, {1, 2, 3});
  const real* before = std::as_const(x).data();
  x.at({0}) = 5;
  EXPECT_EQ(std::as_const(x).data(), before);
}

TEST(Tensor, ReshapesShareTheNumbersUntilWritten) {
  Tensor x({2, 3}, {1, 2, 3, 4, 5, 6});
  const Tensor y = x.reshaped({3, -1});
  EXPECT_EQ(y.shape(), (Shape{3, 2}));
  EXPECT_EQ(y.data(), std::as_const(x).data());
  x.at({0, 0}) = 9;
  EXPECT_EQ(y(0, 0), 1);
}

TEST(Tensor, NumbersAreAlignedTo64Bytes) {
  for (const Index count : {1, 3, 17, 1000}) {
    const Tensor x({count});
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(x.data()) % 64, 0u);
  }
}

TEST(Tensor, SaysWhatMustHold) {
  const Tensor x({2, 3});
  EXPECT_EQ(message_of([] {
              Tensor({2, 2}, {1, 2, 3});
            }),
            "Tensor: the shape (2, 2) holds 4 numbers, got 3.");
  EXPECT_EQ(message_of([&] { x.item(); }),
            "item: the tensor must hold one number, got the shape (2, 3).");
  EXPECT_EQ(message_of([&] { x(1); }), "Tensor: one index per axis, got 1 for the shape (2, 3).");
  EXPECT_EQ(
      message_of([&] { x(1, 3); }),
      "Tensor: the index on axis 1 must be 0 or more and below 3, got 3 for the shape (2, 3).");
  EXPECT_EQ(
      message_of([&] { x(-1, 0); }),
      "Tensor: the index on axis 0 must be 0 or more and below 2, got -1 for the shape (2, 3).");
  EXPECT_EQ(message_of([&] { x.reshaped({5}); }),
            "reshape: the new shape must hold as many numbers, got (5) for 6 of (2, 3).");
  EXPECT_EQ(message_of([&] {
              x.reshaped({4, -1});
            }),
            "reshape: 6 numbers must divide into groups of 4, got 2 over.");
}

TEST(Tensor, AMovedFromTensorIsEmpty) {
  Tensor a({3}, 1);
  const Tensor b = std::move(a);
  EXPECT_EQ(a.shape(), Shape{0});
  EXPECT_EQ(b.size(), 3);
  a = b;
  EXPECT_EQ(a(2), 1);
}

TEST(Tensor, TakesVectorsOfEitherPrecision) {
  const std::vector<double> doubles = {1, 2.5};
  const std::vector<float> floats = {1, 2.5f};
  EXPECT_EQ(numbers(Tensor({2}, doubles)), numbers(Tensor({2}, floats)));
  EXPECT_EQ(message_of([&] { Tensor({3}, doubles); }),
            "Tensor: the shape (3) holds 3 numbers, got 2.");
}

TEST(Tensor, ZerosOnesAndAtOfAConst) {
  const Tensor x = ones({2, 2});
  EXPECT_EQ(x.at({1, 1}), 1);
  EXPECT_EQ(numbers(zeros({2})), (std::vector<real>{0, 0}));
}

}  // namespace locus
