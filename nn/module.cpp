#include "nn/module.h"

#include "autograd/node.h"

namespace locus {

void Registry::parameter(const std::string& name, Variable& parameter) {
  if (seen_.insert(Node::of(parameter).get()).second)
    parameters_.push_back({path_ + name, parameter});
}

void Registry::module(const std::string& name, Module& module) {
  const std::string outer = path_;
  path_ += name + ".";
  others_.push_back({path_ + "training", &module.training_});
  module.register_members(*this);
  path_ = outer;
}

void Registry::rng(const std::string& name, Rng& rng) { others_.push_back({path_ + name, &rng}); }

// A const module is only read through what is collected here.
Registry Module::members() const {
  Module& module = const_cast<Module&>(*this);
  Registry registry;
  registry.others_.push_back({"training", &module.training_});
  module.register_members(registry);
  return registry;
}

std::vector<NamedParameter> Module::parameters() const { return members().parameters_; }

std::vector<State> Module::state() {
  const Registry registry = members();
  std::vector<State> state;
  for (const auto& [name, variable] : registry.parameters_) state.push_back({name, variable});
  state.insert(state.end(), registry.others_.begin(), registry.others_.end());
  return state;
}

Index Module::parameter_count() const {
  Index count = 0;
  for (const auto& [name, variable] : parameters()) count += variable.value().size();
  return count;
}

void Module::name_parameters() {
  for (auto& [name, variable] : parameters()) Variable(variable).set_name(name);
}

void Module::train(bool on) {
  for (const State& state : members().others_) {
    if (bool* const* training = std::get_if<bool*>(&state.at)) **training = on;
  }
}

}  // namespace locus
