#include "nn/inspect/map.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "nn/inspect/doubles.h"
#include "nn/inspect/eigen.h"

namespace locus {

static constexpr double infinity = std::numeric_limits<double>::infinity();

Components pca(const Tensor& table, Index components) {
  check_matrix(table, "pca", "table");
  check_finite(table, "pca", "table");
  const Index n = table.shape()[0], d = table.shape()[1], k = components;
  check(1 <= k && k <= std::min(n, d),
        "pca: components must be from 1 to {} for a table of {}, got {}.", std::min(n, d),
        table.shape(), k);
  Doubles rows = to_doubles(table);
  center_columns(rows, n, d);
  Doubles covariance(size_t(d * d), 0.0);  // times n: only shares and directions matter
  for (Index i = 0; i < n; ++i) {
    const double* row = &rows[size_t(i * d)];
    for (Index a = 0; a < d; ++a) {
      for (Index b = 0; b < d; ++b) covariance[size_t(a * d + b)] += row[a] * row[b];
    }
  }
  const EigenSystem system = leading_eigen(covariance, d, k);

  double all = 0;  // the sum of all eigenvalues is that of the diagonal
  for (Index a = 0; a < d; ++a) all += covariance[size_t(a * (d + 1))];
  Components result{Tensor({n, k}), Tensor(Shape{k}), Tensor({k, d})};
  real* points = result.points.data();
  real* explained = result.explained.data();
  real* axes = result.axes.data();
  for (Index axis = 0; axis < k; ++axis) {
    const double* direction = &system.vectors[size_t(axis * d)];
    explained[axis] = real(all > 0 ? std::max(system.values[size_t(axis)], 0.0) / all : 0);
    for (Index j = 0; j < d; ++j) axes[axis * d + j] = real(direction[j]);
    for (Index i = 0; i < n; ++i)
      points[i * k + axis] = real(dot(&rows[size_t(i * d)], direction, d));
  }
  return result;
}

// classical_mds on distances in double.
static Tensor mds_points(Doubles b, Index n, Index k) {
  for (double& distance : b) distance *= -distance / 2;
  center_columns(b, n, n);  // J B: then the rows, and B is symmetric, so B J
  for (Index i = 0; i < n; ++i) {
    double* row = &b[size_t(i * n)];
    const double mean = std::accumulate(row, row + n, 0.0) / double(n);
    for (Index j = 0; j < n; ++j) row[j] -= mean;
  }
  const EigenSystem system = leading_eigen(b, n, k);
  Tensor points({n, k});
  real* out = points.data();
  for (Index axis = 0; axis < k; ++axis) {
    const double stretch = std::sqrt(std::max(system.values[size_t(axis)], 0.0));
    for (Index i = 0; i < n; ++i)
      out[i * k + axis] = real(stretch * system.vectors[size_t(axis * n + i)]);
  }
  return points;
}

Tensor classical_mds(const Tensor& distances, Index components) {
  check_square(distances, "classical_mds", "distances");
  const Index n = distances.shape()[0];
  check(1 <= components && components <= n,
        "classical_mds: components must be from 1 to {} for {} places, got {}.", n, n, components);
  const Doubles d = to_doubles(distances);
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < n; ++j) {
      const double here = d[size_t(i * n + j)], back = d[size_t(j * n + i)];
      check(std::isfinite(here),
            "classical_mds: distances must be finite, got {} from {} to {}. Join the pieces.", here,
            i, j);
      check(
          std::abs(here - back) <= 1e-5 * (std::abs(here) + std::abs(back)),
          "classical_mds: distances must be the same both ways, got {} from {} to {} and {} back.",
          here, i, j, back);
    }
  }
  return mds_points(d, n, components);
}

// Shortest ways, in place: lengths[i][j] is infinite where there is no direct street. [Floyd 1962]
static void shorten(Doubles& lengths, Index n) {
  for (Index via = 0; via < n; ++via) {
    const double* onward = &lengths[size_t(via * n)];
    for (Index i = 0; i < n; ++i) {
      double* from = &lengths[size_t(i * n)];
      const double first = from[via];
      if (first == infinity) continue;
      for (Index j = 0; j < n; ++j) from[j] = std::min(from[j], first + onward[j]);
    }
  }
}

static Doubles no_streets(Index n) {
  Doubles lengths(size_t(Shape{n, n}.size()), infinity);
  for (Index i = 0; i < n; ++i) lengths[size_t(i * n + i)] = 0;
  return lengths;
}

// The piece of the graph each place belongs to, named by one of its places.
static std::vector<Index> pieces_of(const Doubles& lengths, Index n) {
  std::vector<Index> piece(size_t(n), -1), waiting;
  for (Index start = 0; start < n; ++start) {
    if (piece[size_t(start)] >= 0) continue;
    waiting.push_back(start);
    piece[size_t(start)] = start;
    while (!waiting.empty()) {
      const Index i = waiting.back();
      waiting.pop_back();
      for (Index j = 0; j < n; ++j) {
        if (piece[size_t(j)] >= 0 || lengths[size_t(i * n + j)] == infinity) continue;
        piece[size_t(j)] = start;
        waiting.push_back(j);
      }
    }
  }
  return piece;
}

// Builds the streets between the most similar pairs in different pieces until all hang together.
static void join_pieces(Doubles& lengths, const Doubles& cosine, const Doubles& angle, Index n) {
  std::vector<Index> piece = pieces_of(lengths, n);
  for (;;) {
    Index from = -1, to = -1;
    double best = -infinity;
    for (Index i = 0; i < n; ++i) {
      for (Index j = 0; j < n; ++j) {
        if (piece[size_t(i)] == piece[size_t(j)] || cosine[size_t(i * n + j)] <= best) continue;
        best = cosine[size_t(i * n + j)];
        from = i;
        to = j;
      }
    }
    if (from < 0) return;
    lengths[size_t(from * n + to)] = lengths[size_t(to * n + from)] = angle[size_t(from * n + to)];
    const Index merged = piece[size_t(to)];
    for (Index& name : piece) {
      if (name == merged) name = piece[size_t(from)];
    }
  }
}

Tensor isomap(const Tensor& similarity, Index neighbours, Index components) {
  check_square(similarity, "isomap", "similarity");
  check_finite(similarity, "isomap", "similarity");
  const Index n = similarity.shape()[0];
  check(1 <= neighbours && neighbours < n,
        "isomap: neighbours must be from 1 to {} for {} places, got {}.", n - 1, n, neighbours);
  check(1 <= components && components <= n,
        "isomap: components must be from 1 to {} for {} places, got {}.", n, n, components);
  const Doubles cosine = to_doubles(similarity);
  Doubles angle(cosine.size());
  for (size_t i = 0; i < angle.size(); ++i) angle[i] = std::acos(std::clamp(cosine[i], -1.0, 1.0));

  Doubles lengths = no_streets(n);
  std::vector<Index> others;
  for (Index i = 0; i < n; ++i) {
    others.clear();
    for (Index j = 0; j < n; ++j) {
      if (j != i) others.push_back(j);
    }
    const double* row = &cosine[size_t(i * n)];
    std::stable_sort(others.begin(), others.end(),
                     [row](Index a, Index b) { return row[a] > row[b]; });
    for (Index rank = 0; rank < neighbours; ++rank) {
      const Index j = others[size_t(rank)];
      const double length = std::min(angle[size_t(i * n + j)], lengths[size_t(i * n + j)]);
      lengths[size_t(i * n + j)] = lengths[size_t(j * n + i)] = length;
    }
  }
  join_pieces(lengths, cosine, angle, n);
  shorten(lengths, n);
  return mds_points(std::move(lengths), n, components);
}

Tensor walking_distances(Index places, const std::vector<Link>& links) {
  check(places >= 1, "walking_distances: at least one place is needed, got {}.", places);
  Doubles lengths = no_streets(places);
  for (const auto [from, to] : links) {
    check(0 <= from && from < places && 0 <= to && to < places && from != to,
          "walking_distances: links must join two different places from 0 to {}, got {} - {}.",
          places - 1, from, to);
    lengths[size_t(from * places + to)] = lengths[size_t(to * places + from)] = 1;
  }
  shorten(lengths, places);
  return to_tensor(lengths, {places, places});
}

Tensor straight_distances(const Tensor& points) {
  check_matrix(points, "straight_distances", "points");
  const Index n = points.shape()[0], k = points.shape()[1];
  Tensor distances({n, n});
  real* out = distances.data();
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < n; ++j) {
      double square = 0;
      for (Index axis = 0; axis < k; ++axis) {
        const double step = double(points.data()[i * k + axis]) - points.data()[j * k + axis];
        square += step * step;
      }
      out[i * n + j] = real(std::sqrt(square));
    }
  }
  return distances;
}

}  // namespace locus
