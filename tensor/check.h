// check(condition, message, args...): the one way a caller's mistake is reported.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>

namespace locus {

// What every function of the library throws when it is called wrongly.
// The message reads: `<function>: <what must hold>, got <what came>. <what to do>.`
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

[[noreturn]] void fail(const std::string& message);

// Throws Error with the formatted message unless the condition holds.
template <class... Args>
void check(bool condition, fmt::format_string<Args...> message, Args&&... args) {
  if (!condition) [[unlikely]] {
    fail(fmt::format(message, std::forward<Args>(args)...));
  }
}

}  // namespace locus
