// Node: what the engine keeps of one value. Authors of ops need record.h alone.
#pragma once

#include "autograd/record.h"

namespace locus {

struct Node {
  // How one input entered the op, and what the engine notes about it.
  struct Input : Edge {
    long version = 0;               // of the input when it was used
    std::vector<Input> later = {};  // while a graph is freed: what is to be freed after this
  };

  Tensor value;
  std::vector<Input> inputs;  // how it was computed; empty for leaves and after the graph was freed
  std::string name;           // of the op, or of the leaf
  long depth = 0;             // 0 for leaves; else one more than that of its deepest input
  long version = 0;           // counts changes of a leaf's value
  bool requires_grad = false;
  bool freed = false;     // by a backward that was not told to keep the graph
  Tensor grad = {};       // of a leaf: what backward has accumulated
  Variable pending = {};  // during a backward: what has arrived so far

  bool is_leaf() const { return inputs.empty() && !freed; }
  Node(Tensor v, std::string n) : value(std::move(v)), name(std::move(n)) {}
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  static const std::shared_ptr<Node>& of(const Variable& variable) { return variable.node_; }
  static Variable variable(std::shared_ptr<Node> node) { return Variable(std::move(node)); }
};

}  // namespace locus
