// Bytes: what libFuzzer makes up, taken one choice at a time. Where they end, every choice is 0.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <string>
#include <string_view>

#include "tensor/real.h"

// Requests beyond 1 GB come back as null, as they would where memory ends, and are to be reported. Not
// inline, a target being one source: of two weak definitions the sanitizer's own would be taken.
extern "C" const char* __asan_default_options() {
  return "allocator_may_return_null=1:max_allocation_size_mb=1024";
}

namespace locus::fuzz {

class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : next_(data), end_(data + size) {}

  bool end() const { return next_ == end_; }
  int byte() { return end() ? 0 : *next_++; }
  int below(int bound) { return byte() % bound; }
  bool flip() { return byte() & 1; }
  Index one_of(std::initializer_list<Index> values) {
    return values.begin()[below(int(values.size()))];
  }
  std::string rest() {
    const std::string text(next_, end_);
    next_ = end_;
    return text;
  }

 private:
  const std::uint8_t *next_, *end_;
};

// Says what is wrong and ends the program, by which libFuzzer knows a finding.
[[noreturn]] inline void finding(const std::string& message) {
  fmt::print(stderr, "finding: {}\n", message);
  std::abort();
}

// What is refused is told in one line that begins with the function's name.
inline void check_line(const std::string& line, std::string_view beginning,
                       std::size_t longest = 600) {
  if (!line.starts_with(beginning) || line.find('\n') != line.npos || line.size() > longest)
    finding(line);
}

}  // namespace locus::fuzz
