#include "nn/linear.h"

#include "autograd/ops.h"
#include "tests/support.h"

namespace locus {

TEST(Linear, MultipliesByTheTransposedWeightAndAddsTheBias) {
  Rng rng(1);
  Linear layer(2, 3, rng);
  layer.weight.set_value(Tensor({3, 2}, {1, 2, 3, 4, 5, 6}));
  layer.bias.set_value(Tensor({3}, {10, 20, 30}));
  // (1, -1): 1 - 2 + 10, 3 - 4 + 20, 5 - 6 + 30.   (2, 0): 2 + 10, 6 + 20, 10 + 30.
  const Tensor y = layer(Variable(Tensor({2, 2}, {1, -1, 2, 0}))).value();
  EXPECT_EQ(y.shape(), (Shape{2, 3}));
  EXPECT_EQ(numbers(y), (std::vector<real>{9, 19, 29, 12, 26, 40}));
}

// Loss = sum of y over two rows x: every row of dW is the sum of the rows x, db = 2, and dx is the
// sum of W's rows.
TEST(Linear, GradientsAreWorkedOutByHand) {
  Rng rng(1);
  Linear layer(2, 3, rng);
  layer.weight.set_value(Tensor({3, 2}, {1, 2, 3, 4, 5, 6}));
  const Variable x = Parameter(Tensor({2, 2}, {1, -1, 2, 0}));
  sum(layer(x)).backward();
  EXPECT_EQ(numbers(layer.weight.grad()), (std::vector<real>{3, -1, 3, -1, 3, -1}));
  EXPECT_EQ(numbers(layer.bias.grad()), (std::vector<real>{2, 2, 2}));
  EXPECT_EQ(numbers(x.grad()), (std::vector<real>{9, 12, 9, 12}));
}

TEST(Linear, KeepsAllLeadingAxes) {
  Rng rng(1);
  const Linear layer(4, 5, rng);
  EXPECT_EQ(layer(Variable(Tensor({2, 3, 4}))).shape(), (Shape{2, 3, 5}));
  EXPECT_EQ(layer(Variable(Tensor({4}))).shape(), (Shape{5}));
}

// Uniform in ±1/√inputs has deviation 1/√(3 inputs).
TEST(Linear, StartsUniformWithinOneOverTheRootOfItsInputsAndWithoutBias) {
  Rng rng(1);
  const Linear layer(100, 200, rng);
  const Tensor& w = layer.weight.value();
  double squares = 0, furthest = 0;
  for (const real number : w) {
    squares += double(number) * double(number);
    furthest = std::max(furthest, std::abs(double(number)));
  }
  EXPECT_LE(furthest, 0.1 * (1 + epsilon_of_real));
  EXPECT_GT(furthest, 0.0999);
  EXPECT_NEAR(std::sqrt(squares / double(w.size())), 0.1 / std::sqrt(3.0), 0.001);
  EXPECT_TRUE(same_bits(layer.bias.value(), Tensor({200})));
}

TEST(Linear, TheSameSeedStartsTheSame) {
  Rng a(4), b(4);
  const Linear first(3, 3, a), second(3, 3, b), third(3, 3, b);
  EXPECT_TRUE(same_bits(first.weight.value(), second.weight.value()));
  EXPECT_FALSE(same_bits(first.weight.value(), third.weight.value()));
}

TEST(Linear, MessagesNameTheSizes) {
  Rng rng(1);
  EXPECT_EQ(message_of([&] { Linear(0, 3, rng); }),
            "Linear: at least one input and one output, got 0 and 3.");
  EXPECT_EQ(message_of([&] { Linear(3, -1, rng); }),
            "Linear: at least one input and one output, got 3 and -1.");
  const Linear layer(2, 3, rng);
  EXPECT_EQ(message_of([&] {
              layer(Variable(Tensor({4, 5})));
            }),
            "linear: x (.., k) and weight (m, k) must agree in k, got (4, 5) and (3, 2).");
}

}  // namespace locus
