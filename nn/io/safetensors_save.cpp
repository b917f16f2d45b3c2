// Writing of safetensors; reading stands in safetensors.cpp.
#include <fmt/ranges.h>
#include <algorithm>
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>

#include "nn/io/file.h"
#include "nn/io/safetensors.h"

namespace locus {

using Json = nlohmann::json;

// A string with its quotes.
static std::string in_json(const std::string& text) {
  try {
    return Json(text).dump();
  } catch (const Json::exception&) {
    fail(fmt::format("save_safetensors: names and metadata must be UTF-8, got '{}'.", text));
  }
}

static std::string header_of(const std::vector<NamedTensor>& tensors,
                             const SafetensorsOptions& options) {
  std::vector<std::string> entries;
  if (!options.metadata.empty()) {
    std::vector<std::string> words;
    for (const auto& [key, value] : options.metadata)
      words.push_back(in_json(key) + ":" + in_json(value));
    entries.push_back(fmt::format("\"__metadata__\":{{{}}}", fmt::join(words, ",")));
  }
  std::set<std::string> names = {"__metadata__"};
  const std::size_t number = options.dtype == "F32" ? 4 : 8;  // its bytes
  std::size_t begin = 0;
  for (const auto& [name, tensor] : tensors) {
    check(names.insert(name).second, "save_safetensors: every name once, got '{}' twice.", name);
    const Shape& shape = tensor.shape();
    const std::size_t end = begin + std::size_t(shape.size()) * number;
    entries.push_back(fmt::format(R"({}:{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})",
                                  in_json(name), options.dtype,
                                  fmt::join(shape.begin(), shape.end(), ","), begin, end));
    begin = end;
  }
  std::string header = fmt::format("{{{}}}", fmt::join(entries, ","));
  header.resize((header.size() + 7) / 8 * 8, ' ');  // so that the numbers begin at a multiple of 8
  return header;
}

template <class Stored>
static void write_numbers(const Tensor& tensor, const WriteBytes& write) {
  if constexpr (std::is_same_v<Stored, real>) {
    write(tensor.data(), std::size_t(tensor.size()) * sizeof(real));
  } else {
    std::array<Stored, 4096> some;
    for (const real* x = tensor.begin(); x != tensor.end();) {
      const Index n = std::min<Index>(Index(some.size()), tensor.end() - x);
      std::transform(x, x + n, some.begin(), [](real number) { return Stored(number); });
      write(some.data(), std::size_t(n) * sizeof(Stored));
      x += n;
    }
  }
}

static void write_safetensors(const std::vector<NamedTensor>& tensors,
                              const SafetensorsOptions& options, const WriteBytes& write) {
  check(options.dtype == "F32" || options.dtype == "F64",
        "save_safetensors: a dtype of F32 or F64, got '{}'.", options.dtype);
  const std::string header = header_of(tensors, options);
  const std::uint64_t length = header.size();
  write(&length, sizeof length);
  write(header.data(), header.size());
  for (const NamedTensor& named : tensors) {
    if (options.dtype == "F32")
      write_numbers<float>(named.tensor, write);
    else
      write_numbers<double>(named.tensor, write);
  }
}

void save_safetensors(const std::vector<NamedTensor>& tensors, const std::string& path,
                      const SafetensorsOptions& options) {
  replace_file(path, "save_safetensors",
               [&](const WriteBytes& write) { write_safetensors(tensors, options, write); });
}

std::vector<char> safetensors_bytes(const std::vector<NamedTensor>& tensors,
                                    const SafetensorsOptions& options) {
  std::vector<char> result;
  write_safetensors(tensors, options, [&result](const void* bytes, std::size_t size) {
    const char* const from = static_cast<const char*>(bytes);
    result.insert(result.end(), from, from + size);
  });
  return result;
}

}  // namespace locus
