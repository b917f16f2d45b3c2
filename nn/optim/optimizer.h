// Optimizers: from gradients to steps. Each keeps its parameters and what it remembers of them.
#pragma once

#include <limits>
#include <type_traits>

#include "nn/module.h"

namespace locus {

// So that Adam(parameters, 0.05) is a learning rate, and Adam(parameters, {}) are options without one.
template <class N>
concept Number = std::is_arithmetic_v<N>;

class Optimizer {
 public:
  virtual ~Optimizer() = default;

  // Changes every parameter that has a gradient; the others stay as they are.
  // Throws when the rate is not finite or below 0, or when memory ends; then nothing has changed.
  virtual void step() = 0;
  void zero_grad();  // before the next backward, which adds to what is there

  // The learning rate, the averages kept of each parameter, such as "average.tokens.weight", and the
  // options.
  virtual std::vector<State> state();

  real learning_rate;  // a schedule sets it before each step

 protected:
  // Throws for no parameters, one given twice or that is no leaf, or a learning rate that step would refuse.
  Optimizer(std::vector<NamedParameter> parameters, double rate);

  // What a step does before it changes anything: checks the rate, and gives numbers that another
  // tensor shares to their parameter alone, so that changing them asks for no memory.
  void prepare();

  std::vector<NamedParameter> parameters_;
};

// Options are double in both libraries, so that either type can be given; steps are taken in `real`.
struct SgdOptions {
  double learning_rate = std::numeric_limits<double>::quiet_NaN();  // must be given
  double momentum = 0;      // share of the last step that goes on
  bool nesterov = false;    // look ahead along the momentum      [Sutskever et al. 2013]
  double weight_decay = 0;  // adds this times the parameter to its gradient
};

// v = momentum v + g;  x -= learning_rate v,  or with nesterov  x -= learning_rate (g + momentum v)
class Sgd : public Optimizer {
 public:
  Sgd(std::vector<NamedParameter> parameters, SgdOptions options);
  template <Number N>
  Sgd(std::vector<NamedParameter> parameters, N rate)
      : Sgd(std::move(parameters), SgdOptions{.learning_rate = double(rate)}) {}
  void step() override;
  std::vector<State> state() override;

 private:
  SgdOptions options_;
  std::vector<Tensor> velocity_;
};

struct AdamOptions {
  double learning_rate = std::numeric_limits<double>::quiet_NaN();  // must be given
  double beta1 = 0.9, beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;
};

// m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g²,  x -= learning_rate m̂ / (√v̂ + epsilon)
// with m̂ = m / (1 - beta1^t), v̂ = v / (1 - beta2^t).              [Kingma & Ba 2015, algorithm 1]
// Weight decay is added to the gradient, and so is scaled like it.
class Adam : public Optimizer {
 public:
  Adam(std::vector<NamedParameter> parameters, AdamOptions options);
  template <Number N>
  Adam(std::vector<NamedParameter> parameters, N rate)
      : Adam(std::move(parameters), AdamOptions{.learning_rate = double(rate)}) {}
  void step() override;
  std::vector<State> state() override;

 protected:
  Adam(std::vector<NamedParameter> parameters, AdamOptions options, bool decoupled);

 private:
  AdamOptions options_;
  bool decoupled_;
  std::vector<Tensor> average_, square_;
  std::vector<Index> steps_;  // of each parameter: one may get its first gradient late
};

// Adam whose weight decay is decoupled: also x -= learning_rate weight_decay x. [Loshchilov & Hutter 2019]
class AdamW : public Adam {
 public:
  AdamW(std::vector<NamedParameter> parameters, AdamOptions options)
      : Adam(std::move(parameters), options, /*decoupled=*/true) {}
  template <Number N>
  AdamW(std::vector<NamedParameter> parameters, N rate)
      : AdamW(std::move(parameters), AdamOptions{.learning_rate = double(rate)}) {}
};

// Scales all gradients together so that their norm is at most max_norm. Returns the norm before.
// Throws when the norm is not finite: the parameters would be lost.       [Pascanu et al. 2013]
// When memory ends, it throws before any gradient was scaled.
real clip_grad_norm(const std::vector<NamedParameter>& parameters, double max_norm);

}  // namespace locus
