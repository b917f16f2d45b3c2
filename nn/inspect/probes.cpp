#include "nn/inspect/probes.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "nn/inspect/doubles.h"
#include "nn/inspect/eigen.h"

namespace locus {

static Doubles checked_rows(const Tensor& table, const char* function, Center center) {
  check_matrix(table, function, "table");
  check_finite(table, function, "table");
  Doubles rows = to_doubles(table);
  if (center == Center::yes) center_columns(rows, table.shape()[0], table.shape()[1]);
  return rows;
}

namespace {
// X = U diag(√squares) Vᵀ without V, by the smaller of X Xᵀ and Xᵀ X.
struct Singular {
  Doubles squares;  // (rank), largest first
  Doubles u;  // (rank, n): each of length 1; zero where its square is 0, unless the table is wide

  Singular(const Doubles& x, Index n, Index d) {
    const bool wide = n <= d;
    const Index rank = std::min(n, d);
    Doubles columns(size_t(n * d));
    for (Index i = 0; i < n; ++i) {
      for (Index j = 0; j < d; ++j) columns[size_t(j * n + i)] = x[size_t(i * d + j)];
    }
    const Doubles& sides = wide ? x : columns;
    const Index inner = wide ? d : n;
    Doubles gram(size_t(rank * rank));
    for (Index a = 0; a < rank; ++a) {  // the lower triangle is enough
      for (Index b = 0; b <= a; ++b)
        gram[size_t(a * rank + b)] =
            dot(&sides[size_t(a * inner)], &sides[size_t(b * inner)], inner);
    }
    EigenSystem system = symmetric_eigen(gram, rank);
    squares = std::move(system.values);
    // What rounding leaves of 0, such as of the direction that centring took, must not count: where a
    // table is wide, a guess without its own row is a quotient of two numbers as small.
    const double dust = 4 * double(std::max(n, d)) * std::numeric_limits<double>::epsilon();
    for (double& square : squares) {
      if (square <= dust * squares[0]) square = 0;
    }
    if (wide) {
      u = std::move(system.vectors);
      return;
    }
    u.assign(size_t(rank * n), 0.0);
    for (Index k = 0; k < rank; ++k) {
      if (squares[size_t(k)] == 0) continue;
      for (Index i = 0; i < n; ++i) {
        u[size_t(k * n + i)] = dot(&x[size_t(i * d)], &system.vectors[size_t(k * d)], d) /
                               std::sqrt(squares[size_t(k)]);
      }
    }
  }
};
}  // namespace

// With the hat matrix H, guesses = H y, leaving row i out makes its error e_i / (1 - H_ii).
static PositionProbe probe(const Tensor& table, Doubles places, double ridge) {
  const Doubles rows = checked_rows(table, "position_probe", Center::yes);
  const Index n = table.shape()[0];
  check(n >= 3 && ridge > 0, "position_probe: at least 3 rows and a ridge above 0, got {} and {}.",
        n, ridge);
  center_columns(places, n, 1);
  const Singular x(rows, n, table.shape()[1]);
  const double charge = ridge * x.squares[0];
  Doubles guess(size_t(n), 0.0), own(size_t(n), 1 / double(n));  // own: H_ii; the mean's is 1/n
  for (size_t k = 0; k < x.squares.size() && x.squares[k] > 0; ++k) {
    const double* direction = &x.u[k * size_t(n)];
    const double kept = x.squares[k] / (x.squares[k] + charge);
    const double along = dot(direction, places.data(), n);
    for (Index i = 0; i < n; ++i) {
      guess[size_t(i)] += kept * along * direction[i];
      own[size_t(i)] += kept * direction[i] * direction[i];
    }
  }
  double squares = 0, squares_of_mean = 0, errors = 0;
  for (Index i = 0; i < n; ++i) {
    const double truth = places[size_t(i)];
    const double error = (truth - guess[size_t(i)]) / (1 - own[size_t(i)]);
    const double of_mean = truth / (1 - 1 / double(n));
    squares += error * error, squares_of_mean += of_mean * of_mean, errors += std::abs(error);
  }
  return {.r_squared = 1 - squares / squares_of_mean, .mean_error = errors / double(n)};
}

PositionProbe position_probe(const Tensor& table, double ridge) {
  check_matrix(table, "position_probe", "table");
  Doubles places(size_t(table.shape()[0]));
  std::iota(places.begin(), places.end(), 0.0);
  return probe(table, std::move(places), ridge);
}

PositionProbe position_probe(const Tensor& table, const Tensor& places, double ridge) {
  check_matrix(table, "position_probe", "table");
  check(places.shape() == Shape{table.shape()[0]},
        "position_probe: one place per row of a table of {}, got {}.", table.shape(),
        places.shape());
  check_finite(places, "position_probe", "places");
  check(std::any_of(places.begin(), places.end(),
                    [&](real place) { return place != *places.begin(); }),
        "position_probe: places that differ, got {} for every row.", *places.begin());
  return probe(table, to_doubles(places), ridge);
}

// The similarity in double, minus the mean of what is off the diagonal.
static Doubles centred_pairs(const Tensor& similarity, const char* function) {
  check_square(similarity, function, "similarity");
  check_finite(similarity, function, "similarity");
  const Index n = similarity.shape()[0];
  check(n >= 3, "{}: at least 3 rows, got {}.", function, n);
  Doubles s = to_doubles(similarity);
  double sum = 0;
  for (Index i = 0; i < n * n; ++i) sum += i % (n + 1) == 0 ? 0 : s[size_t(i)];
  for (Index i = 0; i < n * n; ++i)
    s[size_t(i)] = i % (n + 1) == 0 ? 0 : s[size_t(i)] - sum / double(n * (n - 1));
  return s;
}

// Sum of squares, below which numbers differ by rounding alone: all are the same.
static double squares_of(const Doubles& s, const Tensor& similarity) {
  double largest = 0;
  for (const real x : similarity) largest = std::max(largest, std::abs(double(x)));
  const double squares = dot(s.data(), s.data(), Index(s.size()));
  return squares > double(s.size()) * largest * largest * 1e-24 ? squares : 0;
}

double translation_invariance(const Tensor& similarity) {
  const Doubles s = centred_pairs(similarity, "translation_invariance");
  const Index n = similarity.shape()[0];
  const double all = squares_of(s, similarity);
  if (all == 0) return 1;
  double explained = 0;
  for (Index offset = 1 - n; offset < n; ++offset) {
    const Index pairs = n - std::abs(offset), first = std::max(-offset, Index(0));
    double sum = 0;
    for (Index i = first; i < first + pairs; ++i) sum += s[size_t(i * n + i + offset)];
    explained += sum * sum / double(pairs);
  }
  return explained / all;
}

Tensor offset_profile(const Tensor& similarity) {
  check_square(similarity, "offset_profile", "similarity");
  check_finite(similarity, "offset_profile", "similarity");
  const Index n = similarity.shape()[0];
  Doubles profile(size_t(n), 0.0);
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < n; ++j) {
      const Index offset = std::abs(j - i), pairs = offset == 0 ? n : 2 * (n - offset);
      profile[size_t(offset)] += double(similarity.data()[i * n + j]) / double(pairs);
    }
  }
  return to_tensor(profile, {n});
}

double monotonicity(const Tensor& similarity, Index max_distance) {
  const Doubles s = centred_pairs(similarity, "monotonicity");
  const Index n = similarity.shape()[0];
  if (max_distance == 0) max_distance = n - 1;
  check(max_distance >= 2,
        "monotonicity: max_distance must be at least 2, or 0 for all distances, got {}.",
        max_distance);
  double fallen = 0, pairs = 0;
  for (Index i = 0; i < n; ++i) {
    for (const Index side : {-1, 1}) {
      const Index room = std::min(max_distance, side < 0 ? i : n - 1 - i);
      for (Index far = 2; far <= room; ++far) {
        const double last = s[size_t(i * n + i + side * far)];
        for (Index near = 1; near < far; ++near) {
          const double nearer = s[size_t(i * n + i + side * near)];
          fallen += nearer > last ? 1 : nearer == last ? 0.5 : 0;
          pairs += 1;
        }
      }
    }
  }
  return fallen / pairs;
}

double symmetry(const Tensor& similarity) {
  const Doubles s = centred_pairs(similarity, "symmetry");
  const Index n = similarity.shape()[0];
  const double all = squares_of(s, similarity);
  if (all == 0) return 1;
  double both = 0;
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < n; ++j) both += s[size_t(i * n + j)] * s[size_t(j * n + i)];
  }
  return both / all;
}

double effective_rank(const Tensor& table, Center center) {
  const Doubles rows = checked_rows(table, "effective_rank", center);
  const Singular x(rows, table.shape()[0], table.shape()[1]);
  // What centring leaves of equal numbers, and of a direction that is not there, is rounding.
  double largest = 0;
  for (const real number : table) largest = std::max(largest, std::abs(double(number)));
  const double nothing =
      std::max(1e-14 * x.squares[0], 1e-24 * double(table.size()) * largest * largest);
  double sum = 0;
  for (const double square : x.squares) sum += square > nothing ? std::sqrt(square) : 0;
  if (sum == 0) return 0;
  double entropy = 0;
  for (const double square : x.squares) {
    const double share = square > nothing ? std::sqrt(square) / sum : 0;
    if (share > 0) entropy -= share * std::log(share);
  }
  return std::exp(entropy);
}

Tensor position_spectrum(const Tensor& table) {
  const Doubles rows = checked_rows(table, "position_spectrum", Center::yes);
  const Index n = table.shape()[0], d = table.shape()[1];
  Doubles power(size_t(n / 2 + 1), 0.0), cosines(static_cast<size_t>(d)),
      sines(static_cast<size_t>(d));
  for (Index f = 1; f <= n / 2; ++f) {
    std::fill(cosines.begin(), cosines.end(), 0.0);
    std::fill(sines.begin(), sines.end(), 0.0);
    for (Index p = 0; p < n; ++p) {
      const double angle = 2 * std::numbers::pi * double(f * p % n) / double(n);
      const double c = std::cos(angle), s = std::sin(angle);
      for (Index j = 0; j < d; ++j) {
        cosines[size_t(j)] += c * rows[size_t(p * d + j)];
        sines[size_t(j)] += s * rows[size_t(p * d + j)];
      }
    }
    const double squares =
        dot(cosines.data(), cosines.data(), d) + dot(sines.data(), sines.data(), d);
    power[size_t(f)] = (2 * f == n ? 1 : 2) * squares / (double(n) * double(n) * double(d));
  }
  return to_tensor(power, {n / 2 + 1});
}

}  // namespace locus
