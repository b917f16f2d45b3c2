#include "tensor/matmul.h"

#include "tests/support.h"

namespace locus {

// (1 2; 3 4) (5 6; 7 8) = (19 22; 43 50).
TEST(Matmul, ByHandInAllTransposes) {
  const Tensor a({2, 2}, {1, 2, 3, 4}), b({2, 2}, {5, 6, 7, 8});
  EXPECT_EQ(numbers(matmul(a, b)), (std::vector<real>{19, 22, 43, 50}));
  EXPECT_EQ(numbers(matmul(a, b, Transpose::left)), (std::vector<real>{26, 30, 38, 44}));
  EXPECT_EQ(numbers(matmul(a, b, Transpose::right)), (std::vector<real>{17, 23, 39, 53}));
  EXPECT_EQ(numbers(matmul(a, b, Transpose::both)), (std::vector<real>{23, 31, 34, 46}));
}

TEST(Matmul, OneMatrixServesAll) {
  const Tensor batch({2, 1, 2}, {1, 2, 3, 4}), single({2, 1}, {10, 100});
  EXPECT_EQ(numbers(matmul(batch, single)), (std::vector<real>{210, 430}));
  EXPECT_EQ(matmul(batch, single).shape(), (Shape{2, 1, 1}));
  const Tensor left({1, 2}, {10, 100}), items({2, 2, 1}, {1, 2, 3, 4});
  EXPECT_EQ(numbers(matmul(left, items)), (std::vector<real>{210, 430}));
}

// Two columns (1, 2) and (3, 4), each transposed into a row, times (10, 100).
TEST(Matmul, OneMatrixServesColumnsThatAreTransposed) {
  const Tensor columns({2, 2, 1}, {1, 2, 3, 4}), single({2, 1}, {10, 100});
  EXPECT_EQ(numbers(matmul(columns, single, Transpose::left)), (std::vector<real>{210, 430}));
}

TEST(Matmul, AnInnerExtentOfZeroGivesZeros) {
  EXPECT_EQ(numbers(matmul(Tensor({2, 0}), Tensor({0, 2}))), (std::vector<real>{0, 0, 0, 0}));
  EXPECT_EQ(numbers(matmul(Tensor({2, 1, 0}), Tensor({2, 0, 1}))), (std::vector<real>{0, 0}));
  // No number, no address: the next row of an operand without any must not be looked for.
  EXPECT_EQ(numbers(matmul(Tensor({0, 12}), Tensor({0, 1}), Transpose::left)),
            std::vector<real>(12, 0));
  EXPECT_EQ(matmul(Tensor({0, 3}), Tensor({3, 2})).shape(), (Shape{0, 2}));
}

// x = (1 2), W = (3 4; 5 6; 7 8), b = (100 200 300): x Wᵀ = (11 17 23).
// The extents of the result are one shape, of which no part need be one.
TEST(Matmul, ABatchOfNoneMayHaveWideMatrices) {
  const Index wide = Index(1) << 40;
  const Tensor a({0, 7, wide}), b({0, 7, 7});
  EXPECT_EQ(matmul(a, b, Transpose::left).shape(), (Shape{0, wide, 7}));
}

TEST(Linear, ByHand) {
  const Tensor x({1, 2}, {1, 2}), weight({3, 2}, {3, 4, 5, 6, 7, 8}), bias({3}, {100, 200, 300});
  EXPECT_EQ(numbers(linear(x, weight, bias)), (std::vector<real>{111, 217, 323}));
  EXPECT_EQ(linear(Tensor({2, 5, 2}), weight, bias).shape(), (Shape{2, 5, 3}));
  EXPECT_EQ(linear(Tensor({2}), weight, bias).shape(), (Shape{3}));
}

// The middle column of a (2, 3) array, which is not contiguous, times a row, into every other place.
TEST(Multiply, ReadsAndWritesPartsOfArrays) {
  const real a[] = {0, 1, 0, 0, 2, 0}, b[] = {10, 100};
  real c[] = {-1, -1, -1, -1, -1, -1};
  multiply(2, 2, 1, {a + 1, 3}, {b, 2}, c, 3);
  EXPECT_EQ(std::vector<real>(c, c + 6), (std::vector<real>{10, 100, -1, 20, 200, -1}));
  multiply(2, 2, 1, {a + 1, 3}, {b, 2}, c, 3, /*start=*/{c, 3});
  EXPECT_EQ(std::vector<real>(c, c + 6), (std::vector<real>{20, 200, -1, 40, 400, -1}));
}

TEST(Matmul, SaysWhatMustHold) {
  EXPECT_EQ(message_of([] {
              matmul(Tensor({4, 16}), Tensor({8, 32}));
            }),
            "matmul: the inner extents must agree, got (4, 16) x (8, 32): 16 is not 8.");
  EXPECT_EQ(message_of([] {
              matmul(Tensor({4, 16}), Tensor({16, 8}), Transpose::left);
            }),
            "matmul: the inner extents must agree, got (4, 16) x (16, 8): 4 is not 16.");
  EXPECT_EQ(message_of([] {
              matmul(Tensor({4}), Tensor({4, 2}));
            }),
            "matmul: matrices have two axes or more, got (4) x (4, 2).");
  EXPECT_EQ(message_of([] {
              matmul(Tensor({2, 3, 4}), Tensor({3, 4, 5}));
            }),
            "matmul: the leading extents must agree, or one operand is a single matrix, got (2, 3, "
            "4) x (3, 4, 5).");
  EXPECT_EQ(message_of([] {
              linear(Tensor({2, 3}), Tensor({5, 4}), Tensor({5}));
            }),
            "linear: x (.., k) and weight (m, k) must agree in k, got (2, 3) and (5, 4).");
  EXPECT_EQ(message_of([] {
              linear(Tensor({2, 4}), Tensor({5, 4}), Tensor({4}));
            }),
            "linear: the bias must have shape (5), got (4).");
}

}  // namespace locus
