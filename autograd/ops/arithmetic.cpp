// +, -, *, / and sums. Rules ignore broadcasting: the engine sums gradients back to their inputs.
#include "autograd/ops.h"
#include "autograd/record.h"

namespace locus {

// y = a + b     da = dy     db = dy
Variable operator+(const Variable& a, const Variable& b) {
  return record("add", a.value() + b.value(), {
      {a, [](const Variable& dy, const Variable&) { return dy; }},
      {b, [](const Variable& dy, const Variable&) { return dy; }},
  });
}

// y = a - b     da = dy     db = -dy
Variable operator-(const Variable& a, const Variable& b) {
  return record("subtract", a.value() - b.value(), {
      {a, [](const Variable& dy, const Variable&) { return dy; }},
      {b, [](const Variable& dy, const Variable&) { return -dy; }},
  });
}

// y = a b     da = dy b     db = dy a
Variable operator*(const Variable& a, const Variable& b) {
  return record("multiply", a.value() * b.value(), {
      {a, [b](const Variable& dy, const Variable&) { return dy * b; }},
      {b, [a](const Variable& dy, const Variable&) { return dy * a; }},
  });
}

// y = a / b     da = dy / b     db = -dy a / b² = -dy y / b
Variable operator/(const Variable& a, const Variable& b) {
  return record("divide", a.value() / b.value(), {
      {a, [b](const Variable& dy, const Variable&) { return dy / b; }},
      {b, [b](const Variable& dy, const Variable& y) { return -(dy * y / b); }},
  });
}

// y = a + b for a number b     da = dy
Variable operator+(const Variable& a, real b) {
  return record("add_number", a.value() + b, {
      {a, [](const Variable& dy, const Variable&) { return dy; }},
  });
}

// y = a b for a number b     da = dy b
Variable operator*(const Variable& a, real b) {
  return record("scale", a.value() * b, {
      {a, [b](const Variable& dy, const Variable&) { return dy * b; }},
  });
}

// y = a / b for a number b     da = dy / b
Variable operator/(const Variable& a, real b) {
  return record("divide", a.value() / b, {
      {a, [b](const Variable& dy, const Variable&) { return dy / b; }},
  });
}

Variable operator-(const Variable& a) { return a * real(-1); }

// y = sum of all x_i     dx_i = dy
Variable sum(const Variable& x) {
  return record("sum", sum(x.value()), {
      {x, [shape = x.shape()](const Variable& dy, const Variable&) {
        return broadcast_to(dy, shape);
      }},
  });
}

// y = sum of x_i along an axis     dx_i = dy
Variable sum(const Variable& x, int axis, Keep keep) {
  const Shape kept = x.shape().with(x.shape().resolve(axis, "sum"), 1);
  return record("sum", sum(x.value(), axis, keep), {
      {x, [kept, shape = x.shape()](const Variable& dy, const Variable&) {
        return broadcast_to(reshape(dy, kept), shape);
      }},
  });
}

Variable mean(const Variable& x) {
  check(!x.value().empty(), "mean: at least one number, got the shape {}.", x.shape());
  return sum(x) / real(x.value().size());
}

Variable mean(const Variable& x, int axis, Keep keep) {
  axis = x.shape().resolve(axis, "mean");
  check(x.shape()[axis] > 0, "mean: at least one entry along the axis, got the shape {}.",
        x.shape());
  return sum(x, axis, keep) / real(x.shape()[axis]);
}

// broadcast_to and sum_to are each other's adjoints: <broadcast_to(x), y> = <x, sum_to(y)>.
Variable broadcast_to(const Variable& x, const Shape& shape) {
  return record("broadcast_to", broadcast_to(x.value(), shape), {
      {x, [from = x.shape()](const Variable& dy, const Variable&) { return sum_to(dy, from); }},
  });
}

Variable sum_to(const Variable& x, const Shape& shape) {
  return record("sum_to", sum_to(x.value(), shape), {
      {x, [from = x.shape()](const Variable& dy, const Variable&) {
        return broadcast_to(dy, from);
      }},
  });
}

}  // namespace locus
