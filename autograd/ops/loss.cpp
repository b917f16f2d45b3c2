// What training makes small.
#include "autograd/ops.h"
#include "autograd/record.h"

namespace locus {

namespace {
// Row r: weights[r] = 1 / count where the target counts, else 0; onehot[r][target] = weights[r].
struct Targets {
  Tensor weights, onehot;  // (.., 1) and (.., n)

  Targets(const Shape& logits, const Indices& targets)
      : weights(logits.with(-1, 1)), onehot(logits) {
    Index count = 0;
    for (const Index target : targets) count += target != ignored;
    real *weight = weights.data(), *row = onehot.data();
    for (const Index target : targets) {
      if (target != ignored) *weight = row[target] = 1 / real(count);
      ++weight, row += logits[-1];
    }
  }
};
}  // namespace

// dlogits = (softmax(logits) - onehot) dy / count, 0 in rows that do not count
static Variable cross_entropy_backward(const Variable& dy, const Variable& logits,
                                      const Indices& targets) {
  if (!recording()) return cross_entropy_backward(dy.value(), logits.value(), targets);  // one pass
  const Targets t(logits.shape(), targets);
  return (softmax(logits) * t.weights - t.onehot) * dy;
}

// y = mean over rows of -log softmax(logits)[target]
// dlogits = (softmax(logits) - onehot) dy / count
Variable cross_entropy(const Variable& logits, const Indices& targets) {
  return record("cross_entropy", cross_entropy(logits.value(), targets), {
      {logits, [logits, targets](const Variable& dy, const Variable&) {
        return cross_entropy_backward(dy, logits, targets);
      }},
  });
}

Variable mean_squared_error(const Variable& x, const Variable& target) {
  check(x.shape() == target.shape(),
        "mean_squared_error: both shapes must be the same, got {} and {}.", x.shape(),
        target.shape());
  const Variable difference = x - target;
  return mean(difference * difference);
}

}  // namespace locus
