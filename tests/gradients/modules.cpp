// Every module against finite differences, once and twice differentiated, with respect to all of
// its parameters and its input.
#include "autograd/gradient_check.h"
#include "autograd/ops.h"
#include "nn/transformer.h"
#include "tests/gradients/error_table.h"
#include "tests/support.h"

namespace locus {

using Variables = const std::vector<Variable>&;

// Puts the checked Variables in the place of a module's own, in the order of register_members().
struct Taker {
  Variables variables;
  std::size_t next = 0;

  void replace(Variable& parameter) { parameter = variables.at(next++); }  // the same node, no copy
  void put(Linear& m) { replace(m.weight), replace(m.bias); }
  void put(Embedding& m) { replace(m.weight); }
  void put(LearnedPositions& m) { replace(m.weight); }
  void put(LayerNorm& m) { replace(m.weight), replace(m.bias); }
  void put(RelativePositions& m) {  // of which only one kind has something to learn
    if (auto* bias = dynamic_cast<RelativeBias*>(&m)) replace(bias->weight);
  }
  void put(SelfAttention& m) { put(m.qkv), put(m.projection); }
  void put(FeedForward& m) { put(m.widen), put(m.narrow); }
  void put(Block& m) {
    put(m.attention_norm), put(m.attention), put(m.feed_forward_norm), put(m.feed_forward);
  }
  void put(Transformer& m) {
    put(m.tokens);
    if (m.config.positions == PositionKind::learned) put(m.learned_positions());
    if (m.relative) put(*m.relative);
    for (Block& block : m.blocks) put(block);
    put(m.norm);
    if (m.output) put(*m.output);
  }
};

static ErrorTable* const errors_of_modules =
    static_cast<ErrorTable*>(testing::AddGlobalTestEnvironment(new ErrorTable("module")));

// Checks a function once and twice differentiated. "SelfAttention, causal" is a case of SelfAttention.
static void check_function(const std::string& name, const Function& f,
                           const std::vector<Tensor>& inputs) {
  const std::string module = name.substr(0, name.find(','));
  const GradientReport first = gradient_check(name, f, inputs, {.tolerance = 1e-7});
  EXPECT_TRUE(first.ok) << first.text();
  errors_of_modules->keep_first(module, first);
  const GradientReport second = second_gradient_check(name, f, inputs, {.tolerance = 1e-5});
  EXPECT_TRUE(second.ok) << second.text();
  errors_of_modules->keep_second(module, second);
}

// Checks apply(module, x) for a module that make(rng) returns; x may be empty.
// The parameters are random, so that no bias is zero and no norm the identity.
template <class Make, class Apply>
static void check_module(const std::string& name, Make make, const std::vector<Tensor>& x,
                         Apply apply) {
  const auto made = [&] {
    Rng rng(1);
    return make(rng);
  };
  std::vector<Tensor> inputs = x;
  auto sample = made();
  std::uint64_t seed = 100;
  for (const NamedParameter& parameter : sample.parameters()) {
    inputs.push_back(random_tensor(parameter.variable.shape(), seed++) * real(0.7));
  }
  const Function f = [&](Variables xs) {
    auto module = made();
    Taker taker{xs, x.size()};
    taker.put(module);
    EXPECT_EQ(taker.next, xs.size()) << name << ": a parameter was not replaced";
    return apply(module, xs);
  };
  check_function(name, f, inputs);
}

TEST(ModuleGradients, Linear) {
  check_module(
      "Linear", [](Rng& rng) { return Linear(3, 4, rng); }, {random_tensor({2, 2, 3}, 1)},
      [](Linear& m, Variables x) { return m(x[0]); });
}

TEST(ModuleGradients, ExtentsOfOneAndZero) {
  check_module(
      "Linear, extents of 1", [](Rng& rng) { return Linear(1, 1, rng); },
      {random_tensor({1, 1}, 1)}, [](Linear& m, Variables x) { return m(x[0]); });
  check_module(
      "Linear, no rows", [](Rng& rng) { return Linear(3, 2, rng); }, {},
      [](Linear& m, Variables) {
        return m(Variable(Tensor({0, 3})));
      });
  check_module(
      "LayerNorm, no rows", [](Rng&) { return LayerNorm(3); }, {},
      [](LayerNorm& m, Variables) {
        return m(Variable(Tensor({0, 3})));
      });
  check_module(
      "SelfAttention, one token",
      [](Rng& rng) { return SelfAttention(2, 2, /*causal=*/true, rng); },
      {random_tensor({1, 1, 2}, 1)}, [](SelfAttention& m, Variables x) { return m(x[0]); });
  check_module(
      "SelfAttention, a batch of none",
      [](Rng& rng) { return SelfAttention(4, 2, /*causal=*/true, rng); }, {},
      [](SelfAttention& m, Variables) {
        return m(Variable(Tensor({0, 3, 4})));
      });
  check_module(
      "FeedForward, extents of 1", [](Rng& rng) { return FeedForward(1, 1, rng); },
      {random_tensor({1, 1}, 1)}, [](FeedForward& m, Variables x) { return m(x[0]); });
}

TEST(ModuleGradients, Embedding) {
  check_module(
      "Embedding", [](Rng& rng) { return Embedding(5, 3, rng); }, {},
      [](Embedding& m, Variables) {
        const Variable y = m(Indices({2, 2}, {4, 0, 4, 2}));
        return y * y;  // the look-up alone is linear
      });
}

TEST(ModuleGradients, LearnedPositions) {
  const auto make = [](Rng& rng) { return LearnedPositions(normal({4, 3}, 1, rng)); };
  const std::vector<Tensor> x = {random_tensor({2, 3, 3}, 1)};
  check_module("LearnedPositions, of a length", make, x,
               [](LearnedPositions& m, Variables xs) { return gelu(xs[0] + m(3)); });
  check_module("LearnedPositions, of any", make, x, [](LearnedPositions& m, Variables xs) {
    return gelu(xs[0] + m(Indices({2, 3}, {3, 0, 3, 1, 1, 0})));
  });
}

TEST(ModuleGradients, SinusoidalPositions) {
  const auto f = [](Variables xs) { return gelu(xs[0] + SinusoidalPositions(5, 3)(4)); };
  check_function("SinusoidalPositions", f, {random_tensor({2, 4, 3}, 1)});
}

TEST(ModuleGradients, RelativeBias) {
  for (const bool causal : {false, true}) {
    check_module(
        causal ? "RelativeBias, causal" : "RelativeBias",
        [&](Rng& rng) {
          return RelativeBias(normal({4, 2}, 1, rng), /*max_distance=*/5, causal);
        },
        {random_tensor({2, 7, 12}, 1)},
        [](RelativeBias& m, Variables x) { return attention(x[0], 2, m.bias(7), {}); });
  }
}

TEST(ModuleGradients, RotaryPositionsAndAlibi) {
  const auto turned = [](Variables xs) { return gelu(RotaryPositions().rotated(xs[0], 2)); };
  const auto sloped = [](Variables xs) {
    return attention(xs[0], 2, AlibiPositions(2).bias(3), {.causal = true});
  };
  check_function("RotaryPositions", turned, {random_tensor({2, 3, 12}, 1)});
  check_function("AlibiPositions", sloped, {random_tensor({2, 3, 12}, 1)});
}

TEST(ModuleGradients, LayerNorm) {
  check_module(
      "LayerNorm", [](Rng&) { return LayerNorm(5); }, {random_tensor({2, 2, 5}, 1)},
      [](LayerNorm& m, Variables x) { return m(x[0]); });
}

TEST(ModuleGradients, Dropout) {
  Rng rng(4);
  const Dropout made(real(0.4), rng);
  const auto f = [&](Variables x) {
    Rng unused(0);
    Dropout dropout(real(0.4), unused);
    dropout.rng = made.rng;  // the same choice at every call
    return dropout(x[0] * x[0]);
  };
  check_function("Dropout", f, {random_tensor({3, 4}, 1)});
}

TEST(ModuleGradients, SelfAttention) {
  const Indices keys({2, 3}, {1, 1, 0, 1, 0, 1});
  for (const Index num_heads : {1, 2, 4}) {
    for (const bool causal : {false, true}) {
      for (const Indices& mask : {Indices(), keys}) {
        const std::string name =
            fmt::format("SelfAttention, {} heads{}{}", num_heads, causal ? ", causal" : "",
                        mask.size() > 0 ? ", some keys" : "");
        check_module(
            name, [&](Rng& rng) { return SelfAttention(4, num_heads, causal, rng); },
            {random_tensor({2, 3, 4}, 1)},
            [&](SelfAttention& m, Variables x) { return m(x[0], mask); });
      }
    }
  }
}

TEST(ModuleGradients, TheWeightsOfSelfAttention) {
  check_module(
      "SelfAttention, weights", [](Rng& rng) { return SelfAttention(4, 2, /*causal=*/true, rng); },
      {random_tensor({2, 3, 4}, 1)},
      [](SelfAttention& m, Variables x) {
        return m.weights(x[0]) * sum(m.projection(x[0]));  // so that no parameter is left out
      });
}

TEST(ModuleGradients, FeedForward) {
  check_module(
      "FeedForward", [](Rng& rng) { return FeedForward(3, 5, rng); }, {random_tensor({2, 2, 3}, 1)},
      [](FeedForward& m, Variables x) { return m(x[0]); });
}

TEST(ModuleGradients, Block) {
  for (const bool causal : {false, true}) {
    const TransformerConfig config = {.vocab_size = 1,
                                      .max_length = 3,
                                      .embedding_dim = 4,
                                      .num_heads = 2,
                                      .hidden_dim = 6,
                                      .causal = causal};
    check_module(
        causal ? "Block, causal" : "Block", [&](Rng& rng) { return Block(config, rng); },
        {random_tensor({2, 3, 4}, 1)}, [](Block& m, Variables x) { return m(x[0]); });
  }
}

TEST(ModuleGradients, ATransformerThroughCrossEntropyWithIgnoredTargets) {
  const Indices ids({2, 3}, {4, 0, 4, 2, 1, 0}), targets({2, 3}, {0, ignored, 3, 1, 1, ignored});
  const Indices keys({2, 3}, {1, 1, 1, 1, 1, 0});
  struct Case {
    std::string name;
    bool causal, tied;
    PositionKind positions;
    Indices keys;
  };
  const std::vector<Case> cases = {
      {"encoder", false, false, PositionKind::learned, {}},
      {"encoder, some keys", false, false, PositionKind::learned, keys},
      {"decoder, tied head", true, true, PositionKind::learned, {}},
      {"decoder, sinusoidal", true, false, PositionKind::sinusoidal, {}},
      {"encoder, no positions, tied head", false, true, PositionKind::none, {}},
      {"encoder, rotary, some keys", false, false, PositionKind::rotary, keys},
      {"decoder, alibi, tied head", true, true, PositionKind::alibi, {}},
      {"encoder, relative", false, false, PositionKind::relative, {}},
      {"decoder, relative, tied head", true, true, PositionKind::relative, {}}};
  for (const Case& c : cases) {
    const TransformerConfig config = {.vocab_size = 5,
                                      .max_length = 4,
                                      .embedding_dim = 4,
                                      .num_heads = 2,
                                      .hidden_dim = 6,
                                      .causal = c.causal,
                                      .tied_head = c.tied,
                                      .positions = c.positions,
                                      .relative_buckets = 4,
                                      .relative_max_distance = 3};
    check_module(
        "Transformer, " + c.name, [&](Rng& rng) { return Transformer(config, rng); }, {},
        [&](Transformer& m, Variables) { return cross_entropy(m(ids, c.keys), targets); });
  }
}

}  // namespace locus
