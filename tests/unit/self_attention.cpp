#include "nn/attention.h"

#include "tests/support.h"

namespace locus {

// One head of width 1: its query is always `query`, its keys and values are the tokens themselves.
static SelfAttention simplest(real query, bool causal) {
  Rng rng(1);
  SelfAttention attention(1, 1, causal, rng);
  attention.qkv.weight.set_value(Tensor({3, 1}, {0, 1, 1}));
  attention.qkv.bias.set_value(Tensor({3}, {query, 0, 0}));
  attention.projection.weight.set_value(Tensor({1, 1}, 1));
  return attention;
}

static const real ln3 = real(std::log(3.0));

// Scores ln 3 · (0, 1) -> weights 1 : 3.   0 · 1/4 + 1 · 3/4.
TEST(SelfAttention, WeighsValuesBySoftmaxOfTheScores) {
  const SelfAttention attention = simplest(ln3, /*causal=*/false);
  const Variable x(Tensor({1, 2, 1}, {0, 1}));
  expect_close(attention(x).value(), Tensor({1, 2, 1}, {real(0.75), real(0.75)}));
  expect_close(attention.weights(x).value(),
               Tensor({1, 1, 2, 2}, {real(0.25), real(0.75), real(0.25), real(0.75)}));
}

TEST(SelfAttention, CausalTokensSeeThemselvesAndWhatCameBefore) {
  const SelfAttention attention =
      simplest(/*query=*/0, /*causal=*/true);  // the mean of what is seen
  const Variable x(Tensor({1, 3, 1}, {2, 4, 9}));
  expect_close(attention(x).value(), Tensor({1, 3, 1}, {2, 3, 5}));
}

TEST(SelfAttention, HiddenKeysAreNotSeen) {
  const SelfAttention attention = simplest(/*query=*/0, /*causal=*/false);
  const Variable x(Tensor({2, 3, 1}, {2, 4, 9, 2, 4, 9}));
  const Indices keys({2, 3}, {1, 1, 0, 0, 0, 1});
  expect_close(attention(x, keys).value(), Tensor({2, 3, 1}, {3, 3, 3, 9, 9, 9}));
}

// Query (2 ln 3, 0, 0, 0) and keys x give 2 ln 3 / √4 = ln 3 for a key of 1.
TEST(SelfAttention, ScoresAreDividedByTheRootOfTheHeadsWidth) {
  Rng rng(1);
  SelfAttention attention(4, 1, false, rng);
  Tensor weight({12, 4}), bias({12});
  weight.at({4, 0}) = weight.at({8, 0}) = 1;  // the first number of key and value: that of x
  bias.at({0}) = 2 * ln3;
  attention.qkv.weight.set_value(weight);
  attention.qkv.bias.set_value(bias);
  const Tensor weights =
      attention.weights(Variable(Tensor({1, 2, 4}, {0, 5, 5, 5, 1, 5, 5, 5}))).value();
  EXPECT_NEAR(double(weights(0, 0, 0, 1)), 0.75, 1e-6);
}

// Head 0 reads the first number of each token with query ln 3, head 1 the second with query 0.
TEST(SelfAttention, EveryHeadHasItsOwnQueriesKeysAndValues) {
  Rng rng(1);
  SelfAttention attention(2, 2, false, rng);
  attention.qkv.weight.set_value(Tensor({6, 2}, {0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1}));
  attention.qkv.bias.set_value(Tensor({6}, {ln3, 0, 0, 0, 0, 0}));
  attention.projection.weight.set_value(Tensor({2, 2}, {1, 0, 0, 1}));
  const Variable x(Tensor({1, 2, 2}, {0, 0, 1, 4}));
  expect_close(attention(x).value(), Tensor({1, 2, 2}, {real(0.75), 2, real(0.75), 2}));
}

// Longer than the blocks of 64 that attention works in.
TEST(SelfAttention, CausalChangingALaterTokenLeavesEarlierOutputsBitwiseEqual) {
  Rng rng(1);
  const SelfAttention attention(8, 2, /*causal=*/true, rng);
  const Index length = 70;
  const Tensor x = random_tensor({2, length, 8}, 1);
  const Tensor before = attention(Variable(x)).value();
  for (const Index changed : {Index(1), Index(30), Index(63), Index(64), length - 1}) {
    Tensor other = x;
    other.at({0, changed, 3}) += 1;
    const Tensor after = attention(Variable(other)).value();
    const auto part = [&](const Tensor& y, Index first, Index last) {
      return slice(slice(y, 0, 0, 1), 1, first, last);
    };
    EXPECT_TRUE(same_bits(part(after, 0, changed), part(before, 0, changed))) << changed;
    EXPECT_FALSE(same_bits(part(after, changed, length), part(before, changed, length))) << changed;
    EXPECT_TRUE(same_bits(slice(after, 0, 1, 2), slice(before, 0, 1, 2))) << "the other item";
  }
}

TEST(SelfAttention, CausalEarlierOutputsHaveExactlyZeroGradientToLaterTokens) {
  Rng rng(1);
  const SelfAttention attention(4, 2, /*causal=*/true, rng);
  const Variable x = Parameter(random_tensor({1, 5, 4}, 1));
  sum(slice(attention(x), 1, 0, 3) * Variable(random_tensor({1, 3, 4}, 2))).backward();
  EXPECT_EQ(difference(slice(x.grad(), 1, 3, 5), Tensor({1, 2, 4})), 0);
  EXPECT_NE(difference(slice(x.grad(), 1, 2, 3), Tensor({1, 1, 4})), 0);
}

TEST(SelfAttention, AKeyMaskHidesATokenExactly) {
  Rng rng(1);
  const SelfAttention attention(4, 2, /*causal=*/false, rng);
  const Indices keys({1, 4}, {1, 1, 0, 1});
  const Tensor x = random_tensor({1, 4, 4}, 1);
  Tensor other = x;
  other.at({0, 2, 0}) = 100;
  const Tensor a = attention(Variable(x), keys).value(),
               b = attention(Variable(other), keys).value();
  for (const Index token : {0, 1, 3}) {
    EXPECT_TRUE(same_bits(slice(a, 1, token, token + 1), slice(b, 1, token, token + 1))) << token;
  }
  const Tensor weights = attention.weights(Variable(x), keys).value();
  for (Index head = 0; head < 2; ++head) {
    for (Index query = 0; query < 4; ++query) EXPECT_EQ(weights(0, head, query, 2), 0);
  }
}

TEST(SelfAttention, WeightsSumToOne) {
  Rng rng(1);
  const SelfAttention attention(4, 2, /*causal=*/true, rng);
  const Tensor weights = attention.weights(Variable(random_tensor({3, 5, 4}, 1))).value();
  EXPECT_EQ(weights.shape(), (Shape{3, 2, 5, 5}));
  expect_close(sum(weights, -1), Tensor({3, 2, 5}, 1));
}

TEST(SelfAttention, CountsItsParametersUnderTheirPaths) {
  Rng rng(1);
  SelfAttention attention(4, 2, false, rng);
  EXPECT_EQ(attention.parameter_count(), (3 * 4 * 4 + 3 * 4) + (4 * 4 + 4));
  EXPECT_EQ(attention.parameters()[0].name, "qkv.weight");
  EXPECT_EQ(attention.parameters()[3].name, "projection.bias");
}

TEST(SelfAttention, MessagesNameTheSizes) {
  Rng rng(1);
  EXPECT_EQ(message_of([&] { SelfAttention(6, 4, false, rng); }),
            "SelfAttention: dim must be a multiple of num_heads, got 6 and 4.");
  EXPECT_EQ(message_of([&] { SelfAttention(6, 0, false, rng); }),
            "SelfAttention: dim must be a multiple of num_heads, got 6 and 0.");
  const SelfAttention attention(4, 2, false, rng);
  const Variable x(Tensor({2, 3, 4}));
  EXPECT_EQ(message_of([&] {
              attention(x, Indices({2, 4}, 1));
            }),
            "attention: the key mask has shape (2, 3), got (2, 4).");
  EXPECT_EQ(message_of([&] {
              attention(x, Indices({2, 3}, {1, 1, 1, 0, 0, 0}));
            }),
            "attention: every token must see a key, got a mask that hides all keys from a token of "
            "item 1. Pad at the end of the sequence.");
  EXPECT_EQ(message_of([&] {
              attention(Variable(Tensor({3, 4})));
            }),
            "attention: qkv has shape (batch, length, 3 dim) with dim a multiple of the 2 heads, "
            "got (3, 12).");
}

}  // namespace locus
