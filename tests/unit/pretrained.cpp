#include "nn/io/pretrained.h"

#include <fstream>

#include "tests/folder.h"
#include "tests/support.h"

namespace locus {

namespace {
struct ModelFolder : Folder {
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(*this / name) << text;
  }
};
}  // namespace

static Transformer small_gpt2(Index heads = 2, bool causal = true) {
  Rng rng(3);
  return Transformer({.vocab_size = 5,
                      .max_length = 4,
                      .embedding_dim = 8,
                      .num_heads = heads,
                      .num_layers = 2,
                      .hidden_dim = 12,
                      .causal = causal,
                      .tied_head = true},
                     rng);
}

static std::vector<NamedTensor> tensors() {
  Transformer model = small_gpt2();
  return gpt2_tensors(model);
}

static Tensor& tensor(std::vector<NamedTensor>& tensors, const std::string& name) {
  for (NamedTensor& entry : tensors) {
    if (entry.name == name) return entry.tensor;
  }
  throw Error("no such tensor: " + name);
}

static Safetensors in_memory(const std::vector<NamedTensor>& tensors, Metadata metadata = {}) {
  return Safetensors(safetensors_bytes(tensors, {.metadata = std::move(metadata)}), "gpt2");
}

static std::string refused_gpt2(const std::vector<NamedTensor>& tensors) {
  return message_of([&] { load_gpt2(in_memory(tensors), 2); });
}

// --- GPT-2 ---------------------------------------------------------------------------------------

TEST(Gpt2, GoesOutAndComesBackBitByBit) {
  const ModelFolder folder;
  Transformer model = small_gpt2();
  save_gpt2(model, folder / "model.safetensors");
  Transformer back = load_gpt2(folder / "model.safetensors");
  const std::vector<NamedParameter> was = model.parameters(), is = back.parameters();
  ASSERT_EQ(was.size(), is.size());
  for (std::size_t i = 0; i < was.size(); ++i) {
    EXPECT_EQ(is[i].name, was[i].name);
    EXPECT_EQ(is[i].variable.name(), was[i].name);
    EXPECT_TRUE(same_bits(is[i].variable.value(), was[i].variable.value())) << was[i].name;
    EXPECT_TRUE(is[i].variable.requires_grad());
  }
  EXPECT_EQ(back.config.num_heads, 2);
  EXPECT_EQ(back.config.hidden_dim, 12);
  const Indices ids({1, 4}, {4, 0, 2, 2});
  EXPECT_TRUE(same_bits(back(ids).value(), model(ids).value()));
}

TEST(Gpt2, LiesInTheFileAsHuggingFaceHasIt) {
  std::vector<NamedTensor> all = tensors();
  EXPECT_EQ(all.size(), 4u + 2 * 12);
  EXPECT_EQ(tensor(all, "wpe.weight").shape(), (Shape{4, 8}));
  EXPECT_EQ(tensor(all, "h.1.attn.c_attn.weight").shape(), (Shape{8, 24}));  // (inputs, outputs)
  EXPECT_EQ(tensor(all, "h.1.mlp.c_fc.weight").shape(), (Shape{8, 12}));
  EXPECT_EQ(tensor(all, "h.0.mlp.c_proj.weight").shape(), (Shape{12, 8}));
  Transformer model = small_gpt2();
  EXPECT_EQ(tensor(all, "h.1.attn.c_attn.weight")(3, 17),
            model.blocks[1].attention.qkv.weight.value()(17, 3));
}

TEST(Gpt2, APrefixMasksAndTheHeadWrittenOutMakeNoDifference) {
  std::vector<NamedTensor> bare = tensors(), full;
  for (const NamedTensor& t : bare) full.push_back({"transformer." + t.name, t.tensor});
  for (const char* layer : {"0", "1"}) {
    full.push_back({fmt::format("transformer.h.{}.attn.bias", layer), Tensor({1, 1, 4, 4})});
    full.push_back({fmt::format("transformer.h.{}.attn.masked_bias", layer), Tensor(Shape{})});
  }
  full.push_back({"lm_head.weight", tensor(bare, "wte.weight")});
  Transformer a = load_gpt2(in_memory(bare), 2), b = load_gpt2(in_memory(full), 2);
  const Indices ids({1, 3}, {1, 2, 3});
  EXPECT_TRUE(same_bits(a(ids).value(), b(ids).value()));
}

// What is told, then the metadata, then config.json beside it, then dim / 64.
TEST(Gpt2, TheNumberOfHeadsIsToldOrReadOrGuessed) {
  EXPECT_EQ(load_gpt2(in_memory(tensors(), {{"n_head", "4"}}), 2).config.num_heads, 2);
  EXPECT_EQ(load_gpt2(in_memory(tensors(), {{"n_head", "4"}})).config.num_heads, 4);
  EXPECT_EQ(message_of([] { load_gpt2(in_memory(tensors())); }),
            "load_gpt2: gpt2: 8 dimensions must be a multiple of the heads, got 0. Say how many "
            "there are.");
  EXPECT_EQ(message_of([] { load_gpt2(in_memory(tensors()), 3); }),
            "load_gpt2: gpt2: 8 dimensions must be a multiple of the heads, got 3. Say how many "
            "there are.");
  for (const char* words : {"", "x", "2x", "02", "'"}) {
    EXPECT_EQ(message_of([&] {
                load_gpt2(in_memory(tensors(), {{"n_head", words}}));
              }),
              fmt::format("load_gpt2: gpt2, metadata: n_head must be a number of heads, got '{}'.",
                          words));
  }
  Rng rng(1);
  Transformer wide({.vocab_size = 2,
                    .max_length = 2,
                    .embedding_dim = 128,
                    .num_heads = 4,
                    .causal = true,
                    .tied_head = true},
                   rng);
  EXPECT_EQ(load_gpt2(in_memory(gpt2_tensors(wide))).config.num_heads, 2);

  const ModelFolder folder;
  save_safetensors(tensors(), folder / "m");
  folder.write("config.json", R"({"n_head": 4, "layer_norm_epsilon": 0.5})");
  Transformer model = load_gpt2(folder / "m");
  EXPECT_EQ(model.config.num_heads, 4);
  EXPECT_EQ(model.norm.epsilon, real(0.5));
  EXPECT_EQ(model.blocks[1].feed_forward_norm.epsilon, real(0.5));
}

TEST(Gpt2, TheEpsilonGoesOutAndComesBack) {
  const ModelFolder folder;
  Transformer model = small_gpt2(4);
  model.norm.epsilon = real(1e-6);
  for (Block& block : model.blocks)
    block.attention_norm.epsilon = block.feed_forward_norm.epsilon = real(1e-6);
  save_gpt2(model, folder / "m");
  folder.write("config.json", R"({"layer_norm_epsilon": 0.5})");  // of another model
  Transformer back = load_gpt2(folder / "m");
  const Indices ids({1, 3}, {1, 2, 3});
  EXPECT_TRUE(same_bits(model(ids).value(), back(ids).value()));
  EXPECT_EQ(message_of([] {
              load_gpt2(in_memory(tensors(), {{"layer_norm_epsilon", "-1"}}), 2);
            }),
            "load_gpt2: gpt2, metadata: layer_norm_epsilon must be above 0 and finite, got -1.");
}

TEST(Gpt2, ItsOwnConfigIsUnderstood) {
  const ModelFolder folder;
  Transformer model = small_gpt2(4);
  const std::string config = gpt2_config(model);
  for (const char* line :
       {"\"n_head\": 4", "\"n_layer\": 2", "\"n_embd\": 8", "\"n_inner\": 12", "\"n_positions\": 4",
        "\"vocab_size\": 5", "\"layer_norm_epsilon\": 1e-05", "\"model_type\": \"gpt2\""})
    EXPECT_NE(config.find(line), std::string::npos) << line << " in " << config;
  save_safetensors(gpt2_tensors(model), folder / "m");
  folder.write("config.json", config);
  EXPECT_EQ(load_gpt2(folder / "m").config.num_heads, 4);
}

TEST(Gpt2, AConfigThatAsksForSomethingElseIsRefused) {
  const ModelFolder folder;
  save_safetensors(tensors(), folder / "m");
  const auto refused = [&](const std::string& config) {
    folder.write("config.json", config);
    const std::string message = message_of([&] { load_gpt2(folder / "m", 2); });
    return message.substr(message.find("config.json") + 11);
  };
  EXPECT_EQ(refused(R"({"activation_function": "relu"})"),
            ": activation_function must be 'gelu_new', got 'relu'. Transformer knows no other.");
  EXPECT_EQ(refused(R"({"scale_attn_weights": false})"),
            ": scale_attn_weights must be true, got false. Transformer knows no other.");
  EXPECT_EQ(
      refused(R"({"scale_attn_by_inverse_layer_idx": true})"),
      ": scale_attn_by_inverse_layer_idx must be false, got true. Transformer knows no other.");
  const std::string positive = ": layer_norm_epsilon must be above 0 and finite, got ";
  EXPECT_EQ(refused(R"({"n_head": -1})"), ": n_head must be a number of heads, got -1.");
  EXPECT_EQ(refused(R"({"layer_norm_epsilon": "x"})"), positive + "'x'.");
  const bool single = sizeof(real) == 4;
  for (const std::string number :
       {"0", "-1", "1e-330", single ? "1e-60" : "-0.0", single ? "1e60" : "null"})
    EXPECT_EQ(refused("{\"layer_norm_epsilon\": " + number + "}").find(positive), 0u) << number;
  const std::string deep(1'000'000, '[');  // deeper than a recursion could follow
  for (const std::string key :
       {"activation_function", "scale_attn_weights", "n_head", "layer_norm_epsilon"}) {
    const std::string message =
        refused("{\"" + key + "\": " + deep + std::string(deep.size(), ']') + "}");
    EXPECT_EQ(message.find(": " + key + " must be "), 0u);
    EXPECT_NE(message.find(", got an array."), std::string::npos) << message;
  }
  EXPECT_EQ(refused("["), " must be a JSON object, got something else.");
}

// Extents of 0 take no bytes: a small file could speak of a model of any width.
TEST(Gpt2, ATensorWithoutNumbersIsRefused) {
  std::vector<NamedTensor> all = tensors();
  for (NamedTensor& x : all) {
    std::vector<Index> extents(x.tensor.shape().begin(), x.tensor.shape().end());
    for (Index& n : extents) n = n % 8 == 0 ? 0 : n;
    x.tensor = Tensor(Shape(extents.data(), extents.data() + extents.size()));
  }
  EXPECT_EQ(
      message_of([&] { load_gpt2(in_memory(all), 999'999); }),
      "load_gpt2: gpt2: 'wte.weight' must have 2 axes, none of extent 0, got the shape (5, 0).");
}

TEST(Gpt2, ATensorThatIsMissingOrStrangeOrOfAnotherShapeIsNamed) {
  std::vector<NamedTensor> all = tensors();
  all.erase(all.begin() + 6);
  EXPECT_EQ(refused_gpt2(all),
            "load_gpt2: gpt2 must hold 'h.0.attn.c_attn.weight', got 27 other "
            "tensors.");
  all = tensors();
  all.push_back({"h.0.attn.rotary", Tensor({1})});
  EXPECT_EQ(refused_gpt2(all),
            "load_gpt2: gpt2 holds 'h.0.attn.rotary', which has no place in a GPT-2.");
  all = tensors();
  tensor(all, "h.1.mlp.c_fc.weight") = Tensor({8, 13});
  EXPECT_EQ(refused_gpt2(all),
            "load_gpt2: gpt2: 'h.1.mlp.c_fc.weight' has shape (8, 13) in the file "
            "and (8, 12) in the model.");
  all = tensors();
  tensor(all, "wte.weight") = Tensor({40});
  EXPECT_EQ(
      refused_gpt2(all),
      "load_gpt2: gpt2: 'wte.weight' must have 2 axes, none of extent 0, got the shape (40).");
  all = tensors();
  all.push_back({"lm_head.weight", Tensor({5, 8})});
  EXPECT_EQ(refused_gpt2(all),
            "load_gpt2: gpt2: lm_head.weight must be the token table, got other "
            "numbers. A head of its own has no place in a GPT-2.");
  EXPECT_EQ(refused_gpt2({{"wte.weight", Tensor({5, 8})}}),
            "load_gpt2: gpt2 must hold h.0.ln_1.weight and the like, got none of it.");
  EXPECT_EQ(refused_gpt2({{"wte.weight", Tensor({5, 8})}, {"h.999999.ln_1.weight", Tensor({8})}}),
            "load_gpt2: gpt2 must hold 12000000 tensors for 1000000 layers, got 2.");
  EXPECT_EQ(refused_gpt2({{"some", Tensor({5, 8})}}),
            "load_gpt2: gpt2 holds 'some', which has no place in a GPT-2.");
}

TEST(Gpt2, OnlyWhatIsOneGoesOut) {
  Transformer model = small_gpt2(2, /*causal=*/false);
  EXPECT_EQ(message_of([&] { gpt2_tensors(model); }),
            "gpt2_tensors: a GPT-2 is causal, has learned positions and a tied head, got a model "
            "that is otherwise.");
}

// --- position tables; their layouts are in tests/golden/pretrained.cpp ---------------------------

TEST(PositionTable, AnyTensorOfTheRightShapeIsOne) {
  const Safetensors file = in_memory({{"table", Tensor({3, 2}, {0, 1, 2, 3, 4, 5})},
                                      {"batched", Tensor({1, 3, 2}, {0, 1, 2, 3, 4, 5})},
                                      {"bias", Tensor({4})}});
  EXPECT_TRUE(position_tables(file).empty());
  for (const char* name : {"table", "batched"})
    EXPECT_EQ(numbers(position_table(file, name).rows), (std::vector<real>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(message_of([&] { position_table(file, "bias"); }),
            "position_table: 'bias' must have the shape (positions, dim) or (1, positions, dim), "
            "got (4).");
  EXPECT_EQ(message_of([&] { position_table(file, "none"); }),
            "position_table: gpt2 must hold 'none', got 3 tensors of other names.");
}

TEST(PositionTable, OfACheckpointItIsTheModelsAndNotTheOptimizers) {
  const Safetensors file = in_memory({{"model.positions.weight", Tensor({4, 2})},
                                      {"optimizer.average.positions.weight", Tensor({4, 2})},
                                      {"optimizer.square.positions.weight", Tensor({4, 2})},
                                      {"average.positions.weight", Tensor({4, 2})},
                                      {"model.expositions.weight", Tensor({4, 2})}});
  const std::vector<PositionTable> tables = position_tables(file);
  ASSERT_EQ(tables.size(), 1u);
  EXPECT_EQ(tables[0].name, "model.positions.weight");
  EXPECT_EQ(tables[0].layout, "Locus");
}

TEST(PositionTable, AGridTakesTheLastRows) {
  const Safetensors file = in_memory({{"pos_embed", Tensor({1, 7, 1}, {0, 1, 2, 3, 4, 5, 6})}});
  const PositionTable table = position_table(file, "pos_embed", Grid{2, 3});
  EXPECT_EQ(numbers(table.rows), (std::vector<real>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(table.before, 1);
  EXPECT_EQ(message_of([&] {
              position_table(file, "pos_embed", Grid{2, 4});
            }),
            "position_table: 'pos_embed' has 7 rows, got a grid of 2 x 4.");
  const Index half = Index(1) << 32;  // times itself it is 0 in 64 bits
  EXPECT_EQ(message_of([&] {
              position_table(file, "pos_embed", Grid{half, half});
            }),
            "position_table: 'pos_embed' has 7 rows, got a grid of 4294967296 x 4294967296.");
}

TEST(PositionTable, OnlyInItsOwnGridAreTheRowsBeforeWhatIsKnownOfThem) {
  const Safetensors file = in_memory({{"pos_embed", Tensor({1, 10, 1})}});
  EXPECT_EQ(position_table(file, "pos_embed", Grid{3, 3}).before_are, "the class token's row");
  EXPECT_EQ(position_table(file, "pos_embed", Grid{2, 2}).before_are, "rows before the grid");
  EXPECT_EQ(position_table(file, "pos_embed", Grid{2, 5}).before_are, "");
}

}  // namespace locus
