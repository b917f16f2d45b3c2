#include "examples/support/tasks.h"

#include <algorithm>
#include <vector>

#include "tensor/math.h"

namespace locus::course {

Problem which_first(Index n, Index length, Index vocab, Rng& rng) {
  Problem problem{Indices({n, length}), Indices({n})};
  for (Index i = 0; i < n; ++i) {
    for (Index t = 0; t < length; ++t) problem.ids[i * length + t] = 2 + rng.below(vocab - 2);
    const Index a = rng.below(length), b = (a + 1 + rng.below(length - 1)) % length;
    problem.ids[i * length + a] = 0, problem.ids[i * length + b] = 1;
    problem.answers[i] = b < a;
  }
  return problem;
}

Problem recall(Index back, Index n, Index length, Index vocab, Rng& rng) {
  Problem problem{Indices({n, length}), Indices({n, length}, ignored)};
  for (Index i = 0; i < n * length; ++i) {
    problem.ids[i] = rng.below(vocab);
    if (i % length >= back) problem.answers[i] = problem.ids[i - back];
  }
  return problem;
}

double accuracy(const Tensor& scores, const Indices& answers) {
  const Indices guesses = argmax(scores);
  Index right = 0, count = 0;
  for (Index i = 0; i < guesses.size(); ++i) {
    right += guesses[i] == answers[i];
    count += answers[i] != ignored;
  }
  return double(right) / double(count);
}

double bag_ceiling(Index length, Index vocab, Rng& rng) {
  double total = 0;
  constexpr int trials = 20000;
  for (int trial = 0; trial < trials; ++trial) {
    std::vector<Index> counts(size_t(vocab), 0);
    for (Index t = 0; t < length; ++t) ++counts[size_t(rng.below(vocab))];
    total += double(*std::max_element(counts.begin(), counts.end())) / double(length);
  }
  return total / trials;
}

}  // namespace locus::course
