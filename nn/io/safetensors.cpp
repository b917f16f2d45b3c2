// Reading of safetensors; writing stands in safetensors_save.cpp.
#include "nn/io/safetensors.h"

#include <fmt/ranges.h>
#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "nn/io/file.h"

namespace locus {

static_assert(std::endian::native == std::endian::little, "the format's numbers are little-endian");

using Json = nlohmann::json;
using Entry = Safetensors::Entry;

// Bytes of a number. Those that are no real numbers are known so that files with some can be read.
static const std::map<std::string, std::size_t> size_of = {
    {"F32", 4}, {"F64", 8}, {"F16", 2}, {"BF16", 2},    {"BOOL", 1},
    {"U8", 1},  {"I8", 1},  {"U16", 2}, {"I16", 2},     {"U32", 4},
    {"I32", 4}, {"U64", 8}, {"I64", 8}, {"F8_E4M3", 1}, {"F8_E5M2", 1}};

// --- the header ------------------------------------------------------------------------------------

namespace {

// Takes the header's parts as the parser finishes them. The first wrong one ends the reading, and
// no tree of them all is built: that could take twenty times the header's memory, and of two
// entries of one name it would keep only the second.
class HeaderReader {
 public:
  HeaderReader(const std::string& path, std::vector<Entry>& entries, Metadata& metadata)
      : path_(path), entries_(entries), metadata_(metadata) {}

  // The parser's callback. Depth 0 is the header, 1 are its entries, 2 what stands in an entry, and
  // 3 in the lists of that. Returns whether the parser shall keep the part.
  bool operator()(int depth, Json::parse_event_t event, const Json& part) {
    using Event = Json::parse_event_t;
    const bool opens_object = event == Event::object_start,
               opens_list = event == Event::array_start;
    if (event == Event::key) add_name(depth, part.get<std::string>());
    require((!opens_object || depth <= 1) && (!opens_list || depth == 2) &&
                (event != Event::value || depth >= 2),
            "a name with a dtype, a shape and data_offsets", "something else");
    if (opens_list) list_size_ = 0;
    if (event == Event::value && depth == 3)
      require(++list_size_ <= Shape::max_rank, fmt::format("at most {} axes", Shape::max_rank),
              "more");
    if (event != Event::object_end || depth != 1) return true;
    if (name_ == "__metadata__")
      take_metadata(part);
    else
      take_entry(part);
    names_in_entry_.clear();
    return false;
  }

 private:
  void require(bool holds, const std::string& what, const std::string& got) const {
    check(holds, "Safetensors: {}: the header must have {}, got {} at {}.", path_, what, got,
          name_.empty() ? "its start" : quoted(name_));
  }

  void add_name(int depth, const std::string& name) {
    if (depth == 1) name_ = name;
    std::set<std::string>& names = depth == 1 ? names_ : names_in_entry_;
    require(names.insert(name).second, "every name once", quoted(name) + " twice");
  }

  void take_metadata(const Json& part) {
    for (const auto& [key, value] : part.items()) {
      require(value.is_string(), "metadata of words", quoted(key) + " with another kind of value");
      metadata_[key] = value.get<std::string>();
    }
  }

  // A list of whole numbers of an entry, such as its shape.
  std::vector<Index> numbers(const Json& part, const char* field) const {
    const std::string list = fmt::format("a list of whole numbers as {}", field);
    require(part.contains(field) && part[field].is_array(), list, "none");
    std::vector<Index> result;
    for (const Json& number : part[field]) {
      require(number.is_number_unsigned() && number.get<std::uint64_t>() <= PTRDIFF_MAX, list,
              quoted(number.dump()));
      result.push_back(number.get<Index>());
    }
    return result;
  }

  void take_entry(const Json& part) {
    require(part.contains("dtype") && part["dtype"].is_string(), "a word as dtype", "none");
    const std::string dtype = part["dtype"].get<std::string>();
    require(size_of.contains(dtype), "a known dtype", quoted(dtype));
    const std::vector<Index> extents = numbers(part, "shape"),
                             offsets = numbers(part, "data_offsets");
    require(offsets.size() == 2, "two data_offsets", fmt::format("{}", offsets.size()));
    Shape shape;
    try {
      shape = Shape(extents.data(), extents.data() + extents.size());
    } catch (const Error&) {
      require(false, "shapes of numbers that can be addressed",
              fmt::format("({})", fmt::join(extents, ", ")));
    }
    const auto begin = std::size_t(offsets[0]), end = std::size_t(offsets[1]);
    require(begin <= end && (end - begin) / size_of.at(dtype) == std::size_t(shape.size()) &&
                (end - begin) % size_of.at(dtype) == 0,
            fmt::format("{} bytes for each of the numbers of {}", size_of.at(dtype), shape),
            fmt::format("data_offsets {} to {}", begin, end));
    entries_.push_back({name_, dtype, shape, begin, end});
  }

  const std::string& path_;
  std::vector<Entry>& entries_;
  Metadata& metadata_;
  std::string name_;  // of the entry that is being read
  std::set<std::string> names_, names_in_entry_;
  int list_size_ = 0;
};

}  // namespace

// What a parser's long message says of the reason, such as "invalid string: ill-formed UTF-8 byte".
static std::string reason_of(const Json::exception& error) {
  const std::string text = error.what();
  const std::size_t dash = text.find(" - ");
  const std::size_t begin = dash != std::string::npos ? dash + 3 : text.find("] ") + 2;
  return text.substr(begin, std::min<std::size_t>(text.find("; last read") - begin, 100));
}

// The tensors must cover the numbers' bytes from the first to the last, each byte once.
static void check_cover(const std::string& path, const std::vector<Entry>& entries,
                        std::size_t size) {
  std::size_t covered = 0;
  for (const Entry& entry : entries) {
    check(entry.end <= size,
          "Safetensors: {}: {} must lie within the {} bytes of numbers, got bytes {} to {}. "
          "The file was cut short or is damaged.",
          path, quoted(entry.name), size, entry.begin, entry.end);
    check(
        entry.begin == covered,
        "Safetensors: {}: {} must begin where the tensor before it ends, at byte {}, got bytes {} "
        "to {}.",
        path, quoted(entry.name), covered, entry.begin, entry.end);
    covered = entry.end;
  }
  check(covered == size,
        "Safetensors: {}: the last tensor must end with the file, got {} bytes after it.", path,
        size - covered);
}

Safetensors::Safetensors(const FileBytes& file, const std::string& path)
    : path_(path), bytes_(file.bytes) {
  const std::size_t size = file.size;
  constexpr std::size_t prefix = sizeof(std::uint64_t);
  constexpr std::uint64_t longest = 100'000'000;  // that other readers take
  check(size >= prefix, "Safetensors: {}: at least {} bytes, got {}.", path, prefix, size);
  std::uint64_t length = 0;
  std::memcpy(&length, bytes_.get(), prefix);
  check(
      length <= std::min<std::uint64_t>(longest, size - prefix),
      "Safetensors: {}: the header must fit into the {} bytes after its length, and into {}, got a "
      "length of {}. This is another kind of file, or it was cut short.",
      path, size - prefix, longest, length);

  const char* const header = bytes_.get() + prefix;
  numbers_ = header + length;
  // The parser would also take a mark of UTF-8 or blanks at the start, and stop at a zero.
  check(length > 0 && header[0] == '{' && std::find(header, numbers_, '\0') == numbers_,
        "Safetensors: {}: the header must begin with '{{' and be text, got {} bytes of something "
        "else.",
        path, length);
  try {
    [[maybe_unused]] const Json rest =
        Json::parse(header, numbers_, HeaderReader(path_, entries_, metadata_));
  } catch (const Json::parse_error& error) {
    check(false, "Safetensors: {}: the header's {} bytes must be JSON, got at byte {}: {}.", path,
          length, error.byte, reason_of(error));
  } catch (const Json::exception& error) {
    check(false, "Safetensors: {}: the header's {} bytes must be JSON, got: {}.", path, length,
          reason_of(error));
  }
  std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  check_cover(path, entries_, size - prefix - length);
  for (std::size_t i = 0; i < entries_.size(); ++i) place_[entries_[i].name] = i;
}

Safetensors::Safetensors(const std::string& path)
    : Safetensors(map_file(path, "Safetensors"), path) {}

static FileBytes shared(std::vector<char> bytes) {
  const auto kept = std::make_shared<const std::vector<char>>(std::move(bytes));
  return {std::shared_ptr<const char>(kept, kept->data()), kept->size()};
}

Safetensors::Safetensors(std::vector<char> bytes, const std::string& path)
    : Safetensors(shared(std::move(bytes)), path) {}

// --- the numbers -----------------------------------------------------------------------------------

// Stored numbers may begin at any byte, so each is copied out before it is looked at.
template <class Stored, class Convert>
static void convert(const char* from, Tensor& to, Convert&& number) {
  for (real *x = to.data(), *end = x + to.size(); x != end; ++x, from += sizeof(Stored)) {
    Stored stored;
    std::memcpy(&stored, from, sizeof stored);
    *x = real(number(stored));
  }
}

// The upper half of a float.
static float of_bfloat(std::uint16_t bits) {
  return std::bit_cast<float>(std::uint32_t(bits) << 16);
}

// 1 bit of sign, 5 of exponent, 10 of fraction. Shifted to where float has them, they are a number
// 2^112 times too small: float's exponent counts from -127, this one from -15.
static float of_half(std::uint16_t bits) {
  const std::uint32_t sign = (bits & 0x8000u) << 16, shifted = (bits & 0x7fffu) << 13;
  const bool finite = (bits & 0x7c00u) != 0x7c00u;
  const auto scaled = std::bit_cast<std::uint32_t>(std::bit_cast<float>(shifted) * 0x1p112f);
  return std::bit_cast<float>(sign | (finite ? scaled : shifted | 0x7f800000u));
}

bool Entry::readable() const {
  return dtype == "F32" || dtype == "F64" || dtype == "F16" || dtype == "BF16";
}

const Entry* Safetensors::find(const std::string& name) const {
  const auto found = place_.find(name);
  return found == place_.end() ? nullptr : &entries_[found->second];
}

Tensor Safetensors::read(const std::string& name) const {
  const Entry* const entry = find(name);
  check(entry != nullptr, "read: {} must hold {}, got {} tensors of other names.", path_,
        quoted(name), entries_.size());
  check(entry->readable(), "read: {} of {} must be F32, F64, F16 or BF16, got {}.", quoted(name),
        path_, entry->dtype);
  Tensor result = Tensor::uninitialized(entry->shape);
  const char* const from = numbers_ + entry->begin;
  const auto same = [](auto x) { return x; };
  if (entry->dtype == "F32")
    convert<float>(from, result, same);
  else if (entry->dtype == "F64")
    convert<double>(from, result, same);
  else if (entry->dtype == "F16")
    convert<std::uint16_t>(from, result, of_half);
  else
    convert<std::uint16_t>(from, result, of_bfloat);
  return result;
}

}  // namespace locus
