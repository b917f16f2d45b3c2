// The readers of whole models: a GPT-2, its config.json, tables of positions, a checkpoint. A file is
// refused in one line and changes nothing, or what was read, written again, is what the file says.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <map>

#include "nn/io/checkpoint.h"
#include "nn/io/pretrained.h"
#include "nn/linear.h"
#include "nn/optim/optimizer.h"
#include "tests/folder.h"
#include "tests/fuzz/bytes.h"
#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/same.h"

namespace locus::fuzz {
namespace {

using Tensors = std::map<std::string, Tensor>;

Safetensors file_of(const Tensors& tensors, const Metadata& metadata) {
  std::vector<NamedTensor> list;
  for (const auto& [name, tensor] : tensors) list.push_back({name, tensor});
  return Safetensors(safetensors_bytes(list, {.metadata = metadata}), "x");
}

// Whether f gives an answer; its message must be one line that begins so.
template <class F>
bool answers(const std::string& beginning, F f) {
  try {
    f();
    return true;
  } catch (const Error& error) {
    check_line(error.what(), beginning, /*longest=*/2000);  // a checkpoint's lists what differs
    return false;
  }
}

Index any_extent(Bytes& in) { return in.one_of({4, 1, 2, 3, 0, 5, 6, 7, 9, 16, 18, 66}); }

Index any_index(Bytes& in) {
  constexpr Index largest = std::numeric_limits<Index>::max();
  return in.one_of(
      {1, 2, 3, 4, 0, -1, 1000000, Index(1) << 32, Index(3) << 31, largest, -largest - 1});
}

Tensor some_numbers(const Shape& shape) {
  Tensor x(shape);
  for (Index i = 0; i < x.size(); ++i) x.data()[i] = real(i * 37 % 101) / 8;
  return x;
}

Tensor some_tensor(Bytes& in) {
  std::vector<Index> extents(std::size_t(in.below(4)));
  for (Index& n : extents) n = any_extent(in);
  return some_numbers(Shape(extents.data(), extents.data() + extents.size()));
}

// --- GPT-2 ---------------------------------------------------------------------------------------

Tensors gpt2(Index vocab, Index positions, Index dim, Index hidden, Index layers) {
  Tensors all;
  const auto add = [&](const std::string& name, const Shape& shape) {
    all[name] = some_numbers(shape);
  };
  add("wte.weight", {vocab, dim}), add("wpe.weight", {positions, dim});
  add("ln_f.weight", {dim}), add("ln_f.bias", {dim});
  for (Index layer = 0; layer < layers; ++layer) {
    const std::string h = fmt::format("h.{}.", layer);
    add(h + "ln_1.weight", {dim}), add(h + "ln_1.bias", {dim});
    add(h + "attn.c_attn.weight", {dim, 3 * dim}), add(h + "attn.c_attn.bias", {3 * dim});
    add(h + "attn.c_proj.weight", {dim, dim}), add(h + "attn.c_proj.bias", {dim});
    add(h + "ln_2.weight", {dim}), add(h + "ln_2.bias", {dim});
    add(h + "mlp.c_fc.weight", {dim, hidden}), add(h + "mlp.c_fc.bias", {hidden});
    add(h + "mlp.c_proj.weight", {hidden, dim}), add(h + "mlp.c_proj.bias", {dim});
  }
  return all;
}

bool is_mask(const std::string& name) {
  return name.ends_with(".attn.bias") || name.ends_with(".attn.masked_bias");
}

// Something is missing, of another shape, or there too much.
void damage(Tensors& all, Bytes& in) {
  static const char* const names[] = {"h.0.attn.bias",
                                      "h.1.attn.masked_bias",
                                      "h.7.ln_1.weight",
                                      "h.00.ln_1.weight",
                                      "h..ln_1.weight",
                                      "h.0.ln_1.weight.x",
                                      "h.0",
                                      "h.",
                                      "x",
                                      "transformer.wte.weight",
                                      "h.4294967296.ln_1.weight",
                                      "lm_head.weight",
                                      "h.-0.ln_1.weight",
                                      "h.0.attn.c_attn.weight",
                                      "wpe.weight",
                                      "wte.weight",
                                      "h.1.attn.bias"};
  const auto at = std::next(all.begin(), std::ptrdiff_t(std::size_t(in.byte()) % all.size()));
  switch (in.below(4)) {
    case 0:
      all.erase(at);
      break;
    case 1:
      at->second = some_tensor(in);
      break;
    case 2:
      all[names[in.below(int(std::size(names)))]] = some_tensor(in);
      break;
    default: {
      const Tensor moved = at->second;
      all.erase(at);
      all[names[in.below(int(std::size(names)))]] = moved;
    }
  }
}

void load_gpt2(Bytes& in) {
  const Index dim = any_extent(in), num_heads = in.flip() ? 0 : any_index(in);
  const Index sizes[] = {any_extent(in), any_extent(in), any_extent(in)};
  const Index layers = in.one_of({1, 2, 0});

  // Where the number of heads may be: in the call, in the file, or else it follows from dim.
  static const char* const words[] = {
      "", "1", "2", "3", "0", "-1", "x", "2x", " 2", "1000000", "99999999999999999999"};
  const std::string said = words[in.below(int(std::size(words)))];
  Metadata metadata;
  if (!said.empty()) metadata["n_head"] = said;
  const bool is_number = said.empty() || (said.size() < 8 && said != "0" &&
                                          said.find_first_not_of("0123456789 ") == said.npos);
  Index heads = num_heads;
  if (heads == 0 && is_number && !said.empty()) heads = std::stoll(said);
  if (heads == 0) heads = dim / 64;
  const bool fit = (num_heads != 0 || is_number) && heads >= 1 && dim % heads == 0;

  const std::string prefix = in.flip() ? "transformer." : "";

  Tensors all = gpt2(sizes[0], sizes[1], dim, sizes[2], layers);
  const bool large = *std::min_element(sizes, sizes + 3) > 0 && dim > 0 && layers > 0;
  int damages = in.below(4);
  const bool whole = damages == 0;
  while (damages-- > 0 && !all.empty()) damage(all, in);
  Tensors named;
  for (const auto& [name, tensor] : all)
    named[(name == "lm_head.weight" ? "" : prefix) + name] = tensor;
  const Safetensors file = file_of(named, metadata);

  const bool loaded = answers("load_gpt2: ", [&] {
    Transformer model = load_gpt2(file, num_heads);
    const auto out = gpt2_tensors(model);
    std::size_t masks = 0;
    for (const auto& [name, tensor] : all) {
      masks += is_mask(name) || name == "lm_head.weight";
      if (name == "lm_head.weight" && !same(tensor, all["wte.weight"]))
        finding("a head of its own was lost");
    }
    if (out.size() + masks != all.size()) finding("a tensor was taken that has no place");
    for (const NamedTensor& x : out)
      if (!same(x.tensor, all[x.name])) finding(fmt::format("'{}' is not the file's", x.name));
    const Variable scores = model(Indices(Shape{1, 1}, std::vector<Index>{0}));
    if (scores.shape() != Shape{1, 1, sizes[0]} && whole)
      finding(fmt::format("scores of shape {}", scores.shape()));
  });
  if (whole && loaded != (large && fit))
    finding(loaded ? "a file was taken that is no GPT-2" : "a whole GPT-2 was refused");
}

// --- the config.json beside it -------------------------------------------------------------------

// Holds a GPT-2 of 4 dimensions that does not say how many heads it has.
struct Gpt2Folder : Folder {
  Gpt2Folder() {
    std::vector<NamedTensor> list;
    for (const auto& [name, tensor] : gpt2(3, 4, 4, 8, 1)) list.push_back({name, tensor});
    save_safetensors(list, *this / "model");
  }
};

struct Choice {
  std::string text;
  bool allowed;
  double number = 0;
};

void load_config(Bytes& in) {
  static const std::string deep = std::string(300'000, '[') + std::string(300'000, ']');
  static const std::vector<Choice> head_choices = {
      {"1", true, 1},  {"2", true, 2},     {"4", true, 4},
      {"3", false},    {"0", false},       {"-1", false},
      {"1.0", false},  {"\"2\"", false},   {"null", false},
      {"true", false}, {"[1]", false},     {"{}", false},
      {deep, false},   {"1048576", false}, {"18446744073709551616", false}};
  static const std::vector<Choice> epsilon_choices = {
      {"1e-5", true, 1e-5}, {"1", true, 1},    {"0.5", true, 0.5}, {"0", false},
      {"-1", false},        {"1e-330", false}, {"-1e-5", false},   {"\"1\"", false},
      {"null", false},      {"[[]]", false},   {deep, false},      {"1e400", false}};
  static const std::vector<Choice> activation_choices = {
      {"\"gelu_new\"", true}, {"\"gelu_pytorch_tanh\"", true},
      {"\"relu\"", false},    {"\"\\n\"", false},
      {"0", false},           {"null", false},
      {deep, false}};
  static const std::vector<Choice> flag_choices = {
      {"true", true}, {"false", false}, {"1", false}, {"\"true\"", false}, {"null", false}};
  static const std::vector<Choice> other_choices = {
      {"12", true}, {"\"x\"", true}, {"null", true}, {deep, true}, {"{\"n_head\": 3}", true}};

  std::string text;
  double heads = 0, epsilon = 1e-5;
  bool allowed = true;
  const auto draw = [&](const char* key, const std::vector<Choice>& choices, double* said) {
    if (in.flip()) return;
    const Choice& chosen = choices[std::size_t(in.below(int(choices.size())))];
    text += (text.empty() ? "\"" : ", \"") + std::string(key) + "\": " + chosen.text;
    allowed = allowed && chosen.allowed;
    if (said) *said = chosen.number;
  };
  draw("n_head", head_choices, &heads);
  draw("layer_norm_epsilon", epsilon_choices, &epsilon);
  draw("activation_function", activation_choices, nullptr);
  draw("scale_attn_weights", flag_choices, nullptr);
  draw("n_embd", other_choices, nullptr);
  allowed = allowed && heads != 0;
  text = "{" + text + "}";
  const bool whole = !in.flip();
  if (!whole) {
    const int kept = in.byte() * 256 + in.byte(), lost = in.below(3);
    const auto at = text.begin() + kept % std::ptrdiff_t(text.size());
    text.replace(at, std::min(at + lost, text.end()), in.rest());
  }

  static const Gpt2Folder folder;
  std::ofstream(folder / "config.json", std::ios::binary) << text;
  const bool loaded = answers("load_gpt2: ", [&] {
    const Transformer model = locus::load_gpt2(folder / "model");
    const SelfAttention& attention = model.blocks[0].attention;
    if (!std::isfinite(model.norm.epsilon) || model.norm.epsilon <= 0 || attention.num_heads < 1)
      finding(fmt::format("{} heads, epsilon {}", attention.num_heads, model.norm.epsilon));
    if (whole && (attention.num_heads != Index(heads) || model.norm.epsilon != real(epsilon)))
      finding(fmt::format("{} heads and epsilon {}, not {} and {}", attention.num_heads,
                          model.norm.epsilon, heads, epsilon));
  });
  if (whole && loaded != allowed) finding(loaded ? "taken: " + text : "refused: " + text);
}

// --- tables of positions -------------------------------------------------------------------------

void check_table(const PositionTable& table, const Tensors& all) {
  const Tensor& want = all.at(table.name);
  const Tensor& rows = table.rows;
  if (rows.shape().rank() != 2 || table.before < 0 ||
      table.before + rows.shape()[0] != want.shape().rows())
    finding(fmt::format("{} of {} rows, {} before", rows.shape(), want.shape(), table.before));
  if (!std::equal(rows.begin(), rows.end(), want.end() - rows.size()))
    finding("a table has other numbers than its file");
  if (table.grid && table.grid->rows * table.grid->columns != rows.shape()[0])
    finding("a grid has more cells than rows, or fewer");
}

void find_tables(Bytes& in) {
  static const char* const names[] = {"wpe.weight",
                                      "transformer.wpe.weight",
                                      "positions.weight",
                                      "average.positions.weight",
                                      "embeddings.position_embeddings.weight",
                                      "roberta.embeddings.position_embeddings.weight",
                                      "vit.embeddings.position_embeddings",
                                      "pos_embed",
                                      "head.weight"};
  Tensors all;
  for (int count = in.below(4); count >= 0; --count)
    all[names[in.below(int(std::size(names)))]] = some_tensor(in);
  const Safetensors file = file_of(all, {});
  for (const PositionTable& table : position_tables(file)) check_table(table, all);
  const std::string name = names[in.below(int(std::size(names)))];
  std::optional<Grid> grid;
  if (in.flip()) grid = Grid{any_index(in), any_index(in)};
  answers("position_table: ", [&] { check_table(position_table(file, name, grid), all); });
}

// --- a checkpoint --------------------------------------------------------------------------------

// What a run consists of, as a file says it.
struct Content {
  Tensors tensors;
  Metadata words;

  bool operator==(const Content& other) const {
    return words == other.words &&
           std::equal(tensors.begin(), tensors.end(), other.tensors.begin(), other.tensors.end(),
                      [](const auto& a, const auto& b) {
                        return a.first == b.first && same(a.second, b.second);
                      });
  }
};

struct Run {
  Rng rng{3};
  Linear model{2, 1, rng};
  AdamW optimizer{model.parameters(), {.learning_rate = real(0.1)}};
  Index step = 4;
  real best = 2;
  std::vector<State> parts;
  Checkpoint checkpoint;

  Run() {
    for (const State& part : model.state()) parts.push_back(part);
    for (const State& part : optimizer.state()) parts.push_back(part);
    parts.insert(parts.end(),
                 {{"rng", &rng}, {"step", &step}, {"best", &best}, setting("seed", 7)});
    for (const State& part : parts) checkpoint.add(part);
  }

  Content content() const {
    Content c;
    for (const State& part : parts) {
      struct Add {
        Content& c;
        const std::string& name;
        void operator()(const Variable& x) { c.tensors[name] = x.value(); }
        void operator()(const Tensor* x) { c.tensors[name] = *x; }
        void operator()(const real* x) { c.tensors[name] = Tensor(Shape{}, *x); }
        void operator()(const Index* n) { c.words[name] = std::to_string(*n); }
        void operator()(const bool* on) { c.words[name] = *on ? "1" : "0"; }
        void operator()(const Rng* r) {
          c.words[name] = fmt::format("{} {}", r->seed(), r->counter());
        }
        void operator()(const std::string& words) { c.words[name] = words; }
      };
      std::visit(Add{c, part.name}, part.at);
    }
    return c;
  }
};

void load_checkpoint(Bytes& in) {
  Run run;
  const Content before = run.content();
  Content file = before;
  for (auto& [name, tensor] : file.tensors) tensor = some_numbers(tensor.shape());
  file.words["step"] = std::to_string(any_index(in));
  file.words["rng"] = fmt::format("{} {}", in.byte(), in.byte());

  static const char* const words[] = {"0",
                                      "1",
                                      "7",
                                      "-1",
                                      "",
                                      "x",
                                      "1 2",
                                      "1 -2",
                                      "1 2 3",
                                      " 1",
                                      "1 ",
                                      "9223372036854775808",
                                      "18446744073709551616 1",
                                      "0x1",
                                      "1.0"};
  const int damages = in.below(3);
  for (int i = 0; i < damages; ++i) {
    const auto word = std::next(file.words.begin(), in.byte() % std::ptrdiff_t(file.words.size()));
    const auto tensor =
        std::next(file.tensors.begin(), in.byte() % std::ptrdiff_t(file.tensors.size()));
    switch (in.below(6)) {
      case 0:
        word->second = words[in.below(int(std::size(words)))];
        break;
      case 1:
        file.words["more"] = "1";
        break;
      case 2:
        file.tensors["more"] = some_tensor(in);
        break;
      case 3:
        tensor->second = some_tensor(in);
        break;
      case 4:
        if (file.words.size() > 1) file.words.erase(word);
        break;
      default:
        if (file.tensors.size() > 1) file.tensors.erase(tensor);
    }
  }
  std::vector<NamedTensor> list;
  for (const auto& [name, tensor] : file.tensors) list.push_back({name, tensor});
  const std::vector<char> bytes = safetensors_bytes(list, {.metadata = file.words});
  const MemoryFile on_disk({bytes.begin(), bytes.end()});

  if (in.flip()) {
    const bool loaded = answers("Checkpoint: ", [&] { run.checkpoint.load(on_disk.path()); });
    if (run.content() != (loaded ? file : before))
      finding(loaded ? "a run is not what its file says" : "a refused file changed a run");
    if (damages == 0 && !loaded) finding("a whole checkpoint was refused");
    return;
  }
  run.checkpoint.load(on_disk.path(), {.strict = false});
  const Content after = run.content();
  for (const auto& [name, tensor] : after.tensors) {
    const auto found = file.tensors.find(name);
    const Tensor& old = before.tensors.at(name);
    const bool fits = found != file.tensors.end() && found->second.shape() == old.shape();
    if (!same(tensor, fits ? found->second : old)) finding(fmt::format("'{}' is torn", name));
  }
  for (const auto& [name, text] : after.words) {
    const auto found = file.words.find(name);
    if (text != before.words.at(name) && (found == file.words.end() || text != found->second))
      finding(fmt::format("'{}' is {}, which nobody said", name, text));
  }
}

}  // namespace
}  // namespace locus::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  locus::fuzz::Bytes in(data, size);
  switch (in.below(4)) {
    case 0:
      locus::fuzz::load_gpt2(in);
      break;
    case 1:
      locus::fuzz::find_tables(in);
      break;
    case 2:
      locus::fuzz::load_checkpoint(in);
      break;
    default:
      locus::fuzz::load_config(in);
  }
  return 0;
}
