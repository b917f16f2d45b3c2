// Optimizers: from gradients to steps. Each keeps its parameters and what it remembers of them.
#pragma once

#include <limits>

#include "nn/module.h"

namespace locus {

class Optimizer {
 public:
  virtual ~Optimizer() = default;

  // Changes every parameter that has a gradient; the others stay as they are.
  // Throws when the rate is not finite or below 0, or when memory ends; then nothing has changed.
  virtual void step() = 0;
  void clear_grad();  // before the next backward, which adds to what is there

  // The rate, what it remembers of each parameter, such as "average.tokens.weight", and its options.
  virtual std::vector<State> state();

  real rate;  // learning rate; a schedule sets it before each step

 protected:
  // Throws for no parameters, one given twice or that is no leaf, or a rate that step would refuse.
  Optimizer(std::vector<Parameter> parameters, real rate);

  // What a step does before it changes anything: checks the rate, and gives numbers that another
  // tensor shares to their parameter alone, so that changing them asks for no memory.
  void prepare();

  std::vector<Parameter> parameters_;
};

struct SgdOptions {
  real rate = std::numeric_limits<real>::quiet_NaN();  // must be given
  real momentum = 0;                                   // share of the last step that goes on
  bool nesterov = false;  // look ahead along the momentum      [Sutskever et al. 2013]
  real weight_decay = 0;  // adds this times the parameter to its gradient
};

// v = momentum v + g;  x -= rate v,  or with nesterov  x -= rate (g + momentum v)
class Sgd : public Optimizer {
 public:
  Sgd(std::vector<Parameter> parameters, SgdOptions options);
  void step() override;
  std::vector<State> state() override;

 private:
  SgdOptions options_;
  std::vector<Tensor> velocity_;
};

struct AdamOptions {
  real rate = std::numeric_limits<real>::quiet_NaN();  // must be given
  real beta1 = real(0.9), beta2 = real(0.999);
  real epsilon = real(1e-8);
  real weight_decay = 0;
};

// m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g²,  x -= rate m̂ / (√v̂ + epsilon)
// with m̂ = m / (1 - beta1^t), v̂ = v / (1 - beta2^t).              [Kingma & Ba 2015, algorithm 1]
// Weight decay is added to the gradient, and so is scaled like it.
class Adam : public Optimizer {
 public:
  Adam(std::vector<Parameter> parameters, AdamOptions options);
  void step() override;
  std::vector<State> state() override;

 protected:
  Adam(std::vector<Parameter> parameters, AdamOptions options, bool decoupled);

 private:
  AdamOptions options_;
  bool decoupled_;
  std::vector<Tensor> average_, square_;
  std::vector<Index> steps_;  // of each parameter: one may get its first gradient late
};

// Adam whose weight decay is decoupled: also x -= rate weight_decay x. [Loshchilov & Hutter 2019]
class AdamW : public Adam {
 public:
  AdamW(std::vector<Parameter> parameters, AdamOptions options)
      : Adam(std::move(parameters), options, /*decoupled=*/true) {}
};

// Scales all gradients together so that their norm is at most max_norm. Returns the norm before.
// Throws when the norm is not finite: the parameters would be lost.       [Pascanu et al. 2013]
// When memory ends, it throws before any gradient was scaled.
real clip_gradients(const std::vector<Parameter>& parameters, real max_norm);

}  // namespace locus
