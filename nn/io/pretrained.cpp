// GPT-2; position tables stand in position_tables.cpp.
#include "nn/io/pretrained.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "nn/io/file.h"

namespace locus {

using Json = nlohmann::json;

// --- the names -----------------------------------------------------------------------------------

namespace {
enum Extent { vocab, positions, dim, three_dims, hidden };

// A tensor of the file, and the weight it is. Matrices of blocks are (inputs, outputs): y = x W + b.
template <class Module>
struct Place {
  const char* name;
  Parameter& (*weight)(Module&);
  std::vector<Extent> shape;  // in the file
};
}  // namespace

// clang-format off
static const Place<Transformer> in_model[] = {
    {"wte.weight", [](Transformer& m) -> Parameter& { return m.tokens.weight; }, {vocab, dim}},
    {"wpe.weight", [](Transformer& m) -> Parameter& { return m.learned_positions().weight; }, {positions, dim}},
    {"ln_f.weight", [](Transformer& m) -> Parameter& { return m.norm.weight; }, {dim}},
    {"ln_f.bias", [](Transformer& m) -> Parameter& { return m.norm.bias; }, {dim}},
};
static const Place<Block> in_block[] = {  // behind "h.0.", "h.1.", ..
    {"ln_1.weight", [](Block& b) -> Parameter& { return b.attention_norm.weight; }, {dim}},
    {"ln_1.bias", [](Block& b) -> Parameter& { return b.attention_norm.bias; }, {dim}},
    {"attn.c_attn.weight", [](Block& b) -> Parameter& { return b.attention.qkv.weight; }, {dim, three_dims}},
    {"attn.c_attn.bias", [](Block& b) -> Parameter& { return b.attention.qkv.bias; }, {three_dims}},
    {"attn.c_proj.weight", [](Block& b) -> Parameter& { return b.attention.projection.weight; }, {dim, dim}},
    {"attn.c_proj.bias", [](Block& b) -> Parameter& { return b.attention.projection.bias; }, {dim}},
    {"ln_2.weight", [](Block& b) -> Parameter& { return b.feed_forward_norm.weight; }, {dim}},
    {"ln_2.bias", [](Block& b) -> Parameter& { return b.feed_forward_norm.bias; }, {dim}},
    {"mlp.c_fc.weight", [](Block& b) -> Parameter& { return b.feed_forward.widen.weight; }, {dim, hidden}},
    {"mlp.c_fc.bias", [](Block& b) -> Parameter& { return b.feed_forward.widen.bias; }, {hidden}},
    {"mlp.c_proj.weight", [](Block& b) -> Parameter& { return b.feed_forward.narrow.weight; }, {hidden, dim}},
    {"mlp.c_proj.bias", [](Block& b) -> Parameter& { return b.feed_forward.narrow.bias; }, {dim}},
};
// clang-format on

static Shape shape_of(const std::vector<Extent>& names, const TransformerConfig& config) {
  const Index extents[] = {config.vocab_size, config.max_length, config.embedding_dim,
                           3 * config.embedding_dim, config.hidden_dim};
  Index found[2] = {};
  for (std::size_t i = 0; i < names.size(); ++i) found[i] = extents[names[i]];
  return Shape(found, found + names.size());
}

// A count of less than a million as to_string() writes it: no sign, no 0 in front; else none.
static std::optional<Index> count_of(const std::string& digits) {
  const bool plain =
      digits.size() <= 6 && digits.find_first_not_of("0123456789") == std::string::npos;
  if (!plain || digits.empty() || (digits[0] == '0' && digits != "0")) return {};
  return std::stoll(digits);
}

static std::string in_layer(Index i, const char* name) { return fmt::format("h.{}.{}", i, name); }

// --- in ------------------------------------------------------------------------------------------

namespace {
// A file of GPT-2's tensors, by their names without the prefix.
class Gpt2File {
 public:
  explicit Gpt2File(const Safetensors& file) : file_(file) {
    const bool bare = file.find("wte.weight") != nullptr;
    prefix_ = bare ? "" : "transformer.";
    for (const Safetensors::Entry& entry : file.entries()) {
      if (entry.name == "lm_head.weight") continue;
      const bool known =
          entry.name.starts_with(prefix_) && place(entry.name.substr(prefix_.size()));
      check(known, "load_gpt2: {} holds {}, which has no place in a GPT-2.", file.path(),
            quoted(entry.name));
    }
    check(layers > 0, "load_gpt2: {} must hold {}h.0.ln_1.weight and the like, got none of it.",
          file.path(), prefix_);
    const auto count = Index(file.entries().size()), least = layers * Index(std::size(in_block));
    check(count >= least, "load_gpt2: {} must hold {} tensors for {} layers, got {}.", file.path(),
          least, layers, count);
  }

  const Shape& shape(const std::string& name, int rank) const {
    const Safetensors::Entry* const entry = file_.find(prefix_ + name);
    check(entry, "load_gpt2: {} must hold {}, got {} other tensors.", file_.path(),
          quoted(prefix_ + name), file_.entries().size());
    check(entry->shape.rank() == rank && entry->shape.size() > 0,
          "load_gpt2: {}: {} must have {} axes, none of extent 0, got the shape {}.", file_.path(),
          quoted(entry->name), rank, entry->shape);
    return entry->shape;
  }
  Tensor read(const std::string& name, const Shape& wanted) const {
    const Shape& found = shape(name, wanted.rank());
    check(found == wanted, "load_gpt2: {}: {} has shape {} in the file and {} in the model.",
          file_.path(), quoted(prefix_ + name), found, wanted);
    return file_.read(prefix_ + name);
  }
  // A tied head: where it is written out, it is the token table once more.
  void check_head(const Tensor& tokens) const {
    if (!file_.find("lm_head.weight")) return;
    const Tensor head = file_.read("lm_head.weight");
    check(head.shape() == tokens.shape() && std::equal(head.begin(), head.end(), tokens.begin()),
          "load_gpt2: {}: lm_head.weight must be the token table, got other numbers. A head of its "
          "own has no place in a GPT-2.",
          file_.path());
  }

  Index layers = 0;

 private:
  // Whether GPT-2 has such a tensor; counts the layers.
  bool place(const std::string& name) {
    for (const Place<Transformer>& part : in_model)
      if (name == part.name) return true;
    const std::size_t dot = name.find('.', 2);
    if (!name.starts_with("h.") || dot == std::string::npos) return false;
    const std::optional<Index> layer = count_of(name.substr(2, dot - 2));
    if (!layer) return false;
    layers = std::max(layers, *layer + 1);
    const std::string rest = name.substr(dot + 1);
    if (rest == "attn.bias" || rest == "attn.masked_bias") return true;  // masks, not weights
    return std::any_of(std::begin(in_block), std::end(in_block),
                       [&](const Place<Block>& part) { return rest == part.name; });
  }

  const Safetensors& file_;
  std::string prefix_;
};

// What no shape tells.
struct Gpt2Config {
  Index num_heads = 0;  // 0: nothing says it
  real epsilon = real(1e-5);
};
}  // namespace

// As messages show it: of what may be long or deep only the kind.
static std::string shown(const Json& value) {
  if (value.is_structured()) return fmt::format("an {}", value.type_name());
  return value.is_string() ? quoted(value.get<std::string>()) : value.dump();
}

static void take(const Json& json, const std::string& where, Gpt2Config& config) {
  if (const auto heads = json.find("n_head"); heads != json.end()) {
    check(heads->is_number_unsigned() && heads->get<std::uint64_t>() >= 1 &&
              heads->get<std::uint64_t>() < (1u << 20),
          "load_gpt2: {}: n_head must be a number of heads, got {}.", where, shown(*heads));
    config.num_heads = heads->get<Index>();
  }
  if (const auto epsilon = json.find("layer_norm_epsilon"); epsilon != json.end()) {
    config.epsilon = epsilon->is_number() ? epsilon->get<real>() : 0;
    check(config.epsilon > 0 && std::isfinite(config.epsilon),
          "load_gpt2: {}: layer_norm_epsilon must be above 0 and finite, got {}.", where,
          shown(*epsilon));
  }
}

static Gpt2Config read_config(const std::string& path, Gpt2Config config = {}) {
  std::error_code unseen;  // a folder that cannot be searched holds none
  if (!std::filesystem::exists(path, unseen)) return config;
  const FileBytes file = map_file(path, "load_gpt2");
  const Json json =
      Json::parse(file.bytes.get(), file.bytes.get() + file.size, nullptr, /*exceptions=*/false);
  check(json.is_object(), "load_gpt2: {} must be a JSON object, got something else.", path);
  const auto wants = [&](const char* key, const std::vector<Json>& allowed) {
    const auto found = json.find(key);
    if (found == json.end()) return;
    check(std::find(allowed.begin(), allowed.end(), *found) != allowed.end(),
          "load_gpt2: {}: {} must be {}, got {}. Transformer knows no other.", path, key,
          shown(allowed[0]), shown(*found));
  };
  wants("activation_function", {"gelu_new", "gelu_pytorch_tanh"});
  wants("scale_attn_weights", {true});
  wants("scale_attn_by_inverse_layer_idx", {false});
  take(json, path, config);
  return config;
}

// save_gpt2 writes the same two into the metadata, as words. What the caller tells is not looked at.
static void take_metadata(const Safetensors& file, bool heads_are_told, Gpt2Config& config) {
  Json json = Json::object();
  for (const auto& [key, words] : file.metadata()) {
    if (key != "layer_norm_epsilon" && (key != "n_head" || heads_are_told)) continue;
    json[key] = Json::parse(words, nullptr, /*exceptions=*/false);
    if (json[key].is_discarded()) json[key] = words;
  }
  take(json, file.path() + ", metadata", config);
}

static Transformer loaded(const Safetensors& file, Index num_heads, Gpt2Config said) {
  const Gpt2File gpt2(file);
  const Shape tokens = gpt2.shape("wte.weight", 2);
  take_metadata(file, num_heads != 0, said);
  if (num_heads == 0) num_heads = said.num_heads > 0 ? said.num_heads : tokens[1] / 64;
  check(num_heads >= 1 && tokens[1] % num_heads == 0,
        "load_gpt2: {}: {} dimensions must be a multiple of the heads, got {}. Say how many there "
        "are.",
        file.path(), tokens[1], num_heads);

  // The weights take the places of those of a narrow model, which costs nothing to draw.
  TransformerConfig config{.vocab_size = 1,
                           .max_length = 1,
                           .embedding_dim = 1,
                           .num_layers = gpt2.layers,
                           .hidden_dim = 1,
                           .causal = true,
                           .tied_head = true};
  Rng unused(0);
  Transformer model(config, unused);
  config.vocab_size = config.outputs = tokens[0];
  config.max_length = gpt2.shape("wpe.weight", 2)[0];
  config.embedding_dim = tokens[1];
  config.num_heads = num_heads;
  config.hidden_dim = gpt2.shape("h.0.mlp.c_fc.weight", 2)[1];
  model.config = config;
  const auto put = [](Parameter& weight, Tensor x) { weight = Parameter(std::move(x)); };
  for (const auto& [name, weight, shape] : in_model)
    put(weight(model), gpt2.read(name, shape_of(shape, config)));
  gpt2.check_head(model.tokens.weight.value());
  model.norm.epsilon = said.epsilon;
  for (Index layer = 0; layer < gpt2.layers; ++layer) {
    Block& block = model.blocks[std::size_t(layer)];
    block.attention.num_heads = num_heads;
    block.attention_norm.epsilon = block.feed_forward_norm.epsilon = said.epsilon;
    for (const auto& [name, weight, shape] : in_block) {
      Tensor numbers = gpt2.read(in_layer(layer, name), shape_of(shape, config));
      put(weight(block), shape.size() == 2 ? permute(numbers, {1, 0}) : std::move(numbers));
    }
  }
  model.name_parameters();
  return model;
}

Transformer load_gpt2(const Safetensors& file, Index num_heads) {
  return loaded(file, num_heads, {});
}

Transformer load_gpt2(const std::string& path, Index num_heads) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  const Safetensors file(path);
  return loaded(file, num_heads, read_config((folder / "config.json").string()));
}

// --- out -----------------------------------------------------------------------------------------

std::vector<NamedTensor> gpt2_tensors(const Transformer& original) {
  Transformer model =
      original;  // shares its memory; the tables of names hand out what can be changed
  check(model.config.causal && model.config.tied_head &&
            model.config.positions == PositionKind::learned,
        "gpt2_tensors: a GPT-2 is causal, has learned positions and a tied head, got a model that "
        "is otherwise.");
  std::vector<NamedTensor> tensors;
  for (const auto& [name, weight, _] : in_model) tensors.push_back({name, weight(model).value()});
  for (Index layer = 0; layer < Index(model.blocks.size()); ++layer) {
    for (const auto& [name, weight, shape] : in_block) {
      const Tensor& numbers = weight(model.blocks[std::size_t(layer)]).value();
      tensors.push_back(
          {in_layer(layer, name), shape.size() == 2 ? permute(numbers, {1, 0}) : numbers});
    }
  }
  return tensors;
}

void save_gpt2(const Transformer& model, const std::string& path) {
  save_safetensors(gpt2_tensors(model), path,
                   {.metadata = {{"format", "pt"},  // of PyTorch's kind
                                 {"n_head", fmt::format("{}", model.config.num_heads)},
                                 {"layer_norm_epsilon", fmt::format("{}", model.norm.epsilon)}}});
}

std::string gpt2_config(const Transformer& model) {
  const TransformerConfig& c = model.config;
  const double epsilon = std::stod(fmt::format("{}", model.norm.epsilon));  // 1e-5, also of a float
  return Json{{"model_type", "gpt2"},
              {"architectures", {"GPT2LMHeadModel"}},
              {"vocab_size", c.vocab_size},
              {"n_positions", c.max_length},
              {"n_embd", c.embedding_dim},
              {"n_layer", c.num_layers},
              {"n_head", c.num_heads},
              {"n_inner", c.hidden_dim},
              {"activation_function", "gelu_new"},
              {"layer_norm_epsilon", epsilon},
              {"tie_word_embeddings", true}}
      .dump(2);
}

}  // namespace locus
