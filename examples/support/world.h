// The worlds of Part III: places joined by streets, and sensors whose readings are alike where
// places are near. A model sees readings by position; no coordinates and no streets are ever given.
#pragma once

#include "examples/support/training.h"
#include "nn/inspect/similarity.h"
#include "nn/transformer.h"
#include "tensor/random.h"

namespace locus::course {

struct World {
  Index places = 0;
  std::vector<Link> streets = {};
  Tensor truth = {};  // (places, 2): where they stand
};

World street(Index places);  // in a row;                                       throws below 3
World ring(Index places);    // in a circle: a street whose ends meet;          throws below 3
// A grid whose places are numbered in random order.                            Throws below 2 x 2
World city(Index rows, Index columns, Rng& scramble);

// A city with a river on the left of column `river` and one bridge, in row `bridge` from the top.
struct RiverCity {
  World world;              // without the streets that the river took
  std::vector<Link> along;  // on the banks, both sides
  std::vector<Link>
      drowned;               // across the river, where a street was, 3 rows or more from the bridge
  std::vector<Link> bridge;  // the street across that is left
};
// Throws unless the river runs between two columns, the bridge stands in a row, and a row is 3 or
// more away from it.
RiverCity flooded(const World& city, Index river, Index bridge);

// The code of a printed map: half of each vector is the sinusoid of the place's column, half that
// of its row. A river is not on it.                                             -> (places, dim)
Tensor printed_grid(const World& city, Index dim);

// Readings: white noise that has spread along the streets, cut into levels.
//   x += alpha (sum over neighbours x_j - degree x), `spreads` times; then each place scaled to
//   variance 1 and cut into `levels` of equal probability.
class Readings {
 public:
  static constexpr Index levels = 4;
  static constexpr Index hidden_level = levels;  // the token of a place whose reading is not given

  // Throws unless 0 < alpha <= 1 / the largest degree: beyond it, a spread would count a place's own
  // reading as negative.
  Readings(const World& world, real alpha, Index spreads);

  // Levels 0 .. 3 of all places.                                               -> (batch, places)
  Indices draw(Index batch, Rng& rng) const;

 private:
  Tensor spread_;  // (places, places): readings = noise spreadᵀ, rows of unit length
};

// A guessing game: each reading is hidden with probability one half, and is to be guessed.
struct Puzzle {
  Indices given;   // levels, and hidden_level where hidden       (batch, places)
  Indices hidden;  // the hidden levels, and `ignored` elsewhere  (batch, places)
};
Puzzle puzzle_of(const Indices& readings, Rng& rng);

// An encoder of one layer and one head that guesses hidden readings.
Transformer guesser(Index places, Index dim, real position_stddev, Rng& rng);

// Trains it on fresh puzzles; see train() of training.h. Blind guessing has the loss ln 4 = 1.386.
real train(Transformer& model, const Readings& readings, const Training& training, Rng& rng,
           const std::function<void(Index step, real loss)>& after = {});

}  // namespace locus::course
