// A graph as Graphviz text: write it to a file and run `dot -Tsvg graph.dot -o graph.svg`.
#pragma once

#include <string>

#include "autograd/variable.h"

namespace locus {

struct DrawOptions {
  bool values = false;     // print the numbers of small tensors
  bool gradients = false;  // print gradients of leaves
};

// Draw before backward, which frees the graph, or let it keep it.
// Everything y was computed from: ops in boxes, parameters filled, constants grey.
std::string draw(const Variable& y, DrawOptions options = {});

}  // namespace locus
