#include "nn/transformer.h"

#include "autograd/ops.h"
#include "nn/optim/optimizer.h"
#include "tensor/parallel.h"
#include "tests/support.h"

namespace locus {

static const TransformerConfig tiny = {
    .vocab_size = 7, .max_length = 5, .embedding_dim = 4, .num_heads = 2, .num_layers = 2};
static const Indices some_ids({2, 3}, {4, 0, 6, 2, 2, 5});

static Transformer transformer(const TransformerConfig& config) {
  Rng rng(1);
  return Transformer(config, rng);
}

// A copy of `config` that `change` was applied to.
template <class Change>
static TransformerConfig with(TransformerConfig config, Change change) {
  change(config);
  return config;
}

static std::string names_of_parameters(Module& module) {
  std::string result;
  for (const NamedParameter& parameter : module.parameters()) result += parameter.name + "\n";
  return result;
}

// --- Block -------------------------------------------------------------------------------------------

TEST(Block, AddsWhatItsTwoPartsSayToWhatComesIn) {
  Rng rng(1);
  Block block(with(tiny, [](auto& c) { c.hidden_dim = 8; }), rng);
  const Variable x(random_tensor({2, 3, 4}, 1));
  const Variable y = x + block.attention(block.attention_norm(x));
  const Variable z = y + block.feed_forward(block.feed_forward_norm(y));
  EXPECT_TRUE(same_bits(block(x).value(), z.value()));
  block.attention.projection.weight.set_value(Tensor({4, 4}));
  block.feed_forward.narrow.weight.set_value(Tensor({4, 8}));
  EXPECT_TRUE(same_bits(block(x).value(), x.value()));  // both parts say nothing
}

// --- parameters ----------------------------------------------------------------------------------

TEST(Transformer, ParametersHavePaths) {
  Transformer model = transformer(with(tiny, [](auto& c) { c.num_layers = 1; }));
  EXPECT_EQ(names_of_parameters(model),
            "tokens.weight\n"
            "positions.weight\n"
            "blocks.0.attention_norm.weight\n"
            "blocks.0.attention_norm.bias\n"
            "blocks.0.attention.qkv.weight\n"
            "blocks.0.attention.qkv.bias\n"
            "blocks.0.attention.projection.weight\n"
            "blocks.0.attention.projection.bias\n"
            "blocks.0.feed_forward_norm.weight\n"
            "blocks.0.feed_forward_norm.bias\n"
            "blocks.0.feed_forward.widen.weight\n"
            "blocks.0.feed_forward.widen.bias\n"
            "blocks.0.feed_forward.narrow.weight\n"
            "blocks.0.feed_forward.narrow.bias\n"
            "norm.weight\n"
            "norm.bias\n"
            "output.weight\n"
            "output.bias\n");
  EXPECT_EQ(model.blocks[0].attention.qkv.weight.name(), "blocks.0.attention.qkv.weight");
}

// With d = 4: a block has 4d² + 4d of attention, 8d² + 5d of feed-forward and 4d of norms.
TEST(Transformer, ParameterCountsAddUp) {
  const Index d = 4, block = 12 * d * d + 13 * d, vocab = 7, length = 5;
  const Index without_head = vocab * d + 2 * block + 2 * d, table = length * d,
              head = d * vocab + vocab;
  const auto count = [](const TransformerConfig& config) {
    return transformer(config).parameter_count();
  };
  EXPECT_EQ(count(tiny), without_head + table + head);
  EXPECT_EQ(count(with(tiny, [](auto& c) { c.tied_head = true; })), without_head + table);
  EXPECT_EQ(count(with(tiny, [](auto& c) { c.positions = PositionKind::sinusoidal; })),
            without_head + head);
  EXPECT_EQ(count(with(tiny, [](auto& c) { c.positions = PositionKind::none; })),
            without_head + head);
  EXPECT_EQ(count(with(tiny, [](auto& c) { c.outputs = 2; })), without_head + table + d * 2 + 2);
  EXPECT_EQ(count(with(tiny, [](auto& c) { c.hidden_dim = 1; })),
            without_head + table + head - 2 * (8 * d * d + 5 * d) + 2 * (2 * d + 1 + d));
}

TEST(Transformer, EveryParameterGetsAGradient) {
  for (const bool tied : {false, true}) {
    Transformer model = transformer(with(tiny, [&](auto& c) { c.tied_head = tied; }));
    cross_entropy(model(some_ids), Indices({2, 3}, {0, 1, 2, 3, 4, 5})).backward();
    for (const NamedParameter& parameter : model.parameters()) {
      EXPECT_TRUE(parameter.variable.has_grad()) << parameter.name;
      EXPECT_GT(inner_product(parameter.variable.grad(), parameter.variable.grad()), 0)
          << parameter.name;
    }
  }
}

TEST(Transformer, TheSameSeedStartsTheSame) {
  EXPECT_TRUE(same_bits(transformer(tiny)(some_ids).value(), transformer(tiny)(some_ids).value()));
}

// --- positions -----------------------------------------------------------------------------------

TEST(Transformer, LearnedPositionsStartAtTheirDeviationOrAtZero) {
  const auto table = [](real stddev) {
    return transformer(
               with(tiny,
                    [&](auto& c) { c.max_length = 1000, c.position_stddev = double(stddev); }))
        .learned_positions()
        .weight.value();
  };
  EXPECT_NEAR(std::sqrt(inner_product(table(real(0.5)), table(real(0.5))) / 4000), 0.5, 0.03);
  EXPECT_EQ(difference(table(0), Tensor({1000, 4})), 0);
}

// Without positions an encoder cannot tell places apart: reversed tokens give reversed scores.
TEST(Transformer, OnlyPositionsTellPlacesApart) {
  const Indices ids({1, 3}, {4, 0, 6}), reversed({1, 3}, {6, 0, 4});
  const auto reverses = [&](PositionKind kind) {
    Transformer model =
        transformer(with(tiny, [&](auto& c) { c.positions = kind, c.position_stddev = 1; }));
    const Tensor a = model(ids).value(), b = model(reversed).value();
    return std::max(difference(slice(a, 1, 0, 1), slice(b, 1, 2, 3)),
                    difference(slice(a, 1, 2, 3), slice(b, 1, 0, 1)));
  };
  EXPECT_LT(reverses(PositionKind::none), 32 * epsilon_of_real);
  EXPECT_GT(reverses(PositionKind::learned), 1e-3);
  EXPECT_GT(reverses(PositionKind::sinusoidal), 1e-3);
}

TEST(Transformer, LearnedPositionsCanBeReadAndReplaced) {
  Transformer model = transformer(tiny);
  const Tensor before = model(some_ids).value();
  model.learned_positions() = model.learned_positions().interpolated(9);
  EXPECT_EQ(model.positions->max_length(), 9);
  EXPECT_EQ(model(Indices({1, 9})).shape(), (Shape{1, 9, 7}));
  EXPECT_FALSE(same_bits(model(some_ids).value(), before));
  for (const PositionKind kind : {PositionKind::none, PositionKind::sinusoidal}) {
    Transformer other = transformer(with(tiny, [&](auto& c) { c.positions = kind; }));
    EXPECT_EQ(message_of([&] { other.learned_positions(); }),
              "learned_positions: the model must have PositionKind::learned, got another kind.");
  }
}

TEST(Transformer, PositionsPastTheSequenceGetExactlyNoGradient) {
  Transformer model = transformer(tiny);
  mean(model(some_ids)).backward();
  const Tensor& g = model.learned_positions().weight.grad();
  EXPECT_TRUE(same_bits(slice(g, 0, 3, 5), Tensor({2, 4})));
  EXPECT_NE(difference(slice(g, 0, 0, 3), Tensor({3, 4})), 0);
}

// --- who sees whom -------------------------------------------------------------------------------

TEST(Transformer, ADecodersScoresDoNotDependOnLaterTokens) {
  Transformer decoder = transformer(with(tiny, [](auto& c) { c.causal = true; }));
  Transformer encoder = transformer(tiny);
  const Indices ids({1, 4}, {4, 0, 6, 2}), other({1, 4}, {4, 0, 6, 3});
  const auto first_three = [](const Variable& y) { return slice(y.value(), 1, 0, 3); };
  EXPECT_TRUE(same_bits(first_three(decoder(ids)), first_three(decoder(other))));
  EXPECT_FALSE(same_bits(first_three(encoder(ids)), first_three(encoder(other))));
  EXPECT_FALSE(same_bits(decoder(ids).value(), decoder(other).value()));
}

TEST(Transformer, AKeyMaskHidesPaddingExactly) {
  Transformer model = transformer(tiny);
  const Indices ids({1, 4}, {4, 0, 6, 2}), other({1, 4}, {4, 0, 6, 3}), keys({1, 4}, {1, 1, 1, 0});
  const auto first_three = [](const Variable& y) { return slice(y.value(), 1, 0, 3); };
  EXPECT_TRUE(same_bits(first_three(model(ids, keys)), first_three(model(other, keys))));
  expect_close(first_three(model(ids, keys)), model(Indices({1, 3}, {4, 0, 6})).value(), 64);
}

TEST(Transformer, AttentionWeightsComeLayerByLayer) {
  Transformer model = transformer(with(tiny, [](auto& c) { c.causal = true; }));
  const std::vector<Tensor> weights = model.attention_weights(some_ids);
  ASSERT_EQ(weights.size(), 2u);
  for (const Tensor& layer : weights) {
    EXPECT_EQ(layer.shape(), (Shape{2, 2, 3, 3}));
    expect_close(sum(layer, -1), Tensor({2, 2, 3}, 1));
    EXPECT_EQ(layer(1, 1, 0, 1), 0);
    EXPECT_EQ(layer(1, 1, 1, 2), 0);
  }
  EXPECT_NE(difference(weights[0], weights[1]), 0);
  const Tensor masked = model.attention_weights(some_ids, Indices({2, 3}, {1, 0, 1, 1, 1, 1}))[1];
  EXPECT_EQ(masked(0, 0, 2, 1), 0);
  EXPECT_GT(masked(1, 0, 2, 1), 0);
}

// --- the head ------------------------------------------------------------------------------------

TEST(Transformer, ScoresAreTheHeadOfTheHiddenVectorsWhichAreNormalised) {
  for (const bool tied : {false, true}) {
    Transformer model = transformer(with(tiny, [&](auto& c) { c.tied_head = tied; }));
    const Variable hidden = model.hidden(some_ids);
    EXPECT_EQ(hidden.shape(), (Shape{2, 3, 4}));
    expect_close(mean(hidden.value(), -1), Tensor({2, 3}), 64);
    EXPECT_TRUE(same_bits(model.head(hidden).value(), model(some_ids).value()));
  }
}

TEST(Transformer, ATiedHeadComparesWithTheTokensVectors) {
  Transformer model = transformer(with(tiny, [](auto& c) { c.tied_head = true; }));
  EXPECT_FALSE(model.output.has_value());
  const Variable x(random_tensor({2, 4}, 1));
  expect_close(model.head(x).value(),
               matmul(x.value(), model.tokens.weight.value(), Transpose::right));
  // The table gets gradients as head, also in rows of tokens that do not appear.
  cross_entropy(model(Indices({1, 1}, 2)), Indices({1, 1}, 3)).backward();
  EXPECT_NE(difference(slice(model.tokens.weight.grad(), 0, 6, 7), Tensor({1, 4})), 0);
}

TEST(Transformer, OutputsAreAsManyAsAskedForOrElseTheVocabulary) {
  EXPECT_EQ(transformer(tiny)(some_ids).shape(), (Shape{2, 3, 7}));
  EXPECT_EQ(transformer(with(tiny, [](auto& c) { c.outputs = 2; }))(some_ids).shape(),
            (Shape{2, 3, 2}));
}

TEST(Transformer, MissingSizesAreFilledIn) {
  const Transformer model = transformer(tiny);
  EXPECT_EQ(model.config.hidden_dim, 16);
  EXPECT_EQ(model.config.outputs, 7);
}

// --- training and evaluation ---------------------------------------------------------------------

TEST(Transformer, EvaluationTurnsDropoutOffEverywhereAndTrainingOn) {
  Transformer model = transformer(with(tiny, [](auto& c) { c.dropout = real(0.5); }));
  EXPECT_FALSE(same_bits(model(some_ids).value(), model(some_ids).value()));
  model.eval();
  for (const Block& block : model.blocks) EXPECT_FALSE(block.dropout.training());
  EXPECT_FALSE(model.dropout.training());
  const Tensor y = model(some_ids).value();
  EXPECT_TRUE(same_bits(model(some_ids).value(), y));
  model.train();
  for (const Block& block : model.blocks) EXPECT_TRUE(block.dropout.training());
  EXPECT_TRUE(model.dropout.training());
  EXPECT_FALSE(same_bits(model(some_ids).value(), y));
}

TEST(Transformer, EachOfItsDropoutsActsInTraining) {
  Transformer model = transformer(with(tiny, [](auto& c) { c.dropout = real(0.5); }));
  const auto acts = [&](Dropout& dropout) {
    model.eval();
    dropout.train();
    const Tensor first = model(some_ids).value();
    return !same_bits(model(some_ids).value(), first);
  };
  EXPECT_TRUE(acts(model.dropout));
  EXPECT_TRUE(acts(model.blocks[0].dropout));
  EXPECT_TRUE(acts(model.blocks[1].dropout));
}

// Parameters after two steps of AdamW.
static std::vector<Tensor> trained(int num_threads) {
  const int before = threads();
  set_threads(num_threads);
  Transformer model = transformer({.vocab_size = 50,
                                   .max_length = 80,
                                   .embedding_dim = 64,
                                   .num_heads = 4,
                                   .num_layers = 2,
                                   .causal = true,
                                   .dropout = real(0.1)});
  AdamW optimizer(model.parameters(), {.learning_rate = real(1e-3), .weight_decay = real(0.1)});
  Rng rng(2);
  Indices ids({4, 80}), targets({4, 80});
  for (Index i = 0; i < ids.size(); ++i) ids[i] = rng.below(50), targets[i] = rng.below(50);
  for (int step = 0; step < 2; ++step) {
    optimizer.zero_grad();
    cross_entropy(model(ids), targets).backward();
    clip_grad_norm(model.parameters(), 1);
    optimizer.step();
  }
  set_threads(before);
  std::vector<Tensor> result;
  for (const NamedParameter& parameter : model.parameters())
    result.push_back(parameter.variable.value());
  return result;
}

TEST(Transformer, TrainsToTheSameBitsOnAnyNumberOfThreads) {
  const std::vector<Tensor> one = trained(1), two = trained(2), three = trained(3);
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_TRUE(same_bits(one[i], two[i])) << "parameter " << i;
    EXPECT_TRUE(same_bits(one[i], three[i])) << "parameter " << i;
  }
}

TEST(Transformer, LearnsABatchByHeart) {
  Transformer model =
      transformer(with(tiny, [](auto& c) { c.embedding_dim = 16, c.causal = true; }));
  Adam optimizer(model.parameters(), {.learning_rate = real(0.01)});
  const Indices targets({2, 3}, {1, 2, 3, 6, 5, 4});  // two equal tokens in a row, so places matter
  real loss = 0;
  for (int step = 0; step < 100; ++step) {
    optimizer.zero_grad();
    const Variable y = cross_entropy(model(some_ids), targets);
    y.backward();
    optimizer.step();
    loss = y.item();
  }
  EXPECT_LT(loss, 0.05);
  EXPECT_EQ(argmax(model(some_ids).value()), targets);
}

// --- messages ------------------------------------------------------------------------------------

TEST(Transformer, MissingOrWrongSizesAreNamed) {
  EXPECT_EQ(message_of([] { transformer({.vocab_size = 5, .max_length = 4}); }),
            "Transformer: vocab_size, max_length, embedding_dim and num_layers of at least 1, got "
            "5, 4, 0 and 1.");
  EXPECT_EQ(message_of([] { transformer(with(tiny, [](auto& c) { c.num_layers = 0; })); }),
            "Transformer: vocab_size, max_length, embedding_dim and num_layers of at least 1, got "
            "7, 5, 4 and 0.");
  EXPECT_EQ(message_of([] { transformer(with(tiny, [](auto& c) { c.num_heads = 3; })); }),
            "Transformer: embedding_dim must be a multiple of num_heads, got 4 and 3.");
  EXPECT_EQ(message_of([] { transformer(with(tiny, [](auto& c) { c.dropout = 1; })); }),
            "Transformer: the dropout must be in [0, 1), got 1.");
  EXPECT_EQ(message_of([] {
              transformer(with(tiny, [](auto& c) { c.tied_head = true, c.outputs = 2; }));
            }),
            "Transformer: a tied head has one output per token, got outputs 2 for vocab_size 7.");
}

TEST(Transformer, WrongIdsAreNamed) {
  Transformer model = transformer(tiny);
  EXPECT_EQ(message_of([&] {
              model(Indices({3}, {1, 2, 3}));
            }),
            "Transformer: ids have shape (batch, length), got (3).");
  EXPECT_EQ(message_of([&] {
              model(Indices({1, 3}, {1, 7, 3}));
            }),
            "embedding: ids must be 0 or more and below 7, got 7 at place 1 of (1, 3).");
  EXPECT_EQ(
      message_of([&] {
        model(Indices({1, 6}));
      }),
      "LearnedPositions: at most 5 positions, one per row of the table, got 6. A row that does "
      "not exist cannot be looked up; interpolated(6) makes a longer table.");
  Transformer fixed =
      transformer(with(tiny, [](auto& c) { c.positions = PositionKind::sinusoidal; }));
  EXPECT_EQ(message_of([&] {
              fixed(Indices({1, 6}));
            }),
            "SinusoidalPositions: a length from 0 to 5, got 6. Make it with a larger max_length.");
}

TEST(Transformer, LookingAtAttentionChangesNothing) {
  const TransformerConfig config = {
      .vocab_size = 5, .max_length = 4, .embedding_dim = 4, .dropout = real(0.5)};
  const Indices ids({1, 3}, {0, 4, 2});
  Rng rng(1), same(1);
  Transformer looked_at(config, rng), left_alone(config, same);
  looked_at.attention_weights(ids);
  EXPECT_TRUE(looked_at.training());
  EXPECT_TRUE(same_bits(looked_at(ids).value(), left_alone(ids).value()));
}

TEST(Transformer, LookingAtAttentionLeavesEveryPartsModeAsItWas) {
  Transformer model = transformer(with(tiny, [](auto& c) { c.dropout = real(0.5); }));
  model.blocks[1].dropout.eval();
  model.attention_weights(some_ids);
  EXPECT_TRUE(model.training());
  EXPECT_TRUE(model.blocks[0].dropout.training());
  EXPECT_FALSE(model.blocks[1].dropout.training());
}

}  // namespace locus
