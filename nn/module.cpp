#include "nn/module.h"

namespace locus {

void Module::collect(const std::string& path, std::vector<Parameter>& all) {
  parts({
      .parameter =
          [&](const std::string& name, Variable& variable) {
            all.push_back({path + name, variable});
          },
      .module = [&](const std::string& name,
                    Module& module) { module.collect(path + name + ".", all); },
  });
}

std::vector<Parameter> Module::parameters() {
  std::vector<Parameter> all;
  collect("", all);
  return all;
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
