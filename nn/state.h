// State: what a module, an optimizer or a schedule must remember for a run to go on as if it had
// never stopped. Its owner lists it once; nn/io/checkpoint.h saves, compares and loads by that list.
#pragma once

#include <fmt/format.h>

#include <string>
#include <variant>

#include "autograd/variable.h"
#include "tensor/random.h"

namespace locus {

struct State {
  std::string name;  // such as "average.tokens.weight"
  // Where it is kept. A word is a setting: nothing to load, but a run goes on with the same one.
  std::variant<Variable, Tensor*, real*, Index*, bool*, Rng*, std::string> at;
};

// In the fewest digits that tell it from every other number of its type.
template <class Number>
State setting(const std::string& name, Number value) {
  return {name, fmt::format("{}", value)};
}

}  // namespace locus
