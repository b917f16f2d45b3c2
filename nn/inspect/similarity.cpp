#include "nn/inspect/similarity.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "nn/inspect/doubles.h"

namespace locus {

Tensor cosine_similarity(const Tensor& table, Center center) {
  check_matrix(table, "cosine_similarity", "table");
  check_finite(table, "cosine_similarity", "table");
  const Index n = table.shape()[0], d = table.shape()[1];
  Doubles rows = to_doubles(table);
  if (center == Center::yes) center_columns(rows, n, d);

  // Rows that differ only by rounding centre to something near zero: it counts as zero.
  double largest = 0;
  for (const real x : table) largest = std::max(largest, std::abs(double(x)));
  const double nothing = largest * std::sqrt(double(d)) * 1e-12;
  for (Index i = 0; i < n; ++i) {
    double* row = &rows[size_t(i * d)];
    const double length = std::sqrt(dot(row, row, d));
    for (Index j = 0; j < d; ++j) row[j] = length > nothing ? row[j] / length : 0;
  }

  Tensor similarity = Tensor::uninitialized({n, n});
  real* out = similarity.data();
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j <= i; ++j) {
      const double cosine = dot(&rows[size_t(i * d)], &rows[size_t(j * d)], d);
      out[i * n + j] = out[j * n + i] = real(std::clamp(cosine, -1.0, 1.0));
    }
  }
  return similarity;
}

// Who lives next to whom: a sorted list of neighbours per place, each once.
static std::vector<std::vector<Index>> neighbours_of(Index n, const std::vector<Link>& links,
                                                     const char* function) {
  std::vector<std::vector<Index>> neighbours(static_cast<size_t>(n));
  for (const auto [from, to] : links) {
    check(0 <= from && from < n && 0 <= to && to < n,
          "{}: links must join places from 0 to {}, got {} - {}.", function, n - 1, from, to);
    check(from != to, "{}: a link must join two different places, got {} - {}.", function, from,
          to);
    neighbours[size_t(from)].push_back(to);
    neighbours[size_t(to)].push_back(from);
  }
  for (auto& list : neighbours) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
  }
  return neighbours;
}

double neighbour_recovery(const Tensor& similarity, const std::vector<Link>& links) {
  check_square(similarity, "neighbour_recovery", "similarity");
  check_finite(similarity, "neighbour_recovery", "similarity");
  check(!links.empty(), "neighbour_recovery: at least one link is needed, got none.");
  const Index n = similarity.shape()[0];
  const auto neighbours = neighbours_of(n, links, "neighbour_recovery");
  std::vector<real> others;
  double total = 0, places = 0;
  for (Index i = 0; i < n; ++i) {
    const std::vector<Index>& truth = neighbours[size_t(i)];
    if (truth.empty()) continue;
    const real* row = similarity.data() + i * n;
    others.clear();
    for (Index j = 0; j < n; ++j) {
      if (j != i) others.push_back(row[j]);
    }
    std::sort(others.begin(), others.end(), std::greater<real>());
    const real last_seat = others[truth.size() - 1];
    const auto [first, last] =
        std::equal_range(others.begin(), others.end(), last_seat, std::greater<real>());
    const double seats = double(truth.size()) - double(first - others.begin());
    const double share = seats / double(last - first);  // of one seat, for each of those tied
    double found = 0;
    for (const Index j : truth) found += row[j] > last_seat ? 1 : row[j] == last_seat ? share : 0;
    total += found / double(truth.size());
    places += 1;
  }
  return total / places;
}

double neighbour_cosine(const Tensor& similarity, const std::vector<Link>& links) {
  check_square(similarity, "neighbour_cosine", "similarity");
  check(!links.empty(), "neighbour_cosine: at least one link is needed, got none.");
  const Index n = similarity.shape()[0];
  const auto neighbours = neighbours_of(n, links, "neighbour_cosine");
  double sum = 0, count = 0;
  for (Index i = 0; i < n; ++i) {
    for (const Index j : neighbours[size_t(i)]) {
      sum += similarity.data()[i * n + j];
      count += 1;
    }
  }
  return sum / count;
}

}  // namespace locus
