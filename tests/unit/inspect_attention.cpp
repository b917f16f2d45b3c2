#include "nn/attention_terms.h"
#include "nn/inspect/attention.h"

#include "tests/support.h"

namespace locus {

// --- attention_terms -----------------------------------------------------------------------------

// With u = (1, -1): both tokens are (3, 1), centred u; the positions are u and 3 u. x centred is 2 u
// and 4 u, so the scales are 1/2 and 1/4, the tokens' parts u/2 and u/4, the positions' u/2 and 3u/4.
// Queries 2 x̂ + (1, 0) and keys x̂, <u, u> = 2: each product is 4/√2 times the two factors, and the
// constant <(1, 0), u> / √2.
TEST(AttentionTerms, AreTheProductsOfTheParts) {
  Rng rng(1);
  Transformer model({.vocab_size = 1, .max_length = 2, .embedding_dim = 2}, rng);
  model.tokens.weight.set_value(Tensor({1, 2}, {3, 1}));
  model.learned_positions().weight.set_value(Tensor({2, 2}, {1, -1, 3, -3}));
  model.blocks[0].attention_norm.epsilon = 0;
  Linear& qkv = model.blocks[0].attention.qkv;
  qkv.weight.set_value(Tensor({6, 2}, {2, 0, 0, 2, 1, 0, 0, 1, 0, 0, 0, 0}));
  qkv.bias.set_value(Tensor({6}, {1, 0, 0, 0, 0, 0}));
  const AttentionTerms terms = attention_terms(model, Indices({1, 2}));
  const auto want = [](real a, real b, real c, real d) {
    return Tensor({1, 1, 2, 2}, {a, b, c, d}) * real(4 / std::sqrt(2.0) / 16);
  };
  expect_close(terms.token_token, want(4, 2, 2, 1));
  expect_close(terms.token_position, want(4, 6, 2, 3));
  expect_close(terms.position_token, want(4, 2, 6, 3));
  expect_close(terms.position_position, want(4, 6, 6, 9));
  expect_close(terms.constant, want(4, 4, 4, 4));
}

// A model whose every number is random, so that no bias is zero and no norm the identity.
static Transformer random_transformer(PositionKind kind, bool causal) {
  Rng rng(1);
  Transformer model({.vocab_size = 7,
                     .max_length = 6,
                     .embedding_dim = 8,
                     .num_heads = 2,
                     .num_layers = 2,
                     .causal = causal,
                     .positions = kind,
                     .dropout = real(0.5)},
                    rng);
  for (NamedParameter& parameter : model.parameters())
    parameter.variable.set_value(normal(parameter.variable.shape(), real(0.7), rng));
  return model;
}

static Tensor sum_of(const AttentionTerms& terms) {
  return terms.token_token + terms.token_position + terms.position_token + terms.position_position +
         terms.constant;
}

static const Indices two_sentences({2, 5}, {4, 0, 6, 2, 2, 5, 5, 1, 0, 3});

TEST(AttentionTerms, AddUpToTheLogits) {
  for (const PositionKind kind :
       {PositionKind::none, PositionKind::learned, PositionKind::sinusoidal, PositionKind::rotary,
        PositionKind::alibi, PositionKind::relative}) {
    for (const bool causal : {false, true}) {
      Transformer model = random_transformer(kind, causal);
      const Tensor logits = sum_of(attention_terms(model, two_sentences));
      EXPECT_TRUE(model.training());
      expect_close(softmax(logits + attention_bias({.causal = causal}, 2, 5)),
                   model.attention_weights(two_sentences)[0], 256);
      if (model.relative) continue;
      // The logits themselves: softmax would not notice a number added to a row.
      const Block& block = model.blocks[0];
      Variable x = model.tokens(two_sentences);
      if (model.positions) x = x + (*model.positions)(5);
      const Tensor qkv = block.attention.qkv(block.attention_norm(x)).value();
      const Tensor heads = permute(qkv.reshaped({2, 5, 3, 2, 4}), {2, 0, 3, 1, 4});
      const auto part = [&](Index i) { return slice(heads, 0, i, i + 1).reshaped({2, 2, 5, 4}); };
      expect_close(logits, matmul(part(0), part(1), Transpose::right) * real(0.5), 256);
    }
  }
}

TEST(AttentionTerms, EachKnowsOnlyItsOwnCause) {
  const auto same_rows = [](const Tensor& x) {  // the same for both items: independent of tokens
    return same_bits(slice(x, 0, 0, 1), slice(x, 0, 1, 2));
  };
  const AttentionTerms learned =
      attention_terms(random_transformer(PositionKind::learned, false), two_sentences);
  EXPECT_FALSE(same_rows(learned.token_token));
  EXPECT_NE(difference(learned.token_position, Tensor({2, 2, 5, 5})), 0);
  const AttentionTerms none =
      attention_terms(random_transformer(PositionKind::none, false), two_sentences);
  for (const Tensor& term : {none.token_position, none.position_token, none.position_position})
    EXPECT_EQ(difference(term, Tensor({2, 2, 5, 5})), 0);
  const AttentionTerms alibi =
      attention_terms(random_transformer(PositionKind::alibi, false), two_sentences);
  EXPECT_TRUE(same_rows(alibi.position_position));
  expect_close(slice(alibi.position_position, 0, 0, 1).reshaped({2, 5, 5}),
               AlibiPositions(2).bias(5).value());
}

TEST(AttentionTerms, IdsHaveTwoAxes) {
  const Transformer model = random_transformer(PositionKind::learned, false);
  EXPECT_EQ(message_of([&] { attention_terms(model, Indices({3})); }),
            "attention_terms: ids have shape (batch, length), got (3).");
}

// --- spread_over_keys ----------------------------------------------------------------------------

// Head 0: rows (0, 2) and (5, 5): deviations 1, 1, 0, 0 -> √(2/4). Under the mask the first query
// sees one key: 0, then (5, 5): 0. Head 1: rows (1, 1) and (0, 4): √(8/4); masked √(8/3).
TEST(SpreadOverKeys, IsTheDeviationThatSoftmaxNotices) {
  const Tensor term({1, 2, 2, 2}, {0, 2, 5, 5, 1, 1, 0, 4});
  expect_close(spread_over_keys(term, false),
               Tensor({2}, {real(std::sqrt(0.5)), real(std::sqrt(2.0))}));
  expect_close(spread_over_keys(term, true), Tensor({2}, {0, real(std::sqrt(8.0 / 3))}));
}

// --- attention_by_offset -------------------------------------------------------------------------

// Offsets -2 .. 2. Head 0: c; (b1 + b2) / 2 and so on.
TEST(AttentionByOffset, AveragesAlongTheDiagonals) {
  const Tensor one({1, 1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9});
  expect_close(attention_by_offset(one), Tensor({1, 5}, {7, 6, 5, 4, 3}));
  const Tensor heads = concatenate(std::vector<Tensor>{one, one * real(10)}, 1);
  const Tensor items = concatenate(std::vector<Tensor>{heads, heads * real(3)}, 0);
  expect_close(attention_by_offset(items),
               Tensor({2, 5}, {14, 12, 10, 8, 6, 140, 120, 100, 80, 60}));
}

TEST(AttentionByOffset, OfAnAlibiModelFallsWithTheDistance) {
  Rng rng(1);
  Transformer model({.vocab_size = 3,
                     .max_length = 9,
                     .embedding_dim = 4,
                     .num_heads = 2,
                     .causal = true,
                     .positions = PositionKind::alibi},
                    rng);
  model.blocks[0].attention.qkv.weight.set_value(Tensor({12, 4}));  // only the bias is left
  const Tensor curve = attention_by_offset(model.attention_weights(Indices({1, 9}))[0]);
  for (Index offset = 1; offset < 9; ++offset) {
    EXPECT_EQ(curve(0, 8 + offset), 0);  // later keys
    EXPECT_LT(curve(0, 8 - offset), curve(0, 9 - offset));
  }
}

TEST(AttentionByOffset, NeedsWeightsOfAllPairs) {
  const std::string shape =
      "must have shape (batch, num_heads, length, length) and hold numbers, got ";
  EXPECT_EQ(message_of([] {
              attention_by_offset(Tensor({3, 3}));
            }),
            "attention_by_offset: the weights " + shape + "(3, 3).");
  EXPECT_EQ(message_of([] {
              attention_by_offset(Tensor({1, 0, 3, 3}));
            }),
            "attention_by_offset: the weights " + shape + "(1, 0, 3, 3).");
  EXPECT_EQ(message_of([] {
              spread_over_keys(Tensor({1, 2, 3, 4}), false);
            }),
            "spread_over_keys: the term " + shape + "(1, 2, 3, 4).");
}

}  // namespace locus
