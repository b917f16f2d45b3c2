// Functions of all entries along one axis.
#include <cmath>

#include "autograd/ops.h"
#include "autograd/record.h"

namespace locus {

// y = max_j x_j     dx = dy at the first of the largest, 0 elsewhere
Variable max(const Variable& x, int axis, Keep keep) {
  axis = x.shape().resolve(axis, "max");
  check(x.shape()[axis] > 0, "max: at least one entry along the axis, got the shape {}.",
        x.shape());
  const Variable zero(Tensor(Shape{}, 0));
  return sum(where(is_max(x.value(), axis), x, zero), axis, keep);  // a sum of one value and zeros
}

// y_i = x_0 + ... + x_i     dx_i = dy_i + ... + dy_last
Variable cumsum(const Variable& x, int axis, From from) {
  const From back = from == From::front ? From::back : From::front;
  return record("cumsum", cumsum(x.value(), axis, from), {
      {x, [axis, back](const Variable& dy, const Variable&) { return cumsum(dy, axis, back); }},
  });
}

// The largest along an axis, a constant: whatever is subtracted from x and added again, the sum of
// exponentials stays the same. An infinite one counts as 0, since inf - inf is NaN.
static Variable shift(const Variable& x, int axis, const char* function) {
  axis = x.shape().resolve(axis, function);
  check(x.shape()[axis] > 0, "{}: at least one entry along the axis, got the shape {}.", function,
        x.shape());
  Tensor m = max(x.value(), axis, Keep::yes);
  for (real *value = m.data(), *end = value + m.size(); value != end; ++value) {
    if (std::isinf(*value)) *value = 0;
  }
  return Variable(m);
}

// y = m + log sum_j exp(x_j - m)
Variable logsumexp(const Variable& x, int axis, Keep keep) {
  const Variable m = shift(x, axis, "logsumexp");
  const Variable y = log(sum(exp(x - m), axis, Keep::yes)) + m;
  return keep == Keep::yes ? y : squeeze(y, axis);
}

// y = z - log sum_j exp(z_j), z = x - m
Variable log_softmax(const Variable& x, int axis) {
  const Variable z = x - shift(x, axis, "log_softmax");
  return z - log(sum(exp(z), axis, Keep::yes));
}

}  // namespace locus
