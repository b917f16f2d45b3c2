// record: how an op enters the graph. What is here is all that a new op needs, in the library or
// outside of it.
#pragma once

#include <functional>

#include "autograd/variable.h"

namespace locus {

// From the gradient of the result, and the result, the gradient of one input.
//
// A rule is a pure function written with the public ops, so that a gradient can be differentiated
// again. It returns; the engine adds up, sums a broadcast gradient back to the input's shape, and
// skips inputs that need none. It captures only inputs of its own op, plain numbers, tensors and
// Indices, by value; never the result, which would keep the graph alive for ever.
using Rule = std::function<Variable(const Variable& dy, const Variable& y)>;

struct Edge {
  Variable input;
  Rule rule;
  long version = 0;              // of the input when it was used; set by record
  std::vector<Edge> later = {};  // while a graph is freed: what is to be freed after this
};

struct Node {
  Tensor value;
  std::vector<Edge> edges;  // how it was computed; empty for leaves and after the graph was freed
  std::string name;         // of the op, or of the leaf
  long depth = 0;           // 0 for leaves; else one more than that of its deepest input
  long version = 0;         // counts changes of a leaf's numbers
  bool needs_grad = false;
  bool freed = false;     // by a backward that was not told to keep the graph
  Tensor grad = {};       // of a leaf: what backward has added up
  Variable pending = {};  // during a backward: what has arrived so far

  bool is_leaf() const { return edges.empty() && !freed; }
  Node(Tensor v, std::string n) : value(std::move(v)), name(std::move(n)) {}
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  static const std::shared_ptr<Node>& of(const Variable& variable) { return variable.node_; }
};

// The result of an op as a Variable: its value, and one {input, rule} per input.
//
//   return record("multiply", a.value() * b.value(), {
//       {a, [b](const Variable& dy, const Variable&) { return dy * b; }},
//       {b, [a](const Variable& dy, const Variable&) { return dy * a; }},
//   });
//
// When no input needs a gradient, or a NoGradient guard lives, the result is a constant.
template <int count>
Variable record(const char* name, Tensor value, Edge (&&edges)[count]) {
  return record_edges(name, std::move(value), edges, count);
}
Variable record_edges(const char* name, Tensor value, Edge* edges, int count);

}  // namespace locus
