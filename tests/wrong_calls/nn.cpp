// Wrong calls of nn/*.h: modules of impossible sizes and what does not fit them, optimizers, schedules.
#include "autograd/ops.h"
#include "nn/optim/optimizer.h"
#include "nn/optim/schedule.h"
#include "nn/transformer.h"
#include "tests/wrong_calls/wrong_calls.h"

namespace locus {

TEST(WrongCalls, OfModulesOfImpossibleSizes) {
  Rng rng(1);
  const std::vector<WrongCall> calls = {
      {CALL(Linear(0, 3, rng)), "Linear: at least one input and one output, got 0 and 3."},
      {CALL(Linear(3, -1, rng)), "Linear: at least one input and one output, got 3 and -1."},
      {CALL(Linear(huge, huge, rng)),
       fmt::format("Shape: at most {} numbers can be addressed, got 1 times an extent of {}.",
                   most_numbers, huge)},
      {CALL(Embedding(0, 4, rng)),
       "Embedding: a vocab_size and an embedding_dim of at least 1, got 0 and 4."},
      {CALL(Embedding(5, -4, rng)),
       "Embedding: a vocab_size and an embedding_dim of at least 1, got 5 and -4."},
      {CALL(Embedding(5, 4, rng, nan)), "normal: the stddev must be finite and 0 or more, got nan.",
       "normal"},
      {CALL(Embedding(5, 4, rng, -1)), "normal: the stddev must be finite and 0 or more, got -1.",
       "normal"},
      {CALL(LayerNorm(0)),
       "LayerNorm: a dim of at least 1 and a finite epsilon of 0 or more, got 0 and 1e-05."},
      {CALL(LayerNorm(-3)), "Shape: an extent must be 0 or more, got -3 on axis 0."},
      {CALL(LayerNorm(3, -1)),
       "LayerNorm: a dim of at least 1 and a finite epsilon of 0 or more, got 3 and -1."},
      {CALL(LayerNorm(3, nan)),
       "LayerNorm: a dim of at least 1 and a finite epsilon of 0 or more, got 3 and nan."},
      {CALL(Dropout(1, rng)), "Dropout: the rate must be in [0, 1), got 1."},
      {CALL(Dropout(-1, rng)), "Dropout: the rate must be in [0, 1), got -1."},
      {CALL(Dropout(nan, rng)), "Dropout: the rate must be in [0, 1), got nan."},
      {CALL(FeedForward(4, 0, rng)), "Linear: at least one input and one output, got 4 and 0.",
       "Linear"},
      {CALL(FeedForward(-4, 4, rng)), "Linear: at least one input and one output, got -4 and 4.",
       "Linear"},
      {CALL(SelfAttention(6, 4, false, rng)),
       "SelfAttention: dim must be a multiple of num_heads, got 6 and 4."},
      {CALL(SelfAttention(6, 0, false, rng)),
       "SelfAttention: dim must be a multiple of num_heads, got 6 and 0."},
      {CALL(SelfAttention(0, 2, false, rng)),
       "Linear: at least one input and one output, got 0 and 0.", "Linear"},
      {CALL(SelfAttention(-4, 2, false, rng)),
       "Shape: an extent must be 0 or more, got -4 on axis 1."},
      {CALL(SelfAttention(huge - 1, 2, false, rng)),
       fmt::format("Shape: at most {} numbers can be addressed, got 3 times an extent of {}.",
                   most_numbers, huge - 1)},
      {CALL(LearnedPositions(Tensor({4}))),
       "LearnedPositions: the table has shape (max_length, embedding_dim), got (4)."},
      {CALL(LearnedPositions(Tensor({0, 4}))),
       "LearnedPositions: the table has shape (max_length, embedding_dim), got (0, 4)."},
      {CALL(SinusoidalPositions(Tensor({2, 2, 2}))),
       "SinusoidalPositions: the code has shape (max_length, embedding_dim), got (2, 2, 2)."},
      {CALL(SinusoidalPositions(0, 4)), "sinusoid: a length and a dim of at least 1, got 0 and 4.",
       "sinusoid"},
      {CALL(sinusoid(4, -1)), "sinusoid: a length and a dim of at least 1, got 4 and -1."},
      {CALL(AlibiPositions(0)), "AlibiPositions: at least one head, got 0."},
      {CALL(RelativeBias(Tensor({8}), 16, false)),
       "RelativeBias: the table has shape (buckets, num_heads), got (8)."},
      {CALL(RelativeBias(Tensor({8, 0}), 16, false)),
       "RelativeBias: the table has shape (buckets, num_heads), got (8, 0)."},
      {CALL(RelativeBias(Tensor({5, 2}), 16, false)),
       "RelativeBias: without a causal mask an even count of at least 4 buckets, got 5."},
      {CALL(RelativeBias(Tensor({1, 2}), 16, true)), "RelativeBias: at least 2 buckets, got 1."},
      {CALL(RelativeBias(Tensor({8, 2}), 2, false)),
       "RelativeBias: max_distance must be above 2, the number of exact distances, got 2."},
      {CALL(RelativeBias(Tensor({8, 2}), -huge, true)),
       "RelativeBias: max_distance must be above 4, the number of exact distances, got "
       "-9223372036854775807."},
  };
  expect_refused(calls, bits_of(rng));
}

TEST(WrongCalls, OfTransformersOfImpossibleSizes) {
  Rng rng(1);
  const auto Transformer_with = [&](auto change) {
    TransformerConfig config = {
        .vocab_size = 7, .max_length = 5, .embedding_dim = 4, .num_heads = 2};
    change(config);
    Transformer(config, rng);
  };
  const std::vector<WrongCall> calls = {
      {CALL(Transformer({}, rng)),
       "Transformer: vocab_size, max_length, embedding_dim and num_layers of at least 1, got 0, 0, "
       "0 and 1."},
      {CALL(Transformer_with([](auto& c) { c.vocab_size = -1; })),
       "Transformer: vocab_size, max_length, embedding_dim and num_layers of at least 1, got -1, "
       "5, 4 and 1."},
      {CALL(Transformer_with([](auto& c) { c.max_length = 0; })),
       "Transformer: vocab_size, max_length, embedding_dim and num_layers of at least 1, got 7, 0, "
       "4 and 1."},
      {CALL(Transformer_with([](auto& c) { c.embedding_dim = 0; })),
       "Transformer: vocab_size, max_length, embedding_dim and num_layers of at least 1, got 7, 5, "
       "0 and 1."},
      {CALL(Transformer_with([](auto& c) { c.num_layers = 0; })),
       "Transformer: vocab_size, max_length, embedding_dim and num_layers of at least 1, got 7, 5, "
       "4 and 0."},
      {CALL(Transformer_with([](auto& c) { c.num_heads = 3; })),
       "Transformer: embedding_dim must be a multiple of num_heads, got 4 and 3."},
      {CALL(Transformer_with([](auto& c) { c.num_heads = 0; })),
       "Transformer: embedding_dim must be a multiple of num_heads, got 4 and 0."},
      {CALL(Transformer_with([](auto& c) { c.num_heads = -2; })),
       "Transformer: embedding_dim must be a multiple of num_heads, got 4 and -2."},
      {CALL(Transformer_with([](auto& c) { c.hidden_dim = -8; })),
       "Transformer: hidden_dim and outputs of at least 1, or 0 for the usual, got -8 and 0."},
      {CALL(Transformer_with([](auto& c) { c.outputs = -1; })),
       "Transformer: hidden_dim and outputs of at least 1, or 0 for the usual, got 0 and -1."},
      {CALL(Transformer_with([](auto& c) { c.tied_head = true, c.outputs = 2; })),
       "Transformer: a tied head has one output per token, got outputs 2 for vocab_size 7."},
      {CALL(Transformer_with([](auto& c) { c.dropout = 1; })),
       "Transformer: the dropout must be in [0, 1), got 1."},
      {CALL(Transformer_with([](auto& c) { c.dropout = nan; })),
       "Transformer: the dropout must be in [0, 1), got nan."},
      {CALL(Transformer_with([](auto& c) { c.position_stddev = -1; })),
       "Transformer: the position_stddev must be finite and 0 or more, got -1."},
      {CALL(Transformer_with([](auto& c) { c.position_stddev = infinity; })),
       "Transformer: the position_stddev must be finite and 0 or more, got inf."},
      {CALL(Transformer_with([](auto& c) { c.embedding_dim = huge - 1; })),
       fmt::format("Shape: at most {} numbers can be addressed, got 4 times an extent of {}.",
                   most_numbers, huge - 1)},
      {CALL(Transformer_with(
           [](auto& c) { c.positions = PositionKind::relative, c.relative_buckets = 3; })),
       "RelativeBias: without a causal mask an even count of at least 4 buckets, got 3.",
       "RelativeBias"},
      {CALL(Transformer_with(
           [](auto& c) { c.positions = PositionKind::relative, c.relative_max_distance = 4; })),
       "RelativeBias: max_distance must be above 8, the number of exact distances, got 4.",
       "RelativeBias"},
  };
  expect_refused(calls, bits_of(rng));
}

TEST(WrongCalls, OfModulesThatTheInputDoesNotFit) {
  Rng rng(1);
  Linear linear(3, 2, rng);
  Embedding embedding(5, 4, rng);
  LayerNorm layer_norm(3);
  Dropout dropout(real(0.5), rng);
  dropout.rate = 2;  // set to nonsense later
  FeedForward feed_forward(4, 8, rng);
  SelfAttention attention(4, 2, false, rng);
  LearnedPositions LearnedPositions_5(random_tensor({5, 4}, 1));
  SinusoidalPositions SinusoidalPositions_5(5, 4);
  RelativeBias relative(Tensor({8, 3}), 16, false), three_biases(Tensor({8, 3}), 16, false);
  Variable x = Parameter(random_tensor({2, 3, 4}, 2), "x"), empty;
  const std::vector<WrongCall> calls = {
      {CALL(linear(x)),
       "linear: x (.., k) and weight (m, k) must agree in k, got (2, 3, 4) and (2, 3)."},
      {CALL(linear(empty)),
       "Variable: it must have been given a value, got an empty one. Assign a Tensor or the result "
       "of an op to it."},
      {CALL(embedding(Indices({2}, {0, 5}))),
       "embedding: ids must be 0 or more and below 5, got 5 at place 1 of (2)."},
      {CALL(embedding(Indices({1}, -huge))),
       "embedding: ids must be 0 or more and below 5, got -9223372036854775807 at place 0 of (1)."},
      {CALL(layer_norm(x)),
       "layer_norm: weight and bias have one number per column, got (3) for (2, 3, 4)."},
      {CALL(dropout(x)), "dropout: the rate must be in [0, 1), got 2."},
      {CALL(feed_forward(Variable(Tensor({2, 5})))),
       "linear: x (.., k) and weight (m, k) must agree in k, got (2, 5) and (8, 4).", "linear"},
      {CALL(attention(Variable(Tensor({2, 3, 5})))),
       "linear: x (.., k) and weight (m, k) must agree in k, got (2, 3, 5) and (12, 4).", "linear"},
      {CALL(attention(Variable(Tensor({3, 4})))),
       "attention: qkv has shape (batch, length, 3 dim) with dim a multiple of the 2 heads, got "
       "(3, 12)."},
      {CALL(attention(x, Indices({3, 2}, 1))),
       "attention: the key mask has shape (2, 3), got (3, 2)."},
      {CALL(attention(x, Indices({2, 3}))),
       "attention: every token must see a key, got a mask that hides all keys from a token of item "
       "0. Pad at the end of the sequence."},
      {CALL(attention.weights(Variable(Tensor({4})))),
       "attention: qkv has shape (batch, length, 3 dim) with dim a multiple of the 2 heads, got "
       "(12)."},
      {CALL(attention.weights(x, Indices({2, 3}))),
       "attention: every token must see a key, got a mask that hides all keys from a token of item "
       "0. Pad at the end of the sequence."},
      {CALL(attention(x, {}, &three_biases)),
       "attention: the bias has one number per head, query and key, (2, 3, 3), got (3, 3, 3).",
       "attention"},
      {CALL(LearnedPositions_5(6)),
       "LearnedPositions: at most 5 positions, one per row of the table, got 6. A row that does "
       "not exist cannot be looked up; interpolated(6) makes a longer table."},
      {CALL(LearnedPositions_5(-1)), "LearnedPositions: a length of 0 or more, got -1."},
      {CALL(LearnedPositions_5(Indices({2}, {0, 5}))),
       "LearnedPositions: positions must be from 0 to 4, got 5. interpolated makes a longer "
       "table."},
      {CALL(LearnedPositions_5(Indices({2}, {huge, 0}))),
       "LearnedPositions: positions must be from 0 to 4, got 9223372036854775807. interpolated "
       "makes "
       "a longer table."},
      {CALL(LearnedPositions_5.interpolated(0)), "interpolated: a length of at least 1, got 0."},
      {CALL(SinusoidalPositions_5(6)),
       "SinusoidalPositions: a length from 0 to 5, got 6. Make it with a larger max_length."},
      {CALL(SinusoidalPositions_5(-1)),
       "SinusoidalPositions: a length from 0 to 5, got -1. Make it with a larger max_length."},
      {CALL(relative.bias(-1)), "Shape: an extent must be 0 or more, got -1 on axis 0."},
      {CALL(AlibiPositions(2).bias(-3)), "Shape: an extent must be 0 or more, got -3 on axis 1."},
  };
  expect_refused(calls,
                 bits_of(rng, linear, embedding, layer_norm, dropout, dropout.rng, feed_forward,
                         attention, LearnedPositions_5, relative, three_biases, x));
}

TEST(WrongCalls, OfTransformers) {
  Rng rng(1);
  const TransformerConfig config = {
      .vocab_size = 7, .max_length = 5, .embedding_dim = 4, .num_heads = 2, .dropout = real(0.5)};
  Transformer Transformer_of_7(config, rng);
  TransformerConfig rotary_config = config;
  rotary_config.positions = PositionKind::rotary, rotary_config.num_heads = 4;  // heads one wide
  Transformer rotary(rotary_config, rng);
  Indices ids({2, 3}, 1), hidden({2, 3}), word({1, 1}, 7), negative({1, 1}, -1), longer({1, 6});
  const std::vector<WrongCall> calls = {
      {CALL(Transformer_of_7(Indices({3}))),
       "Transformer: ids have shape (batch, length), got (3)."},
      {CALL(Transformer_of_7.hidden(Indices({1, 1, 1}))),
       "Transformer: ids have shape (batch, length), got (1, 1, 1)."},
      {CALL(Transformer_of_7(word)),
       "embedding: ids must be 0 or more and below 7, got 7 at place 0 of (1, 1).", "embedding"},
      {CALL(Transformer_of_7(negative)),
       "embedding: ids must be 0 or more and below 7, got -1 at place 0 of (1, 1).", "embedding"},
      {CALL(Transformer_of_7(longer)),
       "LearnedPositions: at most 5 positions, one per row of the table, got 6. A row that does "
       "not exist cannot be looked up; interpolated(6) makes a longer table.",
       "LearnedPositions"},
      {CALL(Transformer_of_7(Indices())), "Transformer: ids have shape (batch, length), got (0)."},
      {CALL(Transformer_of_7.head(Variable(Tensor({2, 3})))),
       "linear: x (.., k) and weight (m, k) must agree in k, got (2, 3) and (7, 4).", "linear"},
      {CALL(Transformer_of_7.attention_weights(Indices({4}))),
       "Transformer: ids have shape (batch, length), got (4)."},
      {CALL(Transformer_of_7.attention_weights(longer)),
       "LearnedPositions: at most 5 positions, one per row of the table, got 6. A row that does "
       "not exist cannot be looked up; interpolated(6) makes a longer table.",
       "LearnedPositions"},
      {CALL(Transformer_of_7.attention_weights(ids, hidden)),
       "attention: every token must see a key, got a mask that hides all keys from a token of item "
       "0. Pad at the end of the sequence."},
      {CALL(rotary(ids)),
       "rotary: qkv has shape (batch, length, 3 dim) with an even head_dim for each of the 4 "
       "heads, got (2, 3, 12)."},
      {CALL(rotary.learned_positions()),
       "learned_positions: the model must have PositionKind::learned, got another kind."},
  };
  expect_refused(calls, bits_of(rng, Transformer_of_7, rotary, ids, hidden));
}

// Without dropout, which is drawn before attention sees its mask.
TEST(WrongCalls, OfMasksDeepInATransformer) {
  Rng rng(1);
  Transformer model({.vocab_size = 7, .max_length = 5, .embedding_dim = 4, .num_heads = 2}, rng);
  Indices ids({2, 3}, 1), hidden({2, 3}), short_keys({2, 2}, 1);
  const std::vector<WrongCall> calls = {
      {CALL(model(ids, hidden)),
       "attention: every token must see a key, got a mask that hides all keys from a token of item "
       "0. Pad at the end of the sequence.",
       "attention"},
      {CALL(model(ids, short_keys)), "attention: the key mask has shape (2, 3), got (2, 2).",
       "attention"},
  };
  expect_refused(calls, bits_of(rng, model, ids, hidden, short_keys));
}

TEST(WrongCalls, OfOptimizers) {
  Variable x = Parameter(Tensor({2}, 1), "x"), y = x * x;
  x.set_grad(Tensor({2}, 1));
  const std::vector<NamedParameter> xs = {{"x", x}}, twice = {{"x", x}, {"again", x}},
                                    result = {{"y", y}}, unset = {{"unset", Variable()}};
  Sgd sgd(xs, {.learning_rate = 1, .momentum = real(0.5)});
  Adam adam(xs, {.learning_rate = 1});
  AdamW adamw(xs, {.learning_rate = 1});
  sgd.learning_rate = nan, adam.learning_rate = -1,
  adamw.learning_rate = infinity;  // set to nonsense later
  const std::vector<WrongCall> calls = {
      {CALL(Sgd({}, {.learning_rate = 1})),
       "Optimizer: at least one parameter, got none. A module's parameters() lists them.",
       "Optimizer"},
      {CALL(Adam({}, {.learning_rate = 1})),
       "Optimizer: at least one parameter, got none. A module's parameters() lists them.",
       "Optimizer"},
      {CALL(Sgd(xs, {})),
       "Optimizer: a finite learning rate of 0 or more, got nan. Give .learning_rate in the "
       "options.",
       "Optimizer"},
      {CALL(Adam(xs, {.learning_rate = -1})),
       "Optimizer: a finite learning rate of 0 or more, got -1. Give .learning_rate in the "
       "options.",
       "Optimizer"},
      {CALL(AdamW(xs, {.learning_rate = nan})),
       "Optimizer: a finite learning rate of 0 or more, got nan. Give .learning_rate in the "
       "options.",
       "Optimizer"},
      {CALL(AdamW(xs, {.learning_rate = infinity})),
       "Optimizer: a finite learning rate of 0 or more, got inf. Give .learning_rate in the "
       "options.",
       "Optimizer"},
      {CALL(Sgd(twice, {.learning_rate = 1})),
       "Optimizer: every parameter once, got 'again' twice. It would be stepped twice.",
       "Optimizer"},
      {CALL(Sgd(result, {.learning_rate = 1})),
       "Optimizer: every parameter must be a leaf, got 'y', which is not. Parameter makes "
       "one.",
       "Optimizer"},
      {CALL(Adam(unset, {.learning_rate = 1})),
       "Optimizer: every parameter must be a leaf, got 'unset', which is not. Parameter makes "
       "one.",
       "Optimizer"},
      {CALL(Sgd(xs, {.learning_rate = 1, .momentum = 1})), "Sgd: a momentum in [0, 1), got 1."},
      {CALL(Sgd(xs, {.learning_rate = 1, .momentum = nan})), "Sgd: a momentum in [0, 1), got nan."},
      {CALL(Sgd(xs, {.learning_rate = 1, .weight_decay = -1})),
       "Sgd: a finite weight decay of 0 or more, got -1."},
      {CALL(Sgd(xs, {.learning_rate = 1, .weight_decay = nan})),
       "Sgd: a finite weight decay of 0 or more, got nan."},
      {CALL(Adam(xs, {.learning_rate = 1, .beta1 = 1, .beta2 = real(0.5)})),
       "Adam: betas in [0, 1), got 1 and 0.5."},
      {CALL(Adam(xs, {.learning_rate = 1, .beta1 = real(0.5), .beta2 = -1})),
       "Adam: betas in [0, 1), got 0.5 and -1."},
      {CALL(Adam(xs, {.learning_rate = 1, .beta1 = nan, .beta2 = nan})),
       "Adam: betas in [0, 1), got nan and nan."},
      {CALL(Adam(xs, {.learning_rate = 1, .epsilon = -1})),
       "Adam: a finite epsilon of 0 or more, got -1."},
      {CALL(AdamW(xs, {.learning_rate = 1, .epsilon = nan})),
       "Adam: a finite epsilon of 0 or more, got nan."},
      {CALL(AdamW(xs, {.learning_rate = 1, .weight_decay = infinity})),
       "Adam: a finite weight decay of 0 or more, got inf."},
      {CALL(sgd.step()),
       "step: a finite learning rate of 0 or more, got nan. Set .learning_rate before."},
      {CALL(adam.step()),
       "step: a finite learning rate of 0 or more, got -1. Set .learning_rate before."},
      {CALL(adamw.step()),
       "step: a finite learning rate of 0 or more, got inf. Set .learning_rate before."},
      {CALL(clip_grad_norm(xs, 0)), "clip_grad_norm: a norm above 0, got 0."},
      {CALL(clip_grad_norm(xs, -1)), "clip_grad_norm: a norm above 0, got -1."},
      {CALL(clip_grad_norm(xs, nan)), "clip_grad_norm: a norm above 0, got nan."},
      {CALL(clip_grad_norm(unset, 1)),
       "Variable: it must have been given a value, got an empty one. Assign a Tensor or the result "
       "of an op to it."},
  };
  expect_refused(calls, bits_of(x, y));
  // Nor do optimizers remember the steps that they refused.
  Adam fresh(xs, {.learning_rate = 1});
  adam.learning_rate = 1;
  adam.step();
  const Tensor once = x.value();
  x.set_value(Tensor({2}, 1));
  fresh.step();
  EXPECT_TRUE(same_bits(x.value(), once));
}

TEST(WrongCalls, OfClippingWhatIsNotFinite) {
  Variable x = Parameter(Tensor({2}, 1), "x"), z = Parameter(Tensor({1}, 1), "z");
  const std::vector<NamedParameter> both = {{"x", x}, {"z", z}};
  x.set_grad(Tensor({2}, 1));
  z.set_grad(Tensor({1}, nan));
  expect_refused({{CALL(clip_grad_norm(both, 1)),
                   "clip_grad_norm: the norm must be finite, got nan. backward({.find_nan = true}) "
                   "names the op it comes from."}},
                 bits_of(x, z));
  z.set_grad(Tensor({1}, -infinity));
  expect_refused({{CALL(clip_grad_norm(both, 1)),
                   "clip_grad_norm: the norm must be finite, got inf. backward({.find_nan = true}) "
                   "names the op it comes from."}},
                 bits_of(x, z));
}

TEST(WrongCalls, OfSchedules) {
  const WarmupCosine WarmupCosine_of_10 = {.peak = 1, .warmup = 2, .steps = 10};
  const std::vector<WrongCall> calls = {
      {CALL(WarmupCosine_of_10(-1)), "WarmupCosine: a step of 0 or more, got -1."},
      {CALL((WarmupCosine{.peak = 1, .warmup = 10, .steps = 10})(0)),
       "WarmupCosine: 0 <= warmup < steps, got warmup 10 and steps 10."},
      {CALL((WarmupCosine{.peak = 1, .warmup = -1, .steps = 10})(0)),
       "WarmupCosine: 0 <= warmup < steps, got warmup -1 and steps 10."},
      {CALL((WarmupCosine{.peak = 1, .warmup = 0, .steps = 0})(0)),
       "WarmupCosine: 0 <= warmup < steps, got warmup 0 and steps 0."},
  };
  expect_refused(calls, bits_of());
}

}  // namespace locus
