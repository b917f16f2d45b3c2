#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "autograd/ops.h"
#include "nn/module.h"
#include "nn/owned.h"

namespace locus {

// Activation functions as layers, for Sequential.
struct Relu {
  Variable operator()(const Variable& x) const { return relu(x); }
};
struct Gelu {
  Variable operator()(const Variable& x) const { return gelu(x); }
};
struct Tanh {
  Variable operator()(const Variable& x) const { return tanh(x); }
};

// Layers one after the other: Sequential net(Linear(2, 8, rng), Tanh(), Linear(8, 1, rng)).
// A layer is anything that can be copied and called with a Variable: a module, which is listed under
// its index ("0", "1", ...), or a function. For a list of modules of one type that are not simply
// chained, hold a std::vector and register it with Registry::modules.
class Sequential : public Module {
 public:
  template <class... Layers>
  explicit Sequential(Layers... layers) {
    (append(std::move(layers)), ...);
  }
  template <class Layer>
  void append(Layer layer) {
    steps_.push_back(std::make_unique<Holding<Layer>>(std::move(layer)));
  }

  Variable operator()(const Variable& x) const {
    Variable y = x;
    for (const Owned<Step>& step : steps_) y = step->call(y);
    return y;
  }

 protected:
  void register_members(Registry& registry) override {
    for (std::size_t i = 0; i < steps_.size(); ++i)
      steps_[i]->register_in(registry, std::to_string(i));
  }

 private:
  struct Step {
    virtual ~Step() = default;
    virtual Variable call(const Variable& x) const = 0;
    virtual void register_in(Registry& registry, const std::string& name) = 0;
    virtual std::unique_ptr<Step> clone() const = 0;
  };
  template <class Layer>
  struct Holding : Step {
    Layer layer;

    explicit Holding(Layer l) : layer(std::move(l)) {}
    Variable call(const Variable& x) const override { return layer(x); }
    void register_in(Registry& registry, const std::string& name) override {
      if constexpr (std::derived_from<Layer, Module>) registry.module(name, layer);
    }
    std::unique_ptr<Step> clone() const override { return std::make_unique<Holding>(*this); }
  };

  std::vector<Owned<Step>> steps_;
};

}  // namespace locus
