// A table of positions for a longer street or a larger grid: every new vector is a weighted sum of
// the old ones nearest to it.
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "nn/positions.h"

namespace locus {

namespace {
struct Tap {
  Index row;
  double weight;
};
using Taps = std::array<Tap, 4>;  // the old places around one new place; their weights add up to 1
}  // namespace

// The cubic through f(0) and f(1) whose slope there is -a times the difference of the neighbours:
// -1/2 is the true slope of a line (Catmull-Rom).   [Keys 1981]   weights of f(-1), f(0), f(1), f(2)
static std::array<double, 4> cubic_weights(double t, double a) {
  const auto near = [a](double x) { return ((a + 2) * x - (a + 3)) * x * x + 1; };
  const auto far = [a](double x) { return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a; };
  return {far(1 + t), near(t), near(1 - t), far(2 - t)};
}

// Ends stay ends: place p of the new table is place p (rows - 1) / (length - 1) of the old one.
static double end_to_end(Index p, Index rows, Index length) {
  return length > 1 ? double(p) * double(rows - 1) / double(length - 1) : 0;
}

static Taps linear_taps(double place, Index rows) {
  const Index below = std::min(Index(place), rows - 1), above = std::min(below + 1, rows - 1);
  const double share = place - double(below);
  return {{{below, 1 - share}, {above, share}}};
}

// Beyond an end the table goes on straight: row(-1) = 2 row(0) - row(1). So a line stays a line.
static Taps cubic_taps(double place, Index rows) {
  const Index below = std::min(Index(place), rows - 1), last = rows - 1;
  auto [before, here, next, after] = cubic_weights(place - double(below), -0.5);
  if (below == 0) here += 2 * before, next -= before, before = 0;
  if (below + 1 >= last) next += 2 * after, here -= after, after = 0;
  return {{{std::max(below - 1, Index(0)), before},
           {below, here},
           {std::min(below + 1, last), next},
           {std::min(below + 2, last), after}}};
}

// Places are the middles of cells, as of an image's patches; beyond an edge its cells go on.
static Taps cell_taps(Index p, Index rows, Index length) {
  const double place = (double(p) + 0.5) * double(rows) / double(length) - 0.5;
  const Index below = Index(std::floor(place));
  const std::array<double, 4> weights = cubic_weights(place - double(below), -0.75);
  Taps taps{};
  for (std::size_t k = 0; k < 4; ++k)
    taps[k] = {std::clamp(below - 1 + Index(k), Index(0), rows - 1), weights[k]};
  return taps;
}

namespace {
// One row of the new table, added up in double.
struct Blend {
  const Tensor& from;
  std::vector<double> sum = std::vector<double>(std::size_t(from.shape()[1]), 0.0);

  void add(double weight, Index row) {
    if (weight == 0) return;
    const real* x = from.data() + row * from.shape()[1];
    for (double& number : sum) number += weight * double(*x++);
  }
  real* put(real* to) {
    for (double& number : sum) *to++ = real(std::exchange(number, 0.0));
    return to;
  }
};
}  // namespace

LearnedPositions LearnedPositions::interpolated(Index length, Interpolation kind) const {
  check(length >= 1, "interpolated: a length of at least 1, got {}.", length);
  const Index rows = max_length();
  Tensor table = Tensor::uninitialized({length, weight.shape()[1]});
  Blend blend{weight.value()};
  real* to = table.data();
  for (Index p = 0; p < length; ++p) {
    const double place = end_to_end(p, rows, length);
    const Taps taps =
        kind == Interpolation::linear ? linear_taps(place, rows) : cubic_taps(place, rows);
    for (const Tap& tap : taps) blend.add(tap.weight, tap.row);
    to = blend.put(to);
  }
  return LearnedPositions(std::move(table));
}

LearnedPositions LearnedPositions::interpolated(Grid from, Grid to, Index kept) const {
  check(kept >= 0 && from.rows >= 1 && from.columns >= 1 && to.rows >= 1 && to.columns >= 1,
        "interpolated: grids of at least 1 x 1 and no fewer than 0 rows to keep, got {} x {}, {} x "
        "{} "
        "and {}.",
        from.rows, from.columns, to.rows, to.columns, kept);
  check(
      kept <= max_length() && Shape{from.rows, from.columns}.size() == max_length() - kept,
      "interpolated: {} rows and a grid of {} x {} must be the whole table, got one of {}. Say how "
      "many rows, such as a class token's, stand before the grid.",
      kept, from.rows, from.columns, max_length());
  const Index cells = Shape{to.rows, to.columns}.size();  // throws where that is no number
  Tensor table = Tensor::uninitialized({kept + cells, weight.shape()[1]});
  Blend blend{weight.value()};
  real* next = table.data();
  for (Index row = 0; row < kept; ++row) {
    blend.add(1, row);
    next = blend.put(next);
  }
  for (Index i = 0; i < to.rows; ++i) {
    const Taps down = cell_taps(i, from.rows, to.rows);
    for (Index j = 0; j < to.columns; ++j) {
      for (const Tap& across : cell_taps(j, from.columns, to.columns)) {
        for (const Tap& tap : down)
          blend.add(tap.weight * across.weight, kept + tap.row * from.columns + across.row);
      }
      next = blend.put(next);
    }
  }
  return LearnedPositions(std::move(table));
}

}  // namespace locus
