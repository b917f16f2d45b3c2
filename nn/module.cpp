#include "nn/module.h"

#include <set>

#include "autograd/record.h"

namespace locus {

struct Module::Collected {
  std::vector<Parameter> parameters;
  std::vector<State> others;
  std::set<const Node*> seen;
};

void Module::collect(const std::string& path, Collected& all) {
  all.others.push_back({path + "training", &training_});
  parts({
      .parameter =
          [&](const std::string& name, Variable& variable) {
            if (all.seen.insert(Node::of(variable).get()).second) {
              all.parameters.push_back({path + name, variable});
            }
          },
      .module = [&](const std::string& name,
                    Module& module) { module.collect(path + name + ".", all); },
      .rng =
          [&](const std::string& name, Rng& rng) {
            all.others.push_back({path + name, &rng});
          },
  });
}

std::vector<Parameter> Module::parameters() {
  Collected all;
  collect("", all);
  return all.parameters;
}

std::vector<State> Module::state() {
  Collected all;
  collect("", all);
  std::vector<State> state;
  for (const Parameter& parameter : all.parameters)
    state.push_back({parameter.name, parameter.variable});
  state.insert(state.end(), all.others.begin(), all.others.end());
  return state;
}

Index Module::parameter_count() {
  Index count = 0;
  for (const Parameter& parameter : parameters()) count += parameter.variable.value().size();
  return count;
}

void Module::name_parameters() {
  for (Parameter& parameter : parameters()) parameter.variable.set_name(parameter.name);
}

void Module::train(bool on) {
  training_ = on;
  parts({
      .parameter = [](const std::string&, Variable&) {},
      .module = [on](const std::string&, Module& module) { module.train(on); },
      .rng = [](const std::string&, Rng&) {},
  });
}

}  // namespace locus
