// Claim: explore the scrambled readings of a city's sensors, and the table draws the city's map.
// As 09_street, but the places form a grid of streets and are numbered at random: not even their
// order says anything. The map is recovered from the table, and again from the attention weights.
// Breakpoint: locus::isomap: `similarity` looks like noise, but only the numbering is.
// Try: --rows 5 --columns 12, or any --scramble-seed.
#include <cmath>

#include "examples/support/lesson.h"
#include "examples/support/world.h"
#include "nn/inspect/compare.h"
#include "nn/inspect/map.h"

using namespace locus;
using namespace locus::course;

// How much places look at each other, both ways, averaged over puzzles.        -> (places, places)
static Tensor mutual_attention(Transformer& model, const Readings& readings, Rng& rng) {
  const Index places = model.config.max_length;
  const Puzzle puzzle = puzzle_of(readings.draw(256, rng), rng);
  const Tensor looks =
      mean(model.attention_weights(puzzle.given)[0].reshaped({-1, places, places}), 0);
  return looks + permute(looks, {1, 0});
}

int main(int argc, char** argv) try {
  Lesson lesson("13_city", "A city", "Explore scrambled readings, recover the city.");
  Index rows = 8, columns = 8;
  std::uint64_t scramble_seed = 0;
  lesson.flag("--rows", rows, "of the grid of streets").between(1, 16);
  lesson.flag("--columns", columns, "of the grid of streets").between(1, 16);
  lesson.flag("--scramble-seed", scramble_seed, "how places are numbered; 0: follows --seed")
      .at_least(0);
  lesson.rests_on({"streets", "training"});
  lesson.begin(argc, argv);

  Rng scramble = scramble_seed > 0 ? Rng(scramble_seed) : lesson.rng(1);
  const World world = city(rows, columns, scramble);
  const World elsewhere = city(rows, columns, scramble);  // other streets between the same places
  const Readings readings(lesson.without("streets") ? elsewhere : world, real(0.2), /*spreads=*/4);
  const Training training = {
      .steps = lesson.steps(4500, 800), .batch = 32, .learning_rate = real(3e-3)};

  Rng rng = lesson.rng();
  Transformer model = guesser(world.places, 32, /*position_stddev=*/real(0.005), rng);
  const Tensor before = cosine_similarity(model.learned_positions().weight.value());
  const real loss = train(model, readings, training, rng, [&](Index step, real now) {
    lesson.progress(step, training.steps, fmt::format("loss {:.3f}", now));
  });

  const Tensor similarity = cosine_similarity(model.learned_positions().weight.value());
  const Alignment map =
      procrustes(isomap(similarity, /*neighbours=*/4, /*components=*/2), world.truth);
  const double from_table = neighbour_recovery(similarity, world.streets);
  const double from_attention =
      neighbour_recovery(mutual_attention(model, readings, rng), world.streets);
  lesson.say("{} places, {} streets; loss {:.3f} (guessing blindly: {:.3f})", world.places,
             world.streets.size(), loss, std::log(4.0));
  lesson.say("streets recovered before training: {:.2f}",
             neighbour_recovery(before, world.streets));
  lesson.above("streets recovered from the table", from_table, 0.85, Lesson::Needs::training);
  lesson.above("streets recovered from attention", from_attention, 0.93, Lesson::Needs::training);
  lesson.above("map against the true city, correlation", map.correlation, 0.97,
               Lesson::Needs::training);

  std::vector<double> colour;  // by true row, so that order is visible in both maps
  for (Index i = 0; i < world.places; ++i)
    colour.push_back(double(rows - 1 - Index(world.truth(i, 1))));
  const ScatterOptions options = {
      .links = world.streets, .values = colour, .value_title = "true row"};
  lesson.picture(
      "map",
      side_by_side({scatter(world.truth, options), scatter(map.aligned, options)},
                   {"the true city", "drawn by the table"},
                   "The city, recovered from the position vectors"),
      "Grey lines are the true streets, drawn between the places where the table puts them.");
  lesson.picture("similarity",
                 side_by_side({heat_map(before, {.x_title = "place", .y_title = "place"}),
                               heat_map(similarity, {.x_title = "place", .y_title = "place"})},
                              {"before training", "after"}, "The same table as a heat map"),
                 "Places are numbered at random, so even the finished similarity looks like "
                 "static. The map above is in it.");
  std::vector<std::vector<double>> points;
  for (Index i = 0; i < world.places; ++i) {
    points.push_back({double(i), double(world.truth(i, 0)), double(world.truth(i, 1)),
                      double(map.aligned(i, 0)), double(map.aligned(i, 1))});
  }
  lesson.table("map", {"place", "true_x", "true_y", "learned_x", "learned_y"}, points);
  return lesson.finish(
      "Sensors stand at the corners of a city and are wired up in no order at all. The model "
      "never sees a street or a coordinate; it guesses hidden readings. Yet guessing well means "
      "knowing who stands next to whom, and that knowledge has to be kept somewhere. It is kept "
      "in the position table: measure which vectors are alike, follow the shortest paths, and "
      "the street map unrolls.\n\n"
      "A printed grid, such as the sinusoidal code, numbers places along a line and cannot know "
      "this city. A learned table is the map you draw yourself while walking.");
} catch (const std::exception& error) {
  return Lesson::failed(error);
}
