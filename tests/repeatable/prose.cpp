// A hundred steps of the model of 18_prose on a text that never changes, five times: twice with one
// thread, then with 2, 3 and 7. Prints a hash of all parameters and fails unless it is the same each time.
//   prose_hash [--golden FILE]      and the one that FILE has for the kernels in use, where it has one
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

#include "examples/support/flags.h"
#include "examples/support/prose.h"
#include "tensor/kernels/kernels.h"
#include "tensor/parallel.h"

using namespace locus;
using namespace locus::course;

// FNV-1a, 64 bits, over the bytes of the parameters in their order.
static std::uint64_t hash_of(Module& model) {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (const NamedParameter& parameter : model.parameters()) {
    for (const real number : parameter.variable.value()) {
      unsigned char bytes[sizeof number];
      std::memcpy(bytes, &number, sizeof number);
      for (const unsigned char byte : bytes) hash = (hash ^ byte) * 0x100000001B3;
    }
  }
  return hash;
}

static std::string trained(const Text& text, int thread_count) {
  set_threads(thread_count);
  Rng rng(18);
  Transformer model = prose_model(text, PositionKind::learned, rng);
  const std::uint64_t before = hash_of(model);
  const real loss = train_prose(model, text, /*steps=*/100, rng);
  check(loss < 3 && hash_of(model) != before,
        "prose_hash: a hundred steps must learn, got the loss {}.", loss);
  return fmt::format("{:016x}", hash_of(model));
}

// Lines of "kernels hash"; a # begins a comment. Empty where there is none for the kernels in use.
static std::string golden_hash(const std::string& path) {
#ifndef __x86_64__  // elsewhere "baseline" is another set
  return "";
#endif
  std::ifstream file(path);
  check(file.good(), "prose_hash: '{}' must be readable.", path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name, hash;
    if (words >> name >> hash && name == kernels().name) return hash;
  }
  return "";
}

int main(int argc, char** argv) try {
  std::string golden;
  Flags flags("prose_hash", "A hash of the parameters of 18_prose after a hundred steps.");
  flags.add("--golden", golden, "a file of lines \"kernels hash\" to compare with");
  flags.parse(argc, argv);
  const Text text({LOCUS_SOURCE_DIR "/tests/repeatable/text.txt"}, prose_length + 1);
  const std::string want = golden.empty() ? "" : golden_hash(golden);
  const std::string first = trained(text, 1);
  fmt::print("{} {}\n", kernels().name, first);
  std::fflush(stdout);
  bool ok = true;
  for (const int threads : {1, 2, 3, 7}) {
    const std::string again = trained(text, threads);
    if (again == first) continue;
    fmt::print("FAIL with {} threads: {}\n", threads, again);
    ok = false;
  }
  if (!want.empty() && want != first) {
    fmt::print("FAIL: {} has {}\n", golden, want);
    ok = false;
  }
  return ok ? 0 : 1;
} catch (const std::exception& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 2;
}
