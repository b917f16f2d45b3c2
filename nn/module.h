// Module: something that holds parameters. A module lists its members once, in register_members();
// naming, counting, saving, and switching between training and evaluation all follow from that list.
// Modules are values: a copy has parameters of its own and trains alone.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "nn/state.h"

namespace locus {

class Module;

struct NamedParameter {
  std::string name;  // the path to it, such as "blocks.0.attention.qkv.weight"
  Variable variable;
};

// Receives the members of a module, in the order in which they are to be listed.
class Registry {
 public:
  // Declare parameters as Parameter, so that a copy of the module has its own.
  void parameter(const std::string& name, Variable& parameter);
  void module(const std::string& name, Module& module);
  template <class M>  // a list of modules: name.0, name.1, ...
  void modules(const std::string& name, std::vector<M>& modules) {
    for (std::size_t i = 0; i < modules.size(); ++i)
      module(fmt::format("{}.{}", name, i), modules[i]);
  }
  void rng(const std::string& name, Rng& rng);  // that the module draws from later on

 private:
  friend class Module;
  std::string path_;
  std::vector<NamedParameter> parameters_;
  std::vector<State> others_;  // random states, and which modules are in training
  std::set<const Node*> seen_;
};

class Module {
 public:
  virtual ~Module() = default;

  // In the order of register_members(). One that several modules share is listed once, by its first
  // name. The Variables of a const module, too, may be changed: they are handles.
  std::vector<NamedParameter> parameters() const;
  Index parameter_count() const;  // elements of all of them
  // The parameters, the random states that members draw from, and which modules are in training.
  std::vector<State> state();
  void name_parameters();  // gives every Variable its path as name, for messages

  // Training and evaluation differ only where a module says so (Dropout). They start in training.
  void train(bool on = true);
  void eval() { train(false); }
  bool training() const { return training_; }

 protected:
  virtual void register_members(Registry& registry) = 0;

 private:
  friend class Registry;
  Registry members() const;

  bool training_ = true;
};

}  // namespace locus
