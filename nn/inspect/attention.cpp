#include "nn/inspect/attention.h"

#include <cmath>
#include <cstdlib>

#include "nn/inspect/doubles.h"

namespace locus {

static void check_pairs(const Tensor& x, const char* function, const char* what) {
  const Shape& shape = x.shape();
  check(shape.rank() == 4 && shape[2] == shape[3] && !x.empty(),
        "{}: the {} must have shape (batch, num_heads, length, length) and hold numbers, got {}.",
        function, what, shape);
}

Tensor spread_over_keys(const Tensor& term, bool causal) {
  check_pairs(term, "spread_over_keys", "term");
  const Index heads = term.shape()[1], length = term.shape()[2];
  Doubles squares(size_t(heads), 0.0), counts(size_t(heads), 0.0);
  const real* row = term.data();
  for (Index i = 0; i < term.shape().rows(); ++i, row += length) {
    const Index head = i / length % heads, seen = causal ? i % length + 1 : length;
    double mean = 0;
    for (Index key = 0; key < seen; ++key) mean += double(row[key]) / double(seen);
    for (Index key = 0; key < seen; ++key)
      squares[size_t(head)] += (double(row[key]) - mean) * (double(row[key]) - mean);
    counts[size_t(head)] += double(seen);
  }
  for (size_t head = 0; head < squares.size(); ++head)
    squares[head] = std::sqrt(squares[head] / counts[head]);
  return to_tensor(squares, {heads});
}

Tensor attention_by_offset(const Tensor& weights) {
  check_pairs(weights, "attention_by_offset", "weights");
  const Index batch = weights.shape()[0], heads = weights.shape()[1], length = weights.shape()[2];
  const Index offsets = 2 * length - 1;
  Doubles sums(size_t(heads * offsets), 0.0);
  const real* weight = weights.data();
  for (Index row = 0; row < batch * heads * length; ++row) {
    const Index head = row / length % heads, query = row % length;
    double* const from = &sums[size_t(head * offsets + length - 1 - query)];  // of key 0
    for (Index key = 0; key < length; ++key) from[key] += double(*weight++);
  }
  for (Index i = 0; i < heads * offsets; ++i) {
    const Index pairs = length - std::abs(i % offsets - (length - 1));
    sums[size_t(i)] /= double(batch * pairs);
  }
  return to_tensor(sums, {heads, offsets});
}

}  // namespace locus
