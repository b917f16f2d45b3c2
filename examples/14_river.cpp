// Claim: a learned map shows the river that no printed grid knows.
// The city of 13_city, but a river runs through it, and of the streets across only one is left: the
// bridge. Readings go over the bridge or not at all. The map on paper is the same as before; in the
// learned one, likeness stops dead at the river bank, 3 rows or more from the bridge.
// Breakpoint: locus::walking_distances: `links` holds one street across the river; find it.
// Try: --river 2 --bridge 7: the map moves with the river. With .warmup = 50 and --bridge 3, in the
// middle, some seeds miss the bridge.
#include <algorithm>
#include <cmath>

#include "examples/support/lesson.h"
#include "examples/support/world.h"
#include "nn/inspect/compare.h"
#include "nn/inspect/map.h"

using namespace locus;
using namespace locus::course;

// How alike places are to the one at (row, column), laid out as the city is. -> (rows, columns)
static Tensor alike_to(Index row, Index column, const Tensor& similarity, const World& world,
                       Index rows, Index columns) {
  std::vector<Index> number(static_cast<std::size_t>(rows * columns));  // of the place at a spot
  for (Index i = 0; i < world.places; ++i)
    number[std::size_t((rows - 1 - Index(world.truth(i, 1))) * columns +
                       Index(world.truth(i, 0)))] = i;
  Tensor grid({rows, columns});
  for (Index spot = 0; spot < grid.size(); ++spot)
    grid.data()[spot] =
        similarity(number[std::size_t(row * columns + column)], number[std::size_t(spot)]);
  return grid;
}

// The numbers of a (places, places) matrix that belong to two places on opposite banks.
static Tensor across(const Tensor& matrix, const World& world, Index river) {
  std::vector<real> numbers;
  for (Index i = 0; i < world.places; ++i) {
    for (Index j = 0; j < i; ++j) {
      if ((Index(world.truth(i, 0)) < river) != (Index(world.truth(j, 0)) < river))
        numbers.push_back(matrix(i, j));
    }
  }
  return Tensor({Index(numbers.size())}, numbers);
}

int main(int argc, char** argv) try {
  Lesson lesson("14_river", "A river", "A learned map shows the river that no printed grid knows.");
  Index rows = 8, columns = 8, river = 4, bridge = 0;
  lesson.flag("--rows", rows, "of the grid of streets").between(1, 12);
  lesson.flag("--columns", columns, "of the grid of streets").between(1, 12);
  lesson.flag("--river", river, "runs on the left of this column, counted from 0");
  lesson.flag("--bridge", bridge, "crosses in this row, counted from 0 at the top");
  Index spreads = 18;
  lesson.flag("--spreads", spreads, "how often readings spread to their neighbours")
      .between(1, 100);
  lesson.rests_on({"river", "training"});
  lesson.begin(argc, argv);

  Rng scramble = lesson.rng(1);
  const World dry = city(rows, columns, scramble);
  const RiverCity city = flooded(dry, river, bridge);
  const Readings readings(lesson.without("river") ? dry : city.world, real(0.2), spreads);
  // The long warm-up keeps attention broad until the one street across is found. Attention that has
  // settled on the near bank is 0 there, and with it the gradient that would lead back.
  const Training training = {
      .steps = lesson.steps(3000, 800), .batch = 48, .learning_rate = real(3e-3), .warmup = 400};

  Rng rng = lesson.rng();
  Transformer model = guesser(dry.places, 32, /*position_stddev=*/real(0.02), rng);
  const real loss = train(model, readings, training, rng, [&](Index step, real now) {
    lesson.progress(step, training.steps, fmt::format("loss {:.3f}", now));
  });

  // The same model, readings and steps, with a printed map instead of a table.
  Rng again = lesson.rng();
  Transformer reader = guesser(dry.places, 32, /*position_stddev=*/0, again);
  reader.positions = std::make_unique<SinusoidalPositions>(printed_grid(dry, 32));
  const real printed = train(reader, readings, training, again, [&](Index step, real now) {
    lesson.progress(step, training.steps, fmt::format("printed grid, loss {:.3f}", now));
  });
  const Tensor similarity = cosine_similarity(model.learned_positions().weight.value());
  const Alignment map =
      procrustes(isomap(similarity, /*neighbours=*/4, /*components=*/2), dry.truth);
  const auto banks = [&](const Tensor& matrix) { return across(matrix, dry, river); };
  const Tensor learned = banks(straight_distances(map.aligned));
  const double walking =
      spearman(learned, banks(walking_distances(dry.places, city.world.streets)));
  const double straight = spearman(learned, banks(straight_distances(dry.truth)));
  const double over_bridge = neighbour_cosine(similarity, city.bridge);
  const double blind = std::log(4.0);
  lesson.say("loss {:.3f}, with a printed grid {:.3f}, guessing blindly {:.3f}", loss, printed,
             blind);
  lesson.say("from bank to bank, the map against walking {:.2f}, against the straight line {:.2f}",
             walking, straight);
  lesson.above("alike along the banks", neighbour_cosine(similarity, city.along), 0.7,
               Lesson::Needs::training);
  lesson.below("alike across the river, far from the bridge",
               neighbour_cosine(similarity, city.drowned), 0.35, Lesson::Needs::training);
  const Tensor alike = banks(similarity);
  const auto more_alike =
      std::count_if(alike.begin(), alike.end(), [&](real x) { return x > real(over_bridge); });
  lesson.exactly("pairs across the river more alike than the bridge's", double(more_alike), 0,
                 Lesson::Needs::training);
  lesson.above("from bank to bank, walking fits the map better than flying, by", walking - straight,
               0, Lesson::Needs::training);

  lesson.above("what a printed grid learns, as a share of what the table does",
               (blind - printed) / (blind - loss), 0.9, Lesson::Needs::training);  // a fair rival
  lesson.below("loss as a share of a printed grid's", loss / printed, 0.95,
               Lesson::Needs::training);

  std::vector<double> colour;  // by true row, so that order is visible in both maps
  for (Index i = 0; i < dry.places; ++i)
    colour.push_back(double(rows - 1 - Index(dry.truth(i, 1))));
  const ScatterOptions options = {
      .links = city.world.streets, .values = colour, .value_title = "true row"};
  lesson.picture(
      "map",
      side_by_side({scatter(dry.truth, options), scatter(map.aligned, options)},
                   {"the city and its river", "drawn by the table"}, "One bridge is left"),
      "Grey lines are the streets that are left. Where the river runs, the learned map "
      "tears open, as far as the bridge lets it.");
  const Index far = bridge < rows / 2 ? rows - 1 : 0;  // the row at the other end of the city
  const HeatMapOptions grid = {.x_title = "column", .y_title = "row"};
  lesson.picture(
      "bank",
      side_by_side({heat_map(alike_to(far, river - 1, similarity, dry, rows, columns), grid),
                    heat_map(alike_to(far, river, similarity, dry, rows, columns), grid)},
                   {fmt::format("to the place in row {}, column {}", far, river - 1),
                    fmt::format("to its neighbour across, column {}", river)},
                   "Likeness stops dead at the river bank"),
      "The city seen from above, each corner in the colour of its likeness to one place. Two "
      "places that face each other across the water are not alike.");
  return lesson.finish(
      "On paper these are the streets of 13 and the distances between corners are the same. Yet "
      "nobody who walks there would draw that map: to the other bank it is a long way round. The "
      "table was learned by walking. Corners that face each other across the water are no use to "
      "each other, so their vectors are not alike, and of all pairs on opposite banks the two ends "
      "of the bridge are the most alike.\n\n"
      "A printed grid, one-dimensional or two, says that near on paper is near. What is learned "
      "says what is near in the world of the task.");
} catch (const std::exception& error) {
  return Lesson::failed(error);
}
