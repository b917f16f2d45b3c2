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
  // A leaf that gradients flow to, such as a weight. The name appears in messages and drawings.
  static Variable parameter(Tensor value, std::string name = "parameter");

  const Tensor& value() const;
  const Shape& shape() const { return value().shape(); }
  real item() const { return value().item(); }  // the only number; throws unless there is one
  const std::string& name() const;              // a leaf's name, or that of the op
  bool needs_grad() const;                      // whether gradients flow to it
  explicit operator bool() const { return node_ != nullptr; }

  // Replaces a leaf's numbers. A graph that was built with the old ones can no longer run backward:
  // it throws and names this leaf.       Throws when this is no leaf, or when the shape differs.
  void set_value(Tensor value);
  // The numbers for changing in place, under the same conditions. For optimizers. Do not keep the
  // reference: a write after the leaf was used again would not be noticed.
  Tensor& mutable_value();
  void set_name(std::string name);

  // The gradient that backward() has added up since the last clear_grad(). An empty tensor of shape
  // (0) when none has arrived.
  const Tensor& grad() const;
  bool has_grad() const { return grad().shape() == shape(); }
  void set_grad(Tensor grad);  // e.g. clipped;      throws when the shape is not that of value()
  void clear_grad();

  // Adds d this / d leaf to the gradient of every leaf that needs one. Frees the graph behind it.
  // Throws when this is not one number, when nothing needs a gradient, when the graph was freed
  // before, or when a leaf was changed after it was used; then no gradient has been touched, but
  // the part of the graph that was visited is freed. Graphs that share leaves take turns: one
  // backward at a time.
  void backward(BackwardOptions options = {}) const;

  Variable detach() const { return Variable(value()); }  // the same numbers, a constant

 private:
  friend struct Node;
  friend class Engine;
  friend Variable record_edges(const char* name, Tensor value, struct Edge* edges, int count);
  explicit Variable(std::shared_ptr<Node> node) : node_(std::move(node)) {}

  std::shared_ptr<Node> node_;
};

struct GradientOptions {
  bool differentiable = false;  // whether the gradients get a graph of their own, to derive again
  bool keep_graph = false;      // implied by differentiable
};
// d y / d x for every x in xs, zero where y does not depend on x. No .grad() changes. Goes through all
// of the graph behind y, also behind xs, and frees it, as backward does.
// Throws when y is not one number or a constant, when an x needs no gradient, or when differentiable
// ones are asked for while a NoGradient guard lives.                      -> same shapes as xs
std::vector<Variable> gradients(const Variable& y, const std::vector<Variable>& xs,
                                GradientOptions options = {});

// While one lives, its thread records nothing: results are constants. For inference.
class NoGradient {
 public:
  NoGradient();
  ~NoGradient();
  NoGradient(const NoGradient&) = delete;
  NoGradient& operator=(const NoGradient&) = delete;

 private:
  bool before_;
};
bool recording();  // whether ops are being recorded on this thread

}  // namespace locus
