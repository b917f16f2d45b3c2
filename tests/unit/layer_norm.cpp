#include "nn/layer_norm.h"

#include "autograd/ops.h"
#include "tests/support.h"

namespace locus {

// (1, 3): mean 2, variance 1 -> (-1, 1).   (10, 30): mean 20, variance 100 -> the same.
TEST(LayerNorm, BringsEveryRowToMeanZeroAndDeviationOne) {
  const LayerNorm norm(2, /*epsilon=*/0);
  expect_close(norm(Variable(Tensor({2, 2}, {1, 3, 10, 30}))).value(),
               Tensor({2, 2}, {-1, 1, -1, 1}));
}

TEST(LayerNorm, ThenScalesAndShiftsEachColumn) {
  LayerNorm norm(2, /*epsilon=*/0);
  norm.weight.set_value(Tensor({2}, {2, 3}));
  norm.bias.set_value(Tensor({2}, {10, 20}));
  expect_close(norm(Variable(Tensor({1, 2}, {1, 3}))).value(), Tensor({1, 2}, {8, 23}));
}

// Variance 1 with epsilon 3: divided by √4.
TEST(LayerNorm, EpsilonIsAddedToTheVariance) {
  const LayerNorm norm(2, /*epsilon=*/3);
  expect_close(norm(Variable(Tensor({2}, {1, 3}))).value(), Tensor({2}, {real(-0.5), real(0.5)}));
}

TEST(LayerNorm, ARowOfEqualNumbersIsZeroAndItsGradientFinite) {
  const LayerNorm norm(3);
  const Variable x = Parameter(Tensor({3}, 5));
  const Variable y = norm(x);
  EXPECT_TRUE(same_bits(y.value(), Tensor({3})));
  sum(y * Variable(Tensor({3}, {1, 2, 3}))).backward();
  EXPECT_TRUE(all_finite(x.grad()));
}

TEST(LayerNorm, StartsAsOneAndZeroAndCountsTwoNumbersPerColumn) {
  LayerNorm norm(4);
  EXPECT_TRUE(same_bits(norm.weight.value(), Tensor({4}, 1)));
  EXPECT_TRUE(same_bits(norm.bias.value(), Tensor({4})));
  EXPECT_EQ(norm.parameter_count(), 8);
}

// dweight = sum over rows of dy x̂, dbias = sum of dy: with x̂ = (-1, 1) in both rows.
TEST(LayerNorm, ParameterGradientsAreWorkedOutByHand) {
  const LayerNorm norm(2, /*epsilon=*/0);
  sum(norm(Variable(Tensor({2, 2}, {1, 3, 10, 30}))) * Variable(Tensor({2, 2}, {1, 2, 3, 4})))
      .backward();
  expect_close(norm.weight.grad(), Tensor({2}, {-4, 6}));
  expect_close(norm.bias.grad(), Tensor({2}, {4, 6}));
}

TEST(LayerNorm, AnotherWidthIsAnErrorWithBothShapes) {
  const LayerNorm norm(3);
  EXPECT_EQ(message_of([&] {
              norm(Variable(Tensor({2, 4})));
            }),
            "layer_norm: weight and bias have one number per column, got (3) for (2, 4).");
}

}  // namespace locus
