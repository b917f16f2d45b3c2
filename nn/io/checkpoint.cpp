#include "nn/io/checkpoint.h"

#include <fmt/ranges.h>
#include <charconv>
#include <functional>
#include <optional>
#include <set>
#include <string_view>

#include "nn/io/file.h"

namespace locus {

// --- saving --------------------------------------------------------------------------------------

namespace {

// Collects the parts of a run by where a file keeps them.
struct Saving {
  std::vector<NamedTensor> tensors = {};
  Metadata metadata = {};

  void take(const std::string& name, const Variable& x) { tensors.push_back({name, x.value()}); }
  void take(const std::string& name, const Tensor* x) { tensors.push_back({name, *x}); }
  void take(const std::string& name, const real* x) {
    tensors.push_back({name, Tensor(Shape{}, *x)});
  }
  void take(const std::string& name, const Index* n) { say(name, fmt::format("{}", *n)); }
  void take(const std::string& name, const bool* on) { say(name, *on ? "1" : "0"); }
  void take(const std::string& name, const Rng* rng) {
    say(name, fmt::format("{} {}", rng->seed(), rng->counter()));
  }
  void take(const std::string& name, const std::string& setting) { say(name, setting); }

  void say(const std::string& name, const std::string& words) {
    check(metadata.emplace(name, words).second, "Checkpoint: every name once, got '{}' twice.",
          name);
  }
};

}  // namespace

void Checkpoint::save(const std::string& path) const {
  Saving saving;
  for (const State& part : run_)
    std::visit([&](const auto& at) { saving.take(part.name, at); }, part.at);
  save_safetensors(saving.tensors, path, {.metadata = saving.metadata});
}

// --- loading -------------------------------------------------------------------------------------

// Version 0.1 called an optimizer's learning rate "rate", and listed the relative positions, which the
// model holds, again with every layer.
static std::string name_in_0_1(const std::string& name) {
  constexpr std::string_view now = "learning_rate";
  return name.ends_with(now) ? name.substr(0, name.size() - now.size()) + "rate" : name;
}
static bool dropped_after_0_1(const std::string& name) {
  return name.ends_with(".attention.positions.training");
}

namespace {

// Compares the parts of a run with a file. What fits waits in `changes` until all is known.
struct Loading {
  const Safetensors& file;
  std::vector<std::function<void()>> changes = {};
  std::vector<std::string> misfits = {};
  std::set<std::string> known = {};

  // The tensor of that name, when the file has one of that shape.
  std::optional<Tensor> tensor(const std::string& now, const Shape& shape) {
    const std::string before = name_in_0_1(now);
    const std::string& name = file.find(now) || !file.find(before) ? now : before;
    known.insert(name);
    const Safetensors::Entry* const entry = file.find(name);
    if (entry == nullptr)
      misfits.push_back(fmt::format("{} is not in the file", quoted(name)));
    else if (!(entry->shape == shape))
      misfits.push_back(fmt::format("{} has shape {} in the file and {} here", quoted(name),
                                    entry->shape, shape));
    else if (!entry->readable())
      misfits.push_back(fmt::format("{} holds {} in the file", quoted(name), entry->dtype));
    else
      return file.read(name);
    return {};
  }

  // The words of that name, when the file has some.
  const std::string* words(const std::string& name) {
    known.insert(name);
    const auto found = file.metadata().find(name);
    if (found != file.metadata().end()) return &found->second;
    misfits.push_back(fmt::format("{} is not in the file", quoted(name)));
    return nullptr;
  }

  // `count` whole numbers with one blank between two, when the file has such words.
  template <class Number>
  std::vector<Number> numbers(const std::string& name, std::size_t count) {
    const std::string* const text = words(name);
    if (text == nullptr) return {};
    std::vector<Number> result;
    const char *at = text->data(), *const end = at + text->size();
    while (result.size() < count) {
      Number number;
      const auto [rest, error] = std::from_chars(at, end, number);
      if (error != std::errc()) break;
      result.push_back(number);
      at = rest;
      if (result.size() < count && at != end && *at == ' ') ++at;
    }
    if (result.size() == count && at == end) return result;
    misfits.push_back(fmt::format("{} is {} in the file, which is not {} whole number{}",
                                  quoted(name), quoted(*text), count, count == 1 ? "" : "s"));
    return {};
  }

  void take(const std::string& name, Variable x) {
    if (const auto value = tensor(name, x.shape()))
      changes.push_back([x, value]() mutable { x.set_value(*value); });
  }
  void take(const std::string& name, Tensor* x) {
    if (const auto value = tensor(name, x->shape())) changes.push_back([x, value] { *x = *value; });
  }
  void take(const std::string& name, real* x) {
    if (const auto value = tensor(name, {}))
      changes.push_back([x, number = value->item()] { *x = number; });
  }
  void take(const std::string& name, Index* n) {
    if (const auto value = numbers<Index>(name, 1); !value.empty())
      changes.push_back([n, number = value[0]] { *n = number; });
  }
  void take(const std::string& name, bool* on) {
    const std::string* const value = words(name);
    if (value == nullptr) return;
    if (*value == "0" || *value == "1")
      changes.push_back([on, now = *value == "1"] { *on = now; });
    else
      misfits.push_back(fmt::format("{} is {} in the file, which is neither 0 nor 1", quoted(name),
                                    quoted(*value)));
  }
  void take(const std::string& name, Rng* rng) {
    if (const auto value = numbers<std::uint64_t>(name, 2); !value.empty())
      changes.push_back([rng, value] { *rng = Rng(value[0], value[1]); });
  }
  void take(const std::string& name, const std::string& setting) {
    if (const std::string* const value = words(name); value != nullptr && *value != setting)
      misfits.push_back(fmt::format("{} is {} in the file and {} here", quoted(name),
                                    quoted(*value), quoted(setting)));
  }

  void leave_over(const std::string& name) {
    if (!known.contains(name) && !dropped_after_0_1(name))
      misfits.push_back(fmt::format("{} is in the file and not here", quoted(name)));
  }

  std::vector<std::string> finish(const char* function, LoadOptions options) const {
    check(misfits.empty() || !options.strict,
          "{}: {} must fit name by name, got {} that do not: {}. {{.strict = false}} loads the "
          "others.",
          function, file.path(), misfits.size(), fmt::join(misfits, "; "));
    for (const auto& change : changes) change();
    return misfits;
  }
};

}  // namespace

std::vector<std::string> Checkpoint::load(const std::string& path, LoadOptions options) const {
  const Safetensors file(path);
  Loading loading = {.file = file};
  for (const State& part : run_)
    std::visit([&](const auto& at) { loading.take(part.name, at); }, part.at);
  for (const auto& entry : file.entries()) loading.leave_over(entry.name);
  for (const auto& [name, words] : file.metadata()) loading.leave_over(name);
  return loading.finish("Checkpoint", options);
}

// --- a model alone -------------------------------------------------------------------------------

void save(const Module& model, const std::string& path, const Metadata& metadata) {
  std::vector<NamedTensor> tensors;
  for (const NamedParameter& parameter : model.parameters())
    tensors.push_back({parameter.name, parameter.variable.value()});
  save_safetensors(tensors, path, {.metadata = metadata});
}

std::vector<std::string> load(Module& model, const std::string& path, LoadOptions options) {
  const Safetensors file(path);
  Loading loading = {.file = file};
  for (const NamedParameter& parameter : model.parameters())
    loading.take(parameter.name, parameter.variable);
  for (const auto& entry : file.entries()) loading.leave_over(entry.name);
  return loading.finish("load", options);
}

}  // namespace locus
