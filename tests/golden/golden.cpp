// Our numbers against those of PyTorch, which make_golden.py wrote to golden.txt. Inputs come from
// the same counter hash on both sides.
#include "tests/golden/golden.h"

#include <cstdlib>

#include "autograd/ops.h"
#include "nn/io/safetensors.h"
#include "nn/optim/optimizer.h"
#include "tests/folder.h"

namespace locus {

static void expect_golden(const std::string& name, const Tensor& got, double tolerance = allowed) {
  static const Golden golden("golden.txt");
  golden.expect(name, got, tolerance);
}

static Variable hashed(std::uint64_t stream, Shape shape, real scale = 1) {
  return Parameter(hashed_tensor(stream, shape, scale), fmt::format("hashed({})", stream));
}

// The gradients of <w, y> with w = hashed(stream).
static std::vector<Variable> projected(const Variable& y, std::uint64_t stream,
                                       const std::vector<Variable>& xs) {
  return gradients(sum(y * hashed(stream, y.shape())), xs);
}

TEST(Golden, GeluIsPyTorchsTanhGelu) {
  const Variable x = hashed(1, {3, 7}, 4), y = gelu_tanh(x);
  expect_golden("gelu_tanh", y.value());
  expect_golden("gelu_tanh.dx", projected(y, 2, {x})[0].value());
}

TEST(Golden, SoftmaxAgrees) {
  const Variable x = hashed(3, {4, 9}, 8), y = softmax(x);
  expect_golden("softmax", y.value());
  expect_golden("softmax.dx", projected(y, 4, {x})[0].value());
}

TEST(Golden, LayerNormAndItsThreeGradientsAgree) {
  const Variable x = hashed(5, {2, 3, 10}, 2), weight = hashed(6, {10}), bias = hashed(7, {10});
  const Variable y = layer_norm(x, weight, bias, real(1e-5));
  expect_golden("layer_norm", y.value());
  const std::vector<Variable> d = projected(y, 8, {x, weight, bias});
  expect_golden("layer_norm.dx", d[0].value());
  expect_golden("layer_norm.dweight", d[1].value());
  expect_golden("layer_norm.dbias", d[2].value());
}

TEST(Golden, CrossEntropyLeavesOutIgnoredTargets) {
  const Variable logits = hashed(9, {6, 8}, 4);
  const Variable loss = cross_entropy(logits, Indices({6}, {3, ignored, 0, 7, ignored, 3}));
  expect_golden("cross_entropy", loss.value());
  expect_golden("cross_entropy.dlogits", gradients(loss, {logits})[0].value());
}

TEST(Golden, TheGradientOfAnEmbeddingAddsUpRepeats) {
  const Variable table = hashed(10, {6, 4});
  const Variable y = embedding(table, Indices({2, 3}, {4, 0, 4, 2, 4, 0}));
  expect_golden("embedding.dtable", projected(y, 11, {table})[0].value());
}

TEST(Golden, AttentionItsWeightsAndItsGradientAgreeUnderEveryMask) {
  const Indices keys({2, 5}, {1, 1, 0, 1, 1, 1, 0, 0, 1, 0});
  const std::vector<std::pair<std::string, AttentionMask>> cases = {
      {"attention", {}},
      {"attention_causal", {true, {}}},
      {"attention_keys", {false, keys}},
      {"attention_causal_keys", {true, keys}}};
  for (const auto& [name, mask] : cases) {
    const Variable qkv = hashed(12, {2, 5, 18}, 2), y = attention(qkv, 3, mask);
    expect_golden(name, y.value());
    expect_golden(name + ".weights", attention_weights(qkv, 3, mask).value());
    expect_golden(name + ".dqkv", projected(y, 13, {qkv})[0].value());
  }
}

// --- optimizers ----------------------------------------------------------------------------------

// Where five steps with given gradients lead.
template <class Make>
static void expect_trajectory(const std::string& name, Make make,
                              const std::vector<real>& rates = {}) {
  Variable x = hashed(20, {7});
  const std::unique_ptr<Optimizer> optimizer = make({{"x", x}});
  std::vector<Tensor> steps;
  for (std::size_t step = 0; step < 5; ++step) {
    if (!rates.empty()) optimizer->learning_rate = rates[step];
    x.set_grad(hashed(21 + step, {7}).value());
    optimizer->step();
    steps.push_back(x.value());
  }
  expect_golden(name, concatenate(steps, 0));
}

template <class Kind, class Options>
static auto maker(Options options) {
  return [options](std::vector<NamedParameter> x) {
    return std::make_unique<Kind>(std::move(x), options);
  };
}

TEST(Golden, SgdTakesPyTorchsSteps) {
  const real rate = real(0.1), momentum = real(0.75), decay = real(0.25);
  expect_trajectory("sgd", maker<Sgd>(SgdOptions{.learning_rate = rate}));
  expect_trajectory("sgd_decay",
                    maker<Sgd>(SgdOptions{.learning_rate = rate, .weight_decay = decay}));
  expect_trajectory("sgd_momentum",
                    maker<Sgd>(SgdOptions{.learning_rate = rate, .momentum = momentum}));
  expect_trajectory("sgd_nesterov",
                    maker<Sgd>(SgdOptions{rate, momentum, /*nesterov=*/true, decay}));
}

TEST(Golden, AdamAndAdamWTakePyTorchsSteps) {
  const AdamOptions options = {real(0.1), real(0.75), real(0.9), /*epsilon=*/real(1e-4),
                               /*weight_decay=*/real(0.25)};
  expect_trajectory("adam", maker<Adam>(AdamOptions{.learning_rate = real(0.1)}));
  expect_trajectory("adam_decay", maker<Adam>(options));
  expect_trajectory("adamw", maker<AdamW>(options));
  expect_trajectory("adamw_scheduled",
                    maker<AdamW>(AdamOptions{.learning_rate = 0, .weight_decay = real(0.25)}),
                    {real(0.05), real(0.1), real(0.08), real(0.02), 0});
}

// --- a GPT: every op, every gradient and the optimizer together ----------------------------------

TEST(Golden, ASmallGptHasPyTorchsGradientsAndLossesForTwelveSteps) {
  const Settings s;
  Transformer model = model_of(s);
  AdamW optimizer(model.parameters(), {.learning_rate = real(1e-3)});
  std::vector<real> losses;
  for (Index step = 0; step < 12; ++step) {
    const Batch batch = batch_of(s, step);
    optimizer.zero_grad();
    const Variable loss = cross_entropy(model(batch.tokens), batch.next);
    loss.backward();
    if (step == 0) {
      for (const NamedParameter& parameter : model.parameters()) {
        const Tensor& g = parameter.variable.grad();
        expect_golden("gpt.norm." + parameter.name, sqrt(sum(g * g)));
      }
    }
    optimizer.step();
    losses.push_back(loss.item());
  }
  expect_golden("gpt.losses", Tensor({12}, losses));
  EXPECT_NEAR(losses[0], 4.19851, 1e-5);  // as tests/bench/gpt_step prints them
  EXPECT_NEAR(losses[10], 2.67086, 1e-4);
}

// --- files ---------------------------------------------------------------------------------------

// tests/golden/road_out has this saved to a path of its own and reads it in Python.
TEST(Golden, TheRoadOutHoldsTheseNumbers) {
  const Folder folder;
  const char* const asked = std::getenv("LOCUS_ROAD_OUT");
  const std::string path = asked != nullptr ? asked : folder / "x";
  const std::vector<NamedTensor> tensors = {{"weight", hashed(30, {3, 5}).value()},
                                            {"one", hashed(31, {}).value()},
                                            {"none", hashed(32, {0, 4}).value()},
                                            {"deep.er", hashed(33, {2, 1, 2, 2}).value()}};
  save_safetensors(tensors, path, {.metadata = {{"made by", "golden.cpp"}}, .dtype = "F32"});
  for (const NamedTensor& named : tensors)
    EXPECT_TRUE(same_bits(Safetensors(path).read(named.name), named.tensor)) << named.name;
}

}  // namespace locus
