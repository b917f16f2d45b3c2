#include "nn/inspect/eigen.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "nn/inspect/doubles.h"

namespace locus {

namespace {
// T = P A Pᵀ, T tridiagonal: its diagonal and what stands below it (below[i] is T[i+1][i]).
struct Tridiagonal {
  Doubles diagonal, below, turn;  // turn: P, row-major
};
}  // namespace

// Column by column, a mirror H = 1 - 2 v vᵀ sends what is below the subdiagonal to zero. Both sides
// of A are mirrored: H A H = A - v wᵀ - w vᵀ  with  w = 2 A v - 2 (vᵀ A v) v.
static Tridiagonal tridiagonalise(Doubles a, Index n) {
  Doubles turn(size_t(n * n), 0.0), v(static_cast<size_t>(n)), w(static_cast<size_t>(n));
  for (Index i = 0; i < n; ++i) turn[size_t(i * n + i)] = 1;
  for (Index k = 0; k + 2 < n; ++k) {
    double length = 0;
    for (Index i = k + 1; i < n; ++i)
      length = std::hypot(length, v[size_t(i)] = a[size_t(i * n + k)]);
    if (length == 0) continue;
    v[size_t(k + 1)] += std::copysign(length, v[size_t(k + 1)]);  // the sign that does not cancel
    const Index first = k + 1, count = n - first;
    double* mirror = &v[size_t(first)];
    const double norm = std::sqrt(dot(mirror, mirror, count));
    for (Index i = 0; i < count; ++i) mirror[i] /= norm;

    a[size_t(first * n + k)] = std::copysign(length, -a[size_t(first * n + k)]);
    for (Index i = first + 1; i < n; ++i) a[size_t(i * n + k)] = 0;
    for (Index i = first; i < n; ++i)
      w[size_t(i)] = 2 * dot(&a[size_t(i * n + first)], mirror, count);
    const double curve = dot(mirror, &w[size_t(first)], count);
    for (Index i = first; i < n; ++i) w[size_t(i)] -= curve * v[size_t(i)];
    for (Index i = first; i < n; ++i) {
      for (Index j = first; j < n; ++j) {
        a[size_t(i * n + j)] -= v[size_t(i)] * w[size_t(j)] + w[size_t(i)] * v[size_t(j)];
      }
    }
    std::fill(w.begin(), w.end(), 0.0);  // H P = P - 2 v (vᵀ P): first vᵀ P, then the rows
    for (Index i = first; i < n; ++i) {
      for (Index j = 0; j < n; ++j) w[size_t(j)] += v[size_t(i)] * turn[size_t(i * n + j)];
    }
    for (Index i = first; i < n; ++i) {
      for (Index j = 0; j < n; ++j) turn[size_t(i * n + j)] -= 2 * v[size_t(i)] * w[size_t(j)];
    }
  }
  Tridiagonal result{Doubles(static_cast<size_t>(n)), Doubles(size_t(n), 0.0), std::move(turn)};
  for (Index i = 0; i < n; ++i) result.diagonal[size_t(i)] = a[size_t(i * n + i)];
  for (Index i = 0; i + 1 < n; ++i) result.below[size_t(i)] = a[size_t((i + 1) * n + i)];
  return result;
}

// One sweep of plane rotations from row `last` up to row `first`, shifted towards an eigenvalue.
static void ql_sweep(Tridiagonal& t, Index n, Index first, Index last) {
  Doubles& d = t.diagonal;
  Doubles& e = t.below;
  const auto at = [](Index i) { return size_t(i); };
  const double half = (d[at(first + 1)] - d[at(first)]) / (2 * e[at(first)]);
  const double root = half + std::copysign(std::hypot(half, 1.0), half);
  double g = d[at(last)] - d[at(first)] + e[at(first)] / root;
  double sine = 1, cosine = 1, carried = 0;
  for (Index i = last - 1; i >= first; --i) {
    const double f = sine * e[at(i)], b = cosine * e[at(i)];
    const double length = std::hypot(f, g);
    e[at(i + 1)] = length;
    if (length == 0) {  // the matrix split in two on the way: this part is done
      d[at(i + 1)] -= carried;
      e[at(last)] = 0;
      return;
    }
    sine = f / length;
    cosine = g / length;
    g = d[at(i + 1)] - carried;
    const double r = (d[at(i)] - g) * sine + 2 * cosine * b;
    carried = sine * r;
    d[at(i + 1)] = g + carried;
    g = cosine * r - b;
    double* upper = &t.turn[at(i * n)];
    double* lower = upper + n;
    for (Index j = 0; j < n; ++j) {
      const double x = upper[j], y = lower[j];
      lower[j] = sine * x + cosine * y;
      upper[j] = cosine * x - sine * y;
    }
  }
  d[at(first)] -= carried;
  e[at(first)] = g;
  e[at(last)] = 0;
}

static void diagonalise(Tridiagonal& t, Index n) {
  constexpr double rounding = std::numeric_limits<double>::epsilon();
  constexpr int most_sweeps = 60;  // two or three are usual
  // What is small beside the whole matrix is zero. Beside its own neighbours alone it may never get
  // there: a part that is nearly nothing receives the rounding of the larger ones.
  double norm = 0;
  for (size_t i = 0; i < t.diagonal.size(); ++i)
    norm = std::max(norm, std::abs(t.diagonal[i]) + std::abs(t.below[i]));
  for (Index first = 0; first < n; ++first) {
    for (int sweep = 0;; ++sweep) {
      Index last = first;
      while (last + 1 < n && std::abs(t.below[size_t(last)]) > rounding * norm) ++last;
      if (last == first) break;
      check(sweep < most_sweeps, "symmetric_eigen: must settle within {} sweeps, got no further.",
            most_sweeps);
      ql_sweep(t, n, first, last);
    }
  }
}

// An eigenvector and its negative are equally right: the largest entry decides, the first of nearly
// equal ones, so that rounding does not flip a picture.
static double sign_of(const double* vector, Index n) {
  double largest = 0;
  for (Index i = 0; i < n; ++i) largest = std::max(largest, std::abs(vector[i]));
  for (Index i = 0; i < n; ++i) {
    if (std::abs(vector[i]) >= largest * (1 - 1e-6)) return vector[i] < 0 ? -1 : 1;
  }
  return 1;
}

EigenSystem symmetric_eigen(std::vector<double> matrix, Index n) {
  check(Index(matrix.size()) == n * n, "symmetric_eigen: {} rows must hold {} numbers, got {}.", n,
        n * n, matrix.size());
  for (const double x : matrix) {
    check(std::isfinite(x), "symmetric_eigen: the numbers must be finite, got {}.", x);
  }
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < i; ++j) matrix[size_t(j * n + i)] = matrix[size_t(i * n + j)];
  }
  Tridiagonal t = tridiagonalise(std::move(matrix), n);
  diagonalise(t, n);

  std::vector<Index> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), Index(0));
  std::stable_sort(order.begin(), order.end(), [&t](Index a, Index b) {
    return t.diagonal[size_t(a)] > t.diagonal[size_t(b)];
  });
  EigenSystem result{{}, Doubles(size_t(n * n))};
  for (Index i = 0; i < n; ++i) {
    result.values.push_back(t.diagonal[size_t(order[size_t(i)])]);
    const double* row = &t.turn[size_t(order[size_t(i)] * n)];
    const double sign = sign_of(row, n);
    for (Index j = 0; j < n; ++j) result.vectors[size_t(i * n + j)] = sign * row[j];
  }
  return result;
}

}  // namespace locus
