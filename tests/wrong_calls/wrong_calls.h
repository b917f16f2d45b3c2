// A catalogue of wrong calls: each line is a call and the whole message that answers it. Whatever the
// call, its message has its parts, and nothing it was given has changed.
#pragma once

#include "nn/module.h"
#include "tests/support.h"

namespace locus {

// What calls are given that they cannot want.
inline constexpr real nan = std::numeric_limits<real>::quiet_NaN();
inline constexpr Index huge = PTRDIFF_MAX;
inline constexpr Index most_numbers = PTRDIFF_MAX / Index(sizeof(real));

struct WrongCall {
  std::string text;  // of the call
  std::function<void()> call;
  std::string message;
  std::string part = {};  // of what was called, which the message names instead
};

// The call's text, for looking up in it what the message names, and the call itself.
#define CALL(...) #__VA_ARGS__, [&] { __VA_ARGS__; }

// Everything there is to know of what calls are given, as bytes.
inline void append(std::string& all, const void* from, std::size_t bytes) {
  all.append(static_cast<const char*>(from), bytes);
}
inline void append(std::string& all, const Shape& shape) { all += fmt::format("{}", shape); }
inline void append(std::string& all, const Tensor& x) {
  append(all, x.shape());
  if (!x.empty()) append(all, x.begin(), std::size_t(x.size()) * sizeof(real));
}
inline void append(std::string& all, const Indices& ids) {
  append(all, ids.shape());
  for (const Index id : ids) append(all, &id, sizeof id);
}
inline void append(std::string& all, const Variable& x) {
  if (!x) return;
  append(all, x.value()), append(all, x.grad());
  all += x.name() + (x.requires_grad() ? " wants a gradient" : " is constant");
}
inline void append(std::string& all, Module& module) {
  all += module.training() ? "training" : "evaluating";
  for (const NamedParameter& parameter : module.parameters()) {
    all += parameter.name;
    append(all, parameter.variable);
  }
}
inline void append(std::string& all, const Rng& rng) {
  for (const std::uint64_t part : {rng.seed(), rng.counter()}) append(all, &part, sizeof part);
}

// bits_of(matrix, ids, model, ..)()
template <class... Things>
std::function<std::string()> bits_of(Things&... things) {
  return [&] {
    std::string all;
    (append(all, things), ...);
    return all;
  };
}

// Makes each call: it must throw its message, which begins with the function that was called, says what
// came, and ends as a sentence; the bits must stay the same.
void expect_refused(const std::vector<WrongCall>& calls, const std::function<std::string()>& bits);

}  // namespace locus
