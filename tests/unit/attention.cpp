#include "tests/support.h"

namespace locus {

// One head of width 1, two tokens: q = (1, 0), k = (0, ln 3), v = (10, 20).
// Token 0 scores 0 and ln 3: weights 1/4 and 3/4, output 17.5. Token 1 scores 0 and 0: output 15.
static const Tensor two_tokens({1, 2, 3}, {1, 0, 10, 0, real(1.0986122886681098), 20});

TEST(Attention, ByHand) {
  const AttentionResult result = attention(two_tokens, 1, {});
  expect_close(result.output, Tensor({1, 2, 1}, {17.5, 15}), 4);
  // the largest scores, ln 3 and 0, and the sums of exp(score - largest), 1/3 + 1 and 1 + 1
  expect_close(result.softmax_stats,
               Tensor({1, 1, 2, 2}, {real(1.0986122886681098), real(4.0 / 3), 0, 2}), 4);
}

TEST(Attention, CausalTokensSeeWhatCameBefore) {
  expect_close(attention(two_tokens, 1, {.causal = true}).output, Tensor({1, 2, 1}, {10, 15}), 4);
}

TEST(Attention, HiddenKeysAreNotSeen) {
  const Indices keys({1, 2}, {0, 1});
  expect_close(attention(two_tokens, 1, {.keys = keys}).output, Tensor({1, 2, 1}, {20, 20}), 4);
}

// Width 4, so scores are halved: q k = 2 ln 3 becomes ln 3, and the weights are 1/4 and 3/4 again.
TEST(Attention, ScoresAreDividedByTheRootOfTheWidth) {
  Tensor qkv({1, 2, 12});
  qkv.at({0, 0, 0}) = 2;                         // q of token 0
  qkv.at({0, 1, 4}) = real(1.0986122886681098);  // k of token 1
  qkv.at({0, 0, 8}) = 10, qkv.at({0, 1, 8}) = 20;
  EXPECT_NEAR(double(attention(qkv, 1, {}).output(0, 0, 0)), 17.5, 1e-4);
}

// Two heads of width 1: the second head's values are the first's, negated, and so is its output.
TEST(Attention, HeadsStandSideBySide) {
  Tensor qkv({1, 2, 6});
  for (Index token = 0; token < 2; ++token) {
    for (Index part = 0; part < 3; ++part) {
      const real x = two_tokens(0, token, part);
      qkv.at({0, token, 2 * part}) = x;
      qkv.at({0, token, 2 * part + 1}) = part == 2 ? -x : x;
    }
  }
  expect_close(attention(qkv, 2, {}).output, Tensor({1, 2, 2}, {17.5, -17.5, 15, -15}), 4);
}

// Scores of every size: of the weights only the differences of scores count. The scale of a width of 2
// is no power of two, so that rounding a scaled score would show.
TEST(Attention, OfHugeScoresKeepsWeightsAndGradients) {
  for (const double size : {1e4, 1e6, 1e8, 1e10, 1e15}) {
    // Token 0 scores size with itself and with token 1: a half each. Token 1 scores 0 with both.
    const real q = real(std::sqrt(size));
    const Tensor qkv({1, 2, 6}, {q, 0, q, 0, 10, 30, 0, 0, q, 0, 20, 50});
    const AttentionResult result = attention(qkv, 1, {});
    expect_close(result.output, Tensor({1, 2, 2}, {15, 40, 15, 40}), 4);
    const Tensor dy({1, 2, 2}, {2, 4, 0, 0});
    const Tensor dqkv = attention_backward(dy, qkv, result, 1, {});
    for (Index token = 0; token < 2; ++token) {
      EXPECT_NEAR(double(dqkv(0, token, 4)), 1, 1e-5) << size;  // dv = P dy
      EXPECT_NEAR(double(dqkv(0, token, 5)), 2, 1e-5) << size;
    }
  }
}

TEST(AttentionBias, IsMinusInfinityWhereHidden) {
  const real no = -std::numeric_limits<real>::infinity();
  EXPECT_EQ(numbers(attention_bias({.causal = true}, 5, 3)),
            (std::vector<real>{0, no, no, 0, 0, no, 0, 0, 0}));
  EXPECT_EQ(attention_bias({.causal = true}, 5, 3).shape(), (Shape{1, 1, 3, 3}));
  const Tensor by_item = attention_bias({.keys = Indices({2, 2}, {1, 0, 0, 1})}, 2, 2);
  EXPECT_EQ(numbers(by_item), (std::vector<real>{0, no, 0, no, no, 0, no, 0}));
}

TEST(Attention, OfNothingIsNothing) {
  EXPECT_EQ(attention(Tensor({2, 0, 6}), 1, {}).output.shape(), (Shape{2, 0, 2}));
  EXPECT_EQ(attention(Tensor({0, 3, 6}), 2, {.causal = true}).softmax_stats.shape(),
            (Shape{0, 2, 3, 2}));
}

TEST(Attention, SaysWhatMustHold) {
  const Tensor qkv({2, 3, 12});
  const std::string shape =
      "attention: qkv has shape (batch, length, 3 dim) with dim a multiple of the ";
  EXPECT_EQ(message_of([&] { attention(qkv, 3, {}); }), shape + "3 heads, got (2, 3, 12).");
  EXPECT_EQ(message_of([&] { attention(qkv, 0, {}); }), shape + "0 heads, got (2, 3, 12).");
  EXPECT_EQ(message_of([&] { attention(qkv, PTRDIFF_MAX, {}); }),
            fmt::format("{}{} heads, got (2, 3, 12).", shape, PTRDIFF_MAX));
  EXPECT_EQ(message_of([&] {
              attention(Tensor({3, 12}), 1, {});
            }),
            shape + "1 heads, got (3, 12).");
  EXPECT_EQ(message_of([&] { attention(qkv, 2, {.keys = Indices({3}, 1)}); }),
            "attention: the key mask has shape (2, 3), got (3).");
  const std::string hides =
      "attention: every token must see a key, got a mask that hides all keys from a token of item "
      "1. Pad at the end of the sequence.";
  EXPECT_EQ(message_of([&] {
              attention(qkv, 2, {.keys = Indices({2, 3}, {0, 1, 0, 0, 0, 0})});
            }),
            hides);
  // Under a causal mask the first token sees itself alone.
  EXPECT_EQ(message_of([&] {
              attention(qkv, 2, {.causal = true, .keys = Indices({2, 3}, {1, 0, 0, 0, 1, 1})});
            }),
            hides);
  const AttentionResult forward = attention(qkv, 2, {});
  EXPECT_EQ(message_of([&] {
              attention_backward(Tensor({2, 3}), qkv, forward, 2, {});
            }),
            "attention_backward: the gradient must have shape (2, 3, 4), got (2, 3).");
}

}  // namespace locus
