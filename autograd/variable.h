// Variable: a handle to a node of the graph. A node holds a tensor, how it was computed, and, for a
// leaf that wants one, its gradient. Copying a Variable copies the handle; both name the same node.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tensor/math.h"
#include "tensor/tensor.h"

namespace locus {

struct Node;

struct BackwardOptions {
  bool keep_graph = false;  // so that a second backward can run through it
  bool find_nan = false;    // throws at the first op whose gradient is not finite; slower
};

class Variable {
 public:
  Variable() = default;    // no node: only good for being assigned to
  Variable(Tensor value);  // a constant: a leaf that no gradient flows to
  // A leaf; gradients flow to it when requires_grad. The name appears in messages and drawings.
  Variable(Tensor value, bool requires_grad, std::string name = "variable");

  const Tensor& value() const;
  const Shape& shape() const { return value().shape(); }
  real item() const { return value().item(); }  // the only element; throws unless there is one
  const std::string& name() const;              // a leaf's name, or that of the op
  bool requires_grad() const;                   // whether gradients flow to it
  explicit operator bool() const { return node_ != nullptr; }

  // Replaces a leaf's value. A graph that was built with the old one can no longer run backward:
  // it throws and names this leaf.       Throws when this is no leaf, or when the shape differs.
  void set_value(Tensor value);
  // The value for changing in place, under the same conditions. For optimizers. Do not keep the
  // reference: a write after the leaf was used again would not be noticed.
  Tensor& mutable_value();
  void set_name(std::string name);

  // The gradient accumulated by backward() since the last zero_grad(). An empty tensor of shape (0)
  // when none has arrived.
  const Tensor& grad() const;
  bool has_grad() const { return grad().shape() == shape(); }
  void set_grad(Tensor grad);  // e.g. clipped;      throws when the shape is not that of value()
  void zero_grad();            // has_grad() is false afterwards

  // Adds d this / d leaf to the gradient of every leaf that requires one. Frees the graph behind it.
  // Throws when this is not one element, when nothing requires a gradient, when the graph was freed
  // before, or when a leaf was changed after it was used; then no gradient has been touched, but
  // the part of the graph that was visited is freed. Graphs that share leaves take turns: one
  // backward at a time.
  void backward(BackwardOptions options = {}) const;

  Variable detach() const { return Variable(value()); }  // the same value, a constant

 private:
  friend struct Node;
  friend class Engine;
  explicit Variable(std::shared_ptr<Node> node) : node_(std::move(node)) {}

  std::shared_ptr<Node> node_;
};

// A Variable that is learned, such as a weight: a leaf that requires a gradient, and a value. Copying
// a Parameter makes a leaf of its own with the same elements and no gradient, so a copied module
// trains alone. As a Variable (a function's argument, an element of a list) it is the same node.
class Parameter : public Variable {
 public:
  Parameter() = default;
  explicit Parameter(Tensor value, std::string name = "parameter")
      : Variable(std::move(value), /*requires_grad=*/true, std::move(name)) {}
  Parameter(const Parameter& other);
  Parameter(Parameter&&) noexcept = default;
  Parameter& operator=(Parameter other) noexcept {
    static_cast<Variable&>(*this) = std::move(other);
    return *this;
  }
};

struct GradientOptions {
  bool differentiable = false;  // whether the gradients get a graph of their own, to derive again
  bool keep_graph = false;      // implied by differentiable
};
// d y / d x for every x in xs, zero where y does not depend on x. No .grad() changes. Goes through all
// of the graph behind y, also behind xs, and frees it, as backward does.
// Throws when y is not one element or a constant, when an x requires no gradient, or when differentiable
// ones are asked for while a NoGrad guard lives.                             -> same shapes as xs
std::vector<Variable> gradients(const Variable& y, const std::vector<Variable>& xs,
                                GradientOptions options = {});

// While one lives, its thread records nothing: results are constants. For inference.
class NoGrad {
 public:
  NoGrad();
  ~NoGrad();
  NoGrad(const NoGrad&) = delete;
  NoGrad& operator=(const NoGrad&) = delete;

 private:
  bool before_;
};
bool recording();  // whether ops are being recorded on this thread

std::ostream& operator<<(std::ostream& out, const Variable& x);  // its value

}  // namespace locus

// Prints the value: fmt::print("{}", x). {:.2f} and the like apply to every element.
template <>
struct fmt::formatter<locus::Variable> : fmt::formatter<locus::Tensor> {
  fmt::format_context::iterator format(const locus::Variable& x, fmt::format_context& out) const {
    return fmt::formatter<locus::Tensor>::format(x.value(), out);
  }
};
template <>
struct fmt::formatter<locus::Parameter> : fmt::formatter<locus::Variable> {};
