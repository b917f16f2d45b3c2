#include "nn/feed_forward.h"

#include "autograd/ops.h"
#include "tests/support.h"

namespace locus {

// Widen x to (x, -x, 0), bend, and add up: gelu_tanh(x) + gelu_tanh(-x) = x tanh(u)
// with u = √(2/π) (x + 0.044715 x³).
TEST(FeedForward, WidensBendsAndNarrows) {
  Rng rng(1);
  FeedForward layer(1, 3, rng);
  layer.widen.weight.set_value(Tensor({3, 1}, {1, -1, 0}));
  layer.narrow.weight.set_value(Tensor({1, 3}, 1));
  layer.narrow.bias.set_value(Tensor({1}, 10));
  const double x = 1.5, u = 0.7978845608028654 * (x + 0.044715 * x * x * x);
  const Tensor y = layer(Variable(Tensor({1}, real(x)))).value();
  EXPECT_NEAR(double(y.item()), 10 + x * std::tanh(u), 64 * epsilon_of_real);
}

TEST(FeedForward, TreatsEachTokenByItself) {
  Rng rng(1);
  const FeedForward layer(4, 8, rng);
  const Tensor x = random_tensor({2, 3, 4}, 1);
  Tensor other = x;
  other.at({1, 1, 0}) += 1;
  const Tensor a = layer(Variable(x)).value(), b = layer(Variable(other)).value();
  EXPECT_EQ(a.shape(), x.shape());
  for (Index item = 0; item < 2; ++item) {
    for (Index token = 0; token < 3; ++token) {
      EXPECT_EQ(a(item, token, 0) == b(item, token, 0), item != 1 || token != 1)
          << item << ", " << token;
    }
  }
}

TEST(FeedForward, CountsItsParametersUnderTheirPaths) {
  Rng rng(1);
  FeedForward layer(3, 5, rng);
  EXPECT_EQ(layer.parameter_count(), (3 * 5 + 5) + (5 * 3 + 3));
  EXPECT_EQ(layer.parameters()[0].name, "widen.weight");
  EXPECT_EQ(layer.parameters()[3].name, "narrow.bias");
}

}  // namespace locus
