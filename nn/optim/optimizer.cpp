#include "nn/optim/optimizer.h"

#include <cmath>
#include <set>

#include "autograd/node.h"
#include "tensor/kernels/kernels.h"

namespace locus {

Optimizer::Optimizer(std::vector<NamedParameter> parameters, double learning_rate_)
    : learning_rate(real(learning_rate_)), parameters_(std::move(parameters)) {
  check(!parameters_.empty(), "Optimizer: at least one parameter, got none. {}",
        "A module's parameters() lists them.");
  check(
      std::isfinite(learning_rate) && learning_rate >= 0,
      "Optimizer: a finite learning rate of 0 or more, got {}. Give .learning_rate in the options.",
      learning_rate);
  std::set<const Node*> seen;
  for (const NamedParameter& parameter : parameters_) {
    check(parameter.variable && Node::of(parameter.variable)->is_leaf(),
          "Optimizer: every parameter must be a leaf, got '{}', which is not. {}", parameter.name,
          "Parameter makes one.");
    check(seen.insert(Node::of(parameter.variable).get()).second,
          "Optimizer: every parameter once, got '{}' twice. It would be stepped twice.",
          parameter.name);
  }
}

void Optimizer::zero_grad() {
  for (NamedParameter& parameter : parameters_) parameter.variable.zero_grad();
}

void Optimizer::prepare() {
  check(std::isfinite(learning_rate) && learning_rate >= 0,
        "step: a finite learning rate of 0 or more, got {}. Set .learning_rate before.",
        learning_rate);
  for (const NamedParameter& parameter : parameters_) {
    if (parameter.variable.has_grad()) Node::of(parameter.variable)->value.data();
  }
}

std::vector<State> Optimizer::state() { return {{"learning_rate", &learning_rate}}; }

// One zero tensor per parameter.
static std::vector<Tensor> zeros_like(const std::vector<NamedParameter>& parameters) {
  std::vector<Tensor> zeros;
  for (const NamedParameter& parameter : parameters) zeros.emplace_back(parameter.variable.shape());
  return zeros;
}

static void check_decay(double decay, const char* function) {
  check(std::isfinite(decay) && decay >= 0, "{}: a finite weight decay of 0 or more, got {}.",
        function, decay);
}

Sgd::Sgd(std::vector<NamedParameter> parameters, SgdOptions options)
    : Optimizer(std::move(parameters), options.learning_rate), options_(options),
      velocity_(zeros_like(parameters_)) {
  check(0 <= options.momentum && options.momentum < 1, "Sgd: a momentum in [0, 1), got {}.",
        options.momentum);
  check_decay(options.weight_decay, "Sgd");
}

// First all changes are computed, then all are made.
void Sgd::step() {
  prepare();
  const real momentum = real(options_.momentum), weight_decay = real(options_.weight_decay);
  std::vector<Tensor> velocity = velocity_, change(parameters_.size());
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Variable& x = parameters_[i].variable;
    if (!x.has_grad()) continue;
    Tensor g = x.grad();
    if (weight_decay != 0) g = g + x.value() * weight_decay;
    Tensor& v = velocity[i];
    v = v * momentum + g;
    const Tensor direction = options_.nesterov ? g + v * momentum : v;
    change[i] = direction * -learning_rate;
  }
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Variable& x = parameters_[i].variable;
    if (x.has_grad()) add_in_place(x.mutable_value(), change[i]);
    velocity_[i] = std::move(velocity[i]);  // each in its place: state() points at them
  }
}

std::vector<State> Sgd::state() {
  std::vector<State> state = Optimizer::state();
  state.push_back(setting("momentum", real(options_.momentum)));
  state.push_back(setting("nesterov", options_.nesterov));
  state.push_back(setting("weight_decay", real(options_.weight_decay)));
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    state.push_back({"velocity." + parameters_[i].name, &velocity_[i]});
  return state;
}

Adam::Adam(std::vector<NamedParameter> parameters, AdamOptions options)
    : Adam(std::move(parameters), options, false) {}

Adam::Adam(std::vector<NamedParameter> parameters, AdamOptions options, bool decoupled)
    : Optimizer(std::move(parameters), options.learning_rate), options_(options),
      decoupled_(decoupled), average_(zeros_like(parameters_)), square_(zeros_like(parameters_)),
      steps_(parameters_.size(), 0) {
  check(0 <= options.beta1 && options.beta1 < 1 && 0 <= options.beta2 && options.beta2 < 1,
        "Adam: betas in [0, 1), got {} and {}.", options.beta1, options.beta2);
  check(std::isfinite(options.epsilon) && options.epsilon >= 0,
        "Adam: a finite epsilon of 0 or more, got {}.", options.epsilon);
  check_decay(options.weight_decay, "Adam");
}

void Adam::step() {
  prepare();
  const real weight_decay = real(options_.weight_decay);
  const bool coupled = !decoupled_ && weight_decay != 0;
  std::vector<Tensor> gradients;  // with the decay; computed before anything changes
  for (const auto& [name, x] : parameters_) {
    const bool decays = coupled && x.has_grad();
    gradients.push_back(decays ? x.grad() + x.value() * weight_decay : x.grad());
  }
  for (std::size_t i = 0; i < parameters_.size(); ++i) {  // a copy of this optimizer shared them
    average_[i].data(), square_[i].data();
  }
  AdamStep step = {
      .learning_rate = learning_rate,
      .beta1 = real(options_.beta1),
      .beta2 = real(options_.beta2),
      .epsilon = real(options_.epsilon),
      .correction1 = 1,
      .correction2 = 1,
      .weight_decay = decoupled_ ? weight_decay : 0,
  };
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Variable& x = parameters_[i].variable;
    if (!x.has_grad()) continue;
    // In double: 1 - beta2^t is 0.001 at first, and float would lose digits of it.
    const double t = double(++steps_[i]);
    step.correction1 = real(1 / (1 - std::pow(double(step.beta1), t)));
    step.correction2 = real(1 / (1 - std::pow(double(step.beta2), t)));
    adam_update(x.mutable_value(), average_[i], square_[i], gradients[i], step);
  }
}

std::vector<State> Adam::state() {
  std::vector<State> state = Optimizer::state();
  state.push_back(setting("beta1", real(options_.beta1)));
  state.push_back(setting("beta2", real(options_.beta2)));
  state.push_back(setting("epsilon", real(options_.epsilon)));
  state.push_back(setting("weight_decay", real(options_.weight_decay)));
  state.push_back(setting("decoupled", decoupled_));
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const std::string& name = parameters_[i].name;
    state.push_back({"average." + name, &average_[i]});
    state.push_back({"square." + name, &square_[i]});
    state.push_back({"steps." + name, &steps_[i]});
  }
  return state;
}

real clip_grad_norm(const std::vector<NamedParameter>& parameters, double max_norm) {
  check(max_norm > 0, "clip_grad_norm: a norm above 0, got {}.", max_norm);
  double squares = 0;
  for (const NamedParameter& parameter : parameters) {
    for (const real g : parameter.variable.grad()) squares += double(g) * double(g);
  }
  const real norm = real(std::sqrt(squares)), most = real(max_norm);
  check(std::isfinite(norm), "clip_grad_norm: the norm must be finite, got {}. {}", norm,
        "backward({.find_nan = true}) names the op it comes from.");
  if (norm <= most) return norm;
  std::vector<std::pair<Variable, Tensor>> clipped;
  for (const auto& [name, x] : parameters) {
    if (x.has_grad()) clipped.emplace_back(x, x.grad() * (most / norm));
  }
  for (auto& [x, gradient] : clipped) x.set_grad(std::move(gradient));
  return norm;
}

}  // namespace locus
