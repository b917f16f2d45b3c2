// record: how an op enters the graph. This header is all that the author of an op needs.
#pragma once

#include <functional>

#include "autograd/variable.h"

namespace locus {

// From the gradient of the result, and the result, the gradient of one input.
//
// A rule is a pure function written with the public ops, so that a gradient can be differentiated
// again. It returns; the engine adds up, sums a broadcast gradient back to the input's shape, and
// skips inputs that need none. It captures only inputs of its own op, plain values, tensors and
// Indices, by value; never the result, which would keep the graph alive for ever.
//
// A fused op has two backwards: one pass over tensors, and the same formula in recorded ops, for second
// derivatives. Its x_backward(..) of Variables chooses in its first line, always in this form:
//
//   if (!recording()) return x_backward(dy.value(), ..);  // one pass; below, the same as recorded ops
using Rule = std::function<Variable(const Variable& dy, const Variable& y)>;

struct Edge {
  Variable input;
  Rule rule;
};

// The result of an op as a Variable: its value, and one {input, rule} per input.
//
//   return record("multiply", a.value() * b.value(), {
//       {a, [b](const Variable& dy, const Variable&) { return dy * b; }},
//       {b, [a](const Variable& dy, const Variable&) { return dy * a; }},
//   });
//
// When no input requires a gradient, or a NoGrad guard lives, the result is a constant.
// Throws when an input is an empty Variable.
template <int count>
Variable record(const char* name, Tensor value, Edge (&&edges)[count]) {
  return record(name, std::move(value), edges, count);
}
// The same for a count of inputs that is known when the program runs. Moves from the edges.
Variable record(const char* name, Tensor value, Edge* edges, int count);

}  // namespace locus
