// The reader of safetensors: a file is refused with one line, or its entries cover its bytes and its
// numbers are those of the bytes. What was read is written, read again and is the same. Loading it
// into a model gives the model these numbers or changes nothing.
#include "nn/io/safetensors.h"

#include <cmath>
#include <cstring>

#include "nn/io/checkpoint.h"
#include "nn/linear.h"
#include "tests/fuzz/bytes.h"
#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/same.h"

namespace locus::fuzz {
namespace {

// A number of 16 bits, `fraction` of which are its fraction.
double small_float(std::uint16_t bits, int fraction) {
  const int exponents = 15 - fraction, all = (1 << exponents) - 1, bias = all / 2;
  const int exponent = bits >> fraction & all, digits = bits & ((1 << fraction) - 1);
  const double sign = bits >> 15 ? -1 : 1;
  if (exponent == all) return digits == 0 ? sign * INFINITY : NAN;
  const double scale = std::ldexp(1.0, std::max(exponent, 1) - bias - fraction);
  return sign * scale * (digits + (exponent > 0 ? 1 << fraction : 0));
}

double number_at(const char* at, const std::string& dtype) {
  const auto copied = [at](auto number) {
    std::memcpy(&number, at, sizeof number);
    return number;
  };
  if (dtype == "F64") return copied(0.0);
  if (dtype == "F32") return double(copied(0.0f));
  return small_float(copied(std::uint16_t()), dtype == "F16" ? 10 : 7);
}

// The tensors of a file that was not refused.
std::vector<NamedTensor> checked(const Safetensors& file, const std::string& bytes) {
  std::uint64_t header = 0;
  std::memcpy(&header, bytes.data(), sizeof header);
  const char* const numbers = bytes.data() + sizeof header + header;
  std::size_t covered = 0;
  std::vector<NamedTensor> tensors;
  for (const auto& entry : file.entries()) {
    if (entry.begin != covered || file.find(entry.name) != &entry)
      finding(fmt::format("'{}' begins at byte {}, not {}", entry.name, entry.begin, covered));
    covered = entry.end;
    const std::string& dtype = entry.dtype;
    const std::size_t size = dtype == "F64"           ? 8
                             : dtype == "F32"         ? 4
                             : dtype.ends_with("F16") ? 2
                                                      : 0;
    try {
      const Tensor x = file.read(entry.name);
      if (size == 0 || x.shape() != entry.shape ||
          entry.end - entry.begin != std::size_t(x.size()) * size)
        finding(fmt::format("'{}' of {} was read as {}", entry.name, dtype, x.shape()));
      for (std::size_t i = 0; i < std::size_t(x.size()); ++i) {
        const double got = x.begin()[i], want = number_at(numbers + entry.begin + i * size, dtype);
        if (got != want && !(std::isnan(got) && std::isnan(want)))
          finding(fmt::format("'{}' has {} at {}, not {}", entry.name, got, i, want));
      }
      tensors.push_back({entry.name, x});
    } catch (const Error& error) {
      if (size != 0) finding(error.what());
    }
  }
  if (numbers + covered != bytes.data() + bytes.size()) finding("bytes are left over");
  return tensors;
}

void write_and_read(const std::vector<NamedTensor>& tensors, const Metadata& metadata) {
  const Safetensors again(safetensors_bytes(tensors, {.metadata = metadata}), "again");
  if (again.metadata() != metadata || again.entries().size() != tensors.size())
    finding("metadata or entries are lost when written");
  for (const NamedTensor& x : tensors)
    if (!same(again.read(x.name), x.tensor)) finding(fmt::format("'{}' is not the same", x.name));
}

void load(const std::string& bytes, const std::vector<NamedTensor>& tensors, LoadOptions options) {
  const MemoryFile file(bytes);
  Rng rng(1);
  Linear model(3, 2, rng);
  const auto numbers = [&] {
    return std::vector<Tensor>{model.weight.value(), model.bias.value()};
  };
  std::vector<Tensor> want = numbers();
  bool loaded = true;
  try {
    load(model, file.path(), options);
    for (const NamedTensor& x : tensors) {
      if (x.name == "weight" && x.tensor.shape() == want[0].shape()) want[0] = x.tensor;
      if (x.name == "bias" && x.tensor.shape() == want[1].shape()) want[1] = x.tensor;
    }
  } catch (const Error&) {
    loaded = false;
  }
  if (!same(numbers()[0], want[0]) || !same(numbers()[1], want[1]))
    finding(loaded ? "a model has other numbers than its file" : "a refused file changed a model");
}

// The made-up bytes are a whole file, or a header and numbers with the header's length put before them.
std::string file_of(Bytes& in) {
  const bool whole = in.below(4) == 3;
  const std::size_t numbers = std::size_t(in.byte());
  const std::string rest = in.rest();
  if (whole) return rest;
  const std::uint64_t length = rest.size() - std::min(numbers, rest.size());
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + rest;
}

void read(Bytes& in) {
  const std::string bytes = file_of(in);
  std::vector<NamedTensor> tensors;
  try {
    const Safetensors file({bytes.begin(), bytes.end()}, "x");
    tensors = checked(file, bytes);
    write_and_read(tensors, file.metadata());
  } catch (const Error& error) {
    check_line(error.what(), "Safetensors: x: ");
  }
  load(bytes, tensors, {});
  load(bytes, tensors, {.strict = false});
}

}  // namespace
}  // namespace locus::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  locus::fuzz::Bytes in(data, size);
  locus::fuzz::read(in);
  return 0;
}
