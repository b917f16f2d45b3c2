#include "nn/module.h"

#include <set>

#include "autograd/record.h"

namespace locus {

struct Module::Collected {
  std::vector<Parameter> list;
  std::set<const Node*> seen;
};

void Module::collect(const std::string& path, Collected& all) {
  parts({
      .parameter =
          [&](const std::string& name, Variable& variable) {
            if (all.seen.insert(Node::of(variable).get()).second) {
              all.list.push_back({path + name, variable});
            }
          },
      .module = [&](const std::string& name,
                    Module& module) { module.collect(path + name + ".", all); },
  });
}

std::vector<Parameter> Module::parameters() {
  Collected all;
  collect("", all);
  return all.list;
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
  });
}

}  // namespace locus
