// Module: something that holds parameters. A module lists its parts once, in parts(); naming,
// counting, saving, and switching between training and evaluation all follow from that list.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "nn/state.h"

namespace locus {

struct Parameter {
  std::string name;  // the path to it, such as "blocks.0.attention.qkv.weight"
  Variable variable;
};

class Module {
 public:
  Module() = default;
  virtual ~Module() = default;
  Module(Module&&) = default;  // not copied: two copies would share their parameters
  Module& operator=(Module&&) = default;

  // In the order of parts(). One that several modules share is listed once, by its first name.
  std::vector<Parameter> parameters();
  Index parameter_count();  // numbers in all of them
  // The parameters, the random numbers that parts draw from, and which parts are in training.
  std::vector<State> state();
  void name_parameters();  // gives every Variable its path as name, for messages

  // Training and evaluation differ only where a module says so (Dropout). They start in training.
  void train(bool on = true);
  void evaluate() { train(false); }
  bool training() const { return training_; }

 protected:
  // Receives what a module is made of.
  struct Parts {
    std::function<void(const std::string& name, Variable&)> parameter;
    std::function<void(const std::string& name, Module&)> module;
    std::function<void(const std::string& name, Rng&)> rng;  // that it draws from later on
  };
  virtual void parts(const Parts& parts) = 0;

 private:
  struct Collected;
  void collect(const std::string& path, Collected& all);

  bool training_ = true;
};

}  // namespace locus
