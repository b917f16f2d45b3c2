#include "nn/relative_positions.h"

#include "autograd/ops.h"
#include "nn/transformer.h"
#include "tests/support.h"

namespace locus {

// --- rotary --------------------------------------------------------------------------------------

// One head of two pairs: at place p the first turns by p, the second by p / 100. Values stay.
TEST(Rotary, TurnsEachPairOfQueriesAndKeysByItsAngle) {
  const std::vector<real> token = {1, 0, 0, 2, 3, 4, 1, 0, 5, 6, 7, 8};
  std::vector<real> three;
  for (int p = 0; p < 3; ++p) three.insert(three.end(), token.begin(), token.end());
  const Tensor y = rotary(Variable(Tensor({1, 3, 12}, three)), 1).value();
  for (Index p = 0; p < 3; ++p) {
    const double c = std::cos(double(p)), s = std::sin(double(p));
    const double c2 = std::cos(double(p) / 100), s2 = std::sin(double(p) / 100);
    const double want[] = {c, s, -2 * s2, 2 * c2, 3 * c - 4 * s, 3 * s + 4 * c, c2, s2, 5, 6, 7, 8};
    for (Index i = 0; i < 12; ++i) EXPECT_NEAR(double(y(0, p, i)), want[i], 1e-6) << p << " " << i;
  }
}

TEST(Rotary, TheFirstTokenIsNotTurnedAndEveryHeadTurnsAlike) {
  const Tensor one = random_tensor({2, 3, 3, 1, 4}, 1);  // batch, length, (q, k, v), head, head_dim
  const Tensor both = concatenate(std::vector<Tensor>{one, one}, 3);
  const Tensor y = rotary(Variable(both.reshaped({2, 3, 24})), 2).value();
  EXPECT_TRUE(same_bits(slice(y, 1, 0, 1), slice(both.reshaped({2, 3, 24}), 1, 0, 1)));
  const Tensor heads = y.reshaped({2, 3, 3, 2, 4});
  EXPECT_TRUE(same_bits(slice(heads, 3, 0, 1), slice(heads, 3, 1, 2)));
}

TEST(Rotary, TheOppositePaceTurnsBack) {
  const Variable x(random_tensor({2, 70, 24}, 1));
  expect_close(rotary(rotary(x, 2, real(0.5)), 2, real(-0.5)).value(), x.value());
  EXPECT_GT(difference(rotary(x, 2, real(0.5)).value(), x.value()), 0.1);
}

TEST(Rotary, WrongShapesAreNamed) {
  const std::string shape =
      "rotary: qkv has shape (batch, length, 3 dim) with an even head_dim for each of the ";
  EXPECT_EQ(message_of([] {
              rotary(Variable(Tensor({2, 3, 9})), 1);
            }),
            shape + "1 heads, got (2, 3, 9).");
  EXPECT_EQ(message_of([] {
              rotary(Variable(Tensor({3, 12})), 1);
            }),
            shape + "1 heads, got (3, 12).");
  EXPECT_EQ(message_of([] {
              rotary(Variable(Tensor({2, 3, 12})), 0);
            }),
            shape + "0 heads, got (2, 3, 12).");
}

// --- attention with a bias -----------------------------------------------------------------------

// Queries of zero: the bias alone decides. ln 3 more for key 1 -> weights 1 : 3, values 10 and 20.
TEST(AttentionBias, IsAddedToTheLogitsOfItsHead) {
  const Variable qkv(Tensor({1, 2, 6}, {0, 0, 1, 1, 10, 10, 0, 0, 1, 1, 20, 20}));
  const real ln3 = real(std::log(3.0));
  const Variable bias(Tensor({2, 2, 2}, {0, ln3, 0, ln3, 0, 0, ln3, 0}));
  expect_close(attention(qkv, 2, bias, {}).value(),
               Tensor({1, 2, 2}, {real(17.5), 15, real(17.5), real(12.5)}), 64);
  expect_close(attention_weights(qkv, 2, bias, {}).value(),
               Tensor({1, 2, 2, 2}, {real(0.25), real(0.75), real(0.25), real(0.75), real(0.5),
                                     real(0.5), real(0.75), real(0.25)}));
  expect_close(attention(qkv, 2, bias, {.causal = true}).value(),
               Tensor({1, 2, 2}, {10, 10, real(17.5), real(12.5)}), 64);
}

TEST(AttentionBias, OfZeroOrNoneIsPlainAttention) {
  const Variable qkv(random_tensor({2, 5, 12}, 1));
  const AttentionMask mask = {.causal = true};
  EXPECT_TRUE(
      same_bits(attention(qkv, 2, Variable(), mask).value(), attention(qkv, 2, mask).value()));
  expect_close(attention(qkv, 2, Variable(Tensor({2, 5, 5})), mask).value(),
               attention(qkv, 2, mask).value(), 64);
}

TEST(AttentionBias, OfAnotherShapeIsAnError) {
  const Variable qkv(Tensor({2, 3, 12})), bias(Tensor({3, 3}));
  const std::string message =
      "attention: the bias has one number per head, query and key, (2, 3, 3), got (3, 3).";
  EXPECT_EQ(message_of([&] { attention(qkv, 2, bias, {}); }), message);
  EXPECT_EQ(message_of([&] { attention_weights(qkv, 2, bias, {}); }), message);
}

// --- ALiBi ---------------------------------------------------------------------------------------

// Press et al. 2022, section 3: for 8 heads 1/2, 1/4, .. 1/256; for 16 the first is 1/√2.
TEST(AlibiPositions, SlopesAreThoseOfThePaper) {
  const AlibiPositions eight(8);
  for (int h = 0; h < 8; ++h) EXPECT_EQ(eight.slopes[size_t(h)], real(std::pow(0.5, h + 1)));
  EXPECT_NEAR(double(AlibiPositions(16).slopes[0]), std::sqrt(0.5), 1e-7);
  EXPECT_EQ(AlibiPositions(16).slopes[15], real(1) / 256);
}

// Two heads: slopes 1/16 and 1/256.
TEST(AlibiPositions, TheBiasFallsWithTheDistanceByEachHeadsSlope) {
  const Tensor bias = AlibiPositions(2).bias(3).value();
  const Tensor distance({3, 3}, {0, 1, 2, 1, 0, 1, 2, 1, 0});
  EXPECT_TRUE(same_bits(
      bias, concatenate(std::vector<Tensor>{(distance * (real(-1) / 16)).reshaped({1, 3, 3}),
                                            (distance * (real(-1) / 256)).reshaped({1, 3, 3})},
                        0)));
  EXPECT_EQ(message_of([] { AlibiPositions(0); }), "AlibiPositions: at least one head, got 0.");
}

// --- RelativeBias --------------------------------------------------------------------------------

static RelativeBias relative(Index buckets, Index max_distance, bool causal) {
  return RelativeBias(random_tensor({buckets, 2}, 1), max_distance, causal);
}

// T5's own: 32 buckets, 16 to a side, 8 of them for distances 0 .. 7. A distance d beyond is in
// 8 + floor(2 log2(d / 8)): 12 -> 8 + 1, 16 -> 8 + 2, 23 -> 8 + 3, 64 -> 8 + 6, 91 -> 8 + 7.
TEST(RelativeBias, BucketsAreNarrowNearAndWideFarToBothSides) {
  const RelativeBias bias = relative(32, 128, /*causal=*/false);
  const std::vector<std::pair<Index, Index>> cases = {
      {0, 0},     {-1, 1},     {-7, 7},   {-8, 8},   {-11, 8},  {-12, 9},  {-15, 9},
      {-16, 10},  {-22, 10},   {-23, 11}, {-32, 12}, {-64, 14}, {-90, 14}, {-91, 15},
      {-128, 15}, {-5000, 15}, {1, 17},   {7, 23},   {8, 24},   {64, 30},  {5000, 31}};
  for (const auto& [offset, bucket] : cases) EXPECT_EQ(bias.bucket(offset), bucket) << offset;
}

TEST(RelativeBias, UnderACausalMaskAllBucketsAreForWhatCameBefore) {
  const RelativeBias bias = relative(32, 128, /*causal=*/true);
  EXPECT_EQ(bias.bucket(-15), 15);
  EXPECT_EQ(bias.bucket(-16), 16);
  EXPECT_EQ(bias.bucket(-32), 21);  // 16 + floor(16 / 3)
  EXPECT_EQ(bias.bucket(-127), 31);
  EXPECT_EQ(bias.bucket(-1000), 31);
  EXPECT_EQ(bias.bucket(5), 0);  // hidden by the mask
}

TEST(RelativeBias, HeadsReadTheirOwnColumn) {
  const RelativeBias bias = relative(8, 8, /*causal=*/false);
  const Tensor table = bias.weight.value(), y = bias.bias(9).value();
  for (Index query = 0; query < 9; ++query) {
    for (Index key = 0; key < 9; ++key) {
      EXPECT_EQ(y(0, query, key), table(bias.bucket(key - query), 0));
      EXPECT_EQ(y(1, query, key), table(bias.bucket(key - query), 1));
    }
  }
}

TEST(RelativeBias, DoesNotChangeWhenAllMoveTogether) {
  for (const bool causal : {false, true}) {
    const Tensor y = relative(8, 20, causal).bias(30).value();
    const auto part = [&](Index first) {
      return slice(slice(y, 1, first, first + 12), 2, first, first + 12);
    };
    EXPECT_TRUE(same_bits(part(0), part(7)));
    EXPECT_TRUE(same_bits(part(0), part(18)));
  }
}

TEST(RelativeBias, BrokenTablesAreNamed) {
  EXPECT_EQ(message_of([] { RelativeBias(Tensor({8}), 8, false); }),
            "RelativeBias: the table has shape (buckets, num_heads), got (8).");
  EXPECT_EQ(message_of([] { relative(5, 8, false); }),
            "RelativeBias: without a causal mask an even count of at least 4 buckets, got 5.");
  EXPECT_EQ(message_of([] { relative(1, 8, true); }), "RelativeBias: at least 2 buckets, got 1.");
  EXPECT_EQ(message_of([] { relative(32, 8, false); }),
            "RelativeBias: max_distance must be above 8, the number of exact distances, got 8.");
}

// --- in a model ----------------------------------------------------------------------------------

static const std::vector<PositionKind> inside_attention = {
    PositionKind::rotary, PositionKind::alibi, PositionKind::relative};

static Transformer transformer_with(PositionKind kind, bool causal = false) {
  Rng rng(1);
  return Transformer({.vocab_size = 7,
                      .max_length = 6,
                      .embedding_dim = 8,
                      .num_heads = 2,
                      .num_layers = 2,
                      .causal = causal,
                      .positions = kind,
                      .position_stddev = 1},
                     rng);
}

TEST(RelativePositions, OnlyTheBiasHasParametersAndItsTableIsListedOnce) {
  const Index none = transformer_with(PositionKind::none).parameter_count();
  EXPECT_EQ(transformer_with(PositionKind::rotary).parameter_count(), none);
  EXPECT_EQ(transformer_with(PositionKind::alibi).parameter_count(), none);
  Transformer relative = transformer_with(PositionKind::relative);
  EXPECT_EQ(relative.parameter_count(), none + 32 * 2);
  EXPECT_EQ(relative.parameters()[1].name, "relative.weight");
  EXPECT_FALSE(relative.positions);
}

TEST(RelativePositions, TheBiasGetsAGradientFromEveryLayer) {
  const Indices ids({1, 4}, {4, 0, 6, 2}), targets({1, 4}, {0, 1, 2, 3});
  const auto gradient = [&](bool first_layer_shares) {
    Transformer model = transformer_with(PositionKind::relative);
    auto& shared = dynamic_cast<RelativeBias&>(*model.relative);
    const RelativeBias own = shared;  // the same values, but a table of its own
    Variable x = model.tokens(ids);
    for (const Block& block : model.blocks) {
      const bool first = &block == &model.blocks.front();
      x = block(x, {}, first && !first_layer_shares ? &own : &shared);
    }
    cross_entropy(model.head(model.norm(x)), targets).backward();
    return shared.weight.grad();
  };
  EXPECT_GT(inner_product(gradient(true), gradient(true)), 0);
  EXPECT_GT(difference(gradient(true), gradient(false)), 1e-4);
}

// Three tokens behind two hidden ones score as they do alone: only distances count. A table of
// learned positions sees that they moved.
TEST(RelativePositions, OnlyDistancesCount) {
  const Indices alone({1, 3}, {4, 0, 6}), moved({1, 5}, {1, 1, 4, 0, 6});
  const Indices keys({1, 5}, {0, 0, 1, 1, 1});
  const auto change = [&](PositionKind kind) {
    Transformer model = transformer_with(kind);
    return difference(slice(model(moved, keys).value(), 1, 2, 5), model(alone).value());
  };
  for (const PositionKind kind : inside_attention)
    EXPECT_LT(change(kind), 128 * epsilon_of_real) << int(kind);
  EXPECT_GT(change(PositionKind::learned), 1e-3);
}

// Reversed tokens: without positions, and with ALiBi without a mask, reversed scores and no more.
TEST(RelativePositions, RotaryAndBiasTellBeforeFromAfterAlibiOnlyUnderACausalMask) {
  const Indices ids({1, 3}, {4, 0, 6}), reversed({1, 3}, {6, 0, 4}), swapped({1, 3}, {0, 4, 6});
  const auto reverses = [&](PositionKind kind) {
    Transformer model = transformer_with(kind);
    const Tensor a = model(ids).value(), b = model(reversed).value();
    return difference(slice(a, 1, 0, 1), slice(b, 1, 2, 3));
  };
  EXPECT_LT(reverses(PositionKind::none), 32 * epsilon_of_real);
  EXPECT_LT(reverses(PositionKind::alibi), 32 * epsilon_of_real);
  EXPECT_GT(reverses(PositionKind::rotary), 1e-5);
  EXPECT_GT(reverses(PositionKind::relative), 1e-4);
  // The last token sees the two before it in another order.
  for (const PositionKind kind : inside_attention) {
    Transformer model = transformer_with(kind, /*causal=*/true);
    EXPECT_GT(
        difference(slice(model(ids).value(), 1, 2, 3), slice(model(swapped).value(), 1, 2, 3)),
        1e-5)
        << int(kind);
  }
}

TEST(RelativePositions, WeightsAreThoseThatAttentionUses) {
  for (const PositionKind kind : inside_attention) {
    for (const bool causal : {false, true}) {
      Transformer model = transformer_with(kind, causal);
      const SelfAttention& attention = model.blocks[0].attention;
      const Variable x(random_tensor({2, 5, 8}, 1));
      const Variable values =
          permute(reshape(slice(attention.qkv(x), -1, 16, 24), {2, 5, 2, 4}), {0, 2, 1, 3});
      const Variable read = matmul(attention.weights(x), values);
      const Variable y = attention.projection(reshape(permute(read, {0, 2, 1, 3}), {2, 5, 8}));
      expect_close(attention(x).value(), y.value(), 64);
      const std::vector<Tensor> layers = model.attention_weights(Indices({1, 3}, {4, 0, 6}));
      ASSERT_EQ(layers.size(), 2u);
      for (const Tensor& layer : layers) expect_close(sum(layer, -1), Tensor({1, 2, 3}, 1));
      EXPECT_EQ(layers[1](0, 0, 0, 2) == 0, causal);
    }
  }
}

TEST(RelativePositions, HaveNoEnd) {
  for (const PositionKind kind : inside_attention)
    EXPECT_EQ(transformer_with(kind)(Indices({1, 300})).shape(), (Shape{1, 300, 7}));
}

}  // namespace locus
