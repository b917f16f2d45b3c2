// Moving numbers: every rule moves the gradient back to where its number came from.
#include "autograd/ops.h"
#include "autograd/record.h"

namespace locus {

// y = the same numbers in another shape     dx = dy in x's shape
Variable reshape(const Variable& x, const Shape& shape) {
  return record("reshape", x.value().reshaped(shape), {
      {x, [from = x.shape()](const Variable& dy, const Variable&) { return reshape(dy, from); }},
  });
}

Variable reshape(const Variable& x, std::initializer_list<Index> extents) {
  return reshape(x, x.value().reshaped(extents).shape());
}

Variable unsqueeze(const Variable& x, int axis) {
  return reshape(x, unsqueeze(x.value(), axis).shape());
}

Variable squeeze(const Variable& x, int axis) {
  return reshape(x, squeeze(x.value(), axis).shape());
}

// Axis i of y is axis order[i] of x     dx = dy with the axes put back
Variable permute(const Variable& x, const std::vector<int>& order) {
  Tensor y = permute(x.value(), order);
  std::vector<int> back(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    back[std::size_t(x.shape().resolve(order[i]))] = int(i);
  }
  return record("permute", std::move(y), {
      {x, [back](const Variable& dy, const Variable&) { return permute(dy, back); }},
  });
}

// y = entries first .. last-1 of x     dx = dy, and zeros where nothing was taken
Variable slice(const Variable& x, int axis, Index first, Index last) {
  Tensor y = slice(x.value(), axis, first, last);  // checks what the rule takes for granted
  return record("slice", std::move(y), {
      {x, [axis, first, after = x.shape()[axis] - last](const Variable& dy, const Variable&) {
        return pad(dy, axis, first, after);
      }},
  });
}

// y = x with zeros before and after     dx = the part of dy that x became
Variable pad(const Variable& x, int axis, Index before, Index after) {
  Tensor y = pad(x.value(), axis, before, after);  // as in slice
  return record("pad", std::move(y), {
      {x, [axis, before, n = x.shape()[axis]](const Variable& dy, const Variable&) {
        return slice(dy, axis, before, before + n);
      }},
  });
}

// y = the parts one after the other     each part's gradient is its own slice of dy
Variable concatenate(const std::vector<Variable>& parts, int axis) {
  std::vector<Tensor> values;
  for (const Variable& part : parts) values.push_back(part.value());
  Tensor y = concatenate(values, axis);
  std::vector<Edge> edges;
  Index first = 0;
  for (const Variable& part : parts) {
    const Index last = first + part.shape()[axis];
    edges.push_back({part, [axis, first, last](const Variable& dy, const Variable&) {
                       return slice(dy, axis, first, last);
                     }});
    first = last;
  }
  return record("concatenate", std::move(y), edges.data(), int(edges.size()));
}

Variable stack(const std::vector<Variable>& parts, int axis) {
  check(!parts.empty(), "stack: at least one part, got none.");
  std::vector<Variable> wide;
  for (const Variable& part : parts) {
    check(part.shape() == parts[0].shape(), "stack: all shapes must be the same, got {} and {}.",
          parts[0].shape(), part.shape());
    wide.push_back(unsqueeze(part, axis));
  }
  return concatenate(wide, axis);
}

}  // namespace locus
