#include "tests/support.h"

namespace locus {

static const Tensor two_by_three({2, 3}, {1, 2, 3, 4, 5, 6});

TEST(Permute, PutsAxesInANewOrder) {
  EXPECT_EQ(numbers(permute(two_by_three, {1, 0})), (std::vector<real>{1, 4, 2, 5, 3, 6}));
  const Tensor x = random_tensor({2, 3, 4, 5}, 1);
  const Tensor y = permute(x, {2, 0, -1, 1});
  EXPECT_EQ(y.shape(), (Shape{4, 2, 5, 3}));
  EXPECT_EQ(y(3, 1, 4, 2), x(1, 2, 3, 4));
  EXPECT_EQ(y(0, 1, 2, 0), x(1, 0, 0, 2));
  EXPECT_EQ(permute(Tensor(Shape{}, 5), {}).item(), 5);
  EXPECT_EQ(permute(Tensor({2, 0}), {1, 0}).shape(), (Shape{0, 2}));
}

TEST(Permute, TransposesMatricesOfEverySize) {
  for (const Index n : {1, 7, 8, 9, 33}) {
    for (const Index m : {1, 15, 16, 17, 40}) {
      const Tensor x = random_tensor({n, m}, 1), y = permute(x, {1, 0});
      ASSERT_EQ(y.shape(), (Shape{m, n}));
      for (Index i = 0; i < n; ++i) {
        for (Index j = 0; j < m; ++j) ASSERT_EQ(y(j, i), x(i, j)) << n << " x " << m;
      }
      EXPECT_TRUE(same_bits(permute(x, {0, 1}), x));
    }
  }
}

TEST(Slice, TakesEntriesAlongAnAxis) {
  EXPECT_EQ(numbers(slice(two_by_three, 1, 1, 3)), (std::vector<real>{2, 3, 5, 6}));
  EXPECT_EQ(numbers(slice(two_by_three, 0, 1, 2)), (std::vector<real>{4, 5, 6}));
  EXPECT_EQ(slice(two_by_three, -1, 2, 2).shape(), (Shape{2, 0}));
}

TEST(Pad, PutsZerosAround) {
  EXPECT_EQ(numbers(pad(two_by_three, 1, 1, 2)),
            (std::vector<real>{0, 1, 2, 3, 0, 0, 0, 4, 5, 6, 0, 0}));
  EXPECT_EQ(numbers(pad(Tensor({1}, 7), 0, 0, 1)), (std::vector<real>{7, 0}));
  EXPECT_EQ(numbers(pad(Tensor({2, 0}), -1, 1, 0)), (std::vector<real>{0, 0}));
}

TEST(Concatenate, PutsPartsOneAfterTheOther) {
  const Tensor more({2, 1}, {7, 8}), none({2, 0});
  EXPECT_EQ(numbers(concatenate({two_by_three, none, more}, 1)),
            (std::vector<real>{1, 2, 3, 7, 4, 5, 6, 8}));
  EXPECT_EQ(numbers(concatenate({Tensor({1}, 1), Tensor({2}, 2)}, 0)),
            (std::vector<real>{1, 2, 2}));
}

TEST(Layout, SaysWhatMustHold) {
  EXPECT_EQ(message_of([] { permute(two_by_three, {0}); }),
            "permute: one entry per axis, got 1 for the shape (2, 3).");
  EXPECT_EQ(message_of([] {
              permute(two_by_three, {1, -1});
            }),
            "permute: every axis once, got axis 1 twice.");
  EXPECT_EQ(message_of([] { slice(two_by_three, 1, 2, 4); }),
            "slice: 0 <= first <= last <= 3 along axis 1, got first 2 and last 4.");
  EXPECT_EQ(message_of([] { slice(two_by_three, 1, 2, 1); }),
            "slice: 0 <= first <= last <= 3 along axis 1, got first 2 and last 1.");
  EXPECT_EQ(message_of([] { pad(two_by_three, 0, -1, 0); }),
            "pad: counts must be from 0 to 2305843009213693951, got -1 before and 0 after.");
  const Tensor long_and_empty({PTRDIFF_MAX / Index(sizeof(real)), 0});
  const std::vector<Tensor> parts(2 * sizeof(real) + 1, long_and_empty);  // the sum overflows
  const std::string message = message_of([&] { concatenate(parts, 0); });
  EXPECT_NE(message.find("Shape: at most "), std::string::npos) << message;
  EXPECT_EQ(message_of([] { concatenate({}, 0); }), "concatenate: at least one part, got none.");
  EXPECT_EQ(message_of([] {
              concatenate({two_by_three, Tensor({3, 3})}, 1);
            }),
            "concatenate: all extents but that of axis 1 must agree, got (2, 3) and (3, 3).");
  EXPECT_EQ(message_of([] {
              concatenate({two_by_three, Tensor({3})}, 0);
            }),
            "concatenate: all extents but that of axis 0 must agree, got (2, 3) and (3).");
}

TEST(Stack, PutsPartsAlongANewAxis) {
  const std::vector<Tensor> parts = {Tensor({2}, {1, 2}), Tensor({2}, {3, 4})};
  EXPECT_EQ(numbers(stack(parts)), (std::vector<real>{1, 2, 3, 4}));
  EXPECT_EQ(numbers(stack(parts, -1)), (std::vector<real>{1, 3, 2, 4}));
  EXPECT_EQ(numbers(stack({parts[0], parts[1]})), numbers(stack(parts)));
  EXPECT_EQ(unsqueeze(parts[0], -1).shape(), (Shape{2, 1}));
  EXPECT_EQ(squeeze(Tensor({2, 1, 3}), -2).shape(), (Shape{2, 3}));
}

}  // namespace locus
