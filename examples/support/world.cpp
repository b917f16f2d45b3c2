#include "examples/support/world.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "autograd/ops.h"

namespace locus::course {

World street(Index places) {
  check(places >= 3, "street: at least 3 places, got {}.", places);
  World world{.places = places, .truth = Tensor({places, 2})};
  for (Index i = 0; i < places; ++i) {
    world.truth.at({i, 0}) = real(i);
    if (i > 0) world.streets.push_back({i - 1, i});
  }
  return world;
}

World ring(Index places) {
  World world = street(places);
  world.streets.push_back({places - 1, 0});
  for (Index i = 0; i < places; ++i) {  // clockwise, place 0 at the top
    const double angle = 2 * std::numbers::pi * double(i) / double(places);
    world.truth.at({i, 0}) = real(std::sin(angle)), world.truth.at({i, 1}) = real(std::cos(angle));
  }
  return world;
}

World city(Index rows, Index columns, Rng& scramble) {
  check(rows >= 2 && columns >= 2,
        "city: at least 2 rows and 2 columns, got {} x {}. A single row is a street.", rows,
        columns);
  const Indices number = scramble.permutation(rows * columns);  // of the place at row r, column c
  World world{.places = rows * columns, .truth = Tensor({rows * columns, 2})};
  for (Index r = 0; r < rows; ++r) {
    for (Index c = 0; c < columns; ++c) {
      const Index here = number[r * columns + c];
      world.truth.at({here, 0}) = real(c);
      world.truth.at({here, 1}) = real(rows - 1 - r);  // row 0 at the top
      if (c > 0) world.streets.push_back({number[r * columns + c - 1], here});
      if (r > 0) world.streets.push_back({number[(r - 1) * columns + c], here});
    }
  }
  return world;
}

RiverCity flooded(const World& city, Index river, Index bridge) {
  const Index columns = 1 + Index(max(city.truth, 0)(0)), rows = city.places / columns;
  check(1 <= river && river < columns,
        "flooded: a river from 1 to {}, between two columns, got {}.", columns - 1, river);
  check(0 <= bridge && bridge < rows, "flooded: a bridge in a row from 0 to {}, got {}.", rows - 1,
        bridge);
  check(std::max(bridge, rows - 1 - bridge) >= 3,
        "flooded: a row 3 or more away from the bridge, got {} rows and the bridge in row {}. Add "
        "rows, or move it towards an end.",
        rows, bridge);
  RiverCity result{.world = city, .along = {}, .drowned = {}, .bridge = {}};
  result.world.streets.clear();
  for (const Link& link : city.streets) {
    const auto [left, right] = std::minmax({city.truth(link.from, 0), city.truth(link.to, 0)});
    const Index row = rows - 1 - Index(city.truth(link.from, 1));
    const bool across = Index(left) == river - 1 && Index(right) == river;
    const bool on_bank = left == right && (Index(left) == river - 1 || Index(left) == river);
    if (on_bank) result.along.push_back(link);
    if (across && row == bridge) result.bridge.push_back(link);
    if (across && std::abs(row - bridge) >= 3) result.drowned.push_back(link);
    if (!across || row == bridge) result.world.streets.push_back(link);
  }
  return result;
}

Tensor printed_grid(const World& city, Index dim) {
  std::vector<Tensor> halves;
  for (const Index axis : {0, 1}) {
    Indices coordinate({city.places});
    for (Index i = 0; i < city.places; ++i) coordinate[i] = Index(city.truth(i, axis));
    halves.push_back(embedding(sinusoid(city.places, dim / 2), coordinate));
  }
  return concatenate(halves, 1);
}

Readings::Readings(const World& world, real alpha, Index spreads) {
  const Index n = world.places;
  // One spread is a product with I - alpha (degrees - neighbours).
  Tensor once({n, n});
  for (Index i = 0; i < n; ++i) once.at({i, i}) = 1;
  for (const auto& [from, to] : world.streets) {
    once.at({from, to}) += alpha, once.at({to, from}) += alpha;
    once.at({from, from}) -= alpha, once.at({to, to}) -= alpha;
  }
  for (Index i = 0; i < n; ++i) {
    const real degree = (1 - once(i, i)) / alpha;
    check(alpha > 0 && 2 * degree * alpha <= real(2.001),
          "Readings: alpha must be above 0 and at most {:.3g} here, got {}: beyond it a "
          "place counts its own reading as negative.",
          1 / degree, alpha);
  }
  spread_ = once;
  for (Index i = 1; i < spreads; ++i) spread_ = matmul(spread_, once);
  spread_ = spread_ / sqrt(sum(spread_ * spread_, 1, Keep::yes));
}

Indices Readings::draw(Index batch, Rng& rng) const {
  const Index places = spread_.shape()[0];
  const Tensor noise = normal({batch, places}, 1, rng);
  const Tensor readings = matmul(noise, spread_, Transpose::right);
  Indices result({batch, places});
  // A quarter of all standard normal numbers lies below -quartile, a half below 0.
  constexpr real quartile = real(0.6744897501960817);
  for (Index i = 0; i < result.size(); ++i) {
    const real x = readings.data()[i];
    result[i] = x < -quartile ? 0 : x < 0 ? 1 : x < quartile ? 2 : 3;
  }
  return result;
}

Puzzle puzzle_of(const Indices& readings, Rng& rng) {
  Puzzle puzzle{readings, Indices(readings.shape(), ignored)};
  for (Index i = 0; i < readings.size(); ++i) {
    if (rng.uniform() < 0.5)
      puzzle.hidden[i] = readings[i], puzzle.given[i] = Readings::hidden_level;
  }
  return puzzle;
}

Transformer guesser(Index places, Index dim, real position_stddev, Rng& rng) {
  return Transformer({.vocab_size = Readings::levels + 1,
                      .max_length = places,
                      .embedding_dim = dim,
                      .hidden_dim = 2 * dim,
                      .outputs = Readings::levels,
                      .position_stddev = position_stddev},
                     rng);
}

real train(Transformer& model, const Readings& readings, const Training& training, Rng& rng,
           const std::function<void(Index step, real loss)>& after) {
  const auto loss_of_batch = [&](Index batch) {
    const Puzzle puzzle = puzzle_of(readings.draw(batch, rng), rng);
    return cross_entropy(model(puzzle.given), puzzle.hidden);
  };
  return train(model, training, loss_of_batch, after);
}

}  // namespace locus::course
