// Claim: the same loss can hide the map: how a table starts decides whether it can be read. The
// street of 09 is learned six times, from six tables. On blank paper the map stands alone; on
// scribbled paper it is written over noise that no gradient has a reason to remove. And where
// readings reach less far, chance decides: of twenty explorers, some tear or fold the street.
// Breakpoint: locus::LearnedPositions::LearnedPositions, where `table` is the paper of each start.
// Try: --reach 16: the readings of the twenty reach as far as those of the six, and none tears it.
#include <algorithm>
#include <cmath>

#include "examples/support/lesson.h"
#include "examples/support/world.h"
#include "nn/inspect/compare.h"
#include "nn/inspect/map.h"

using namespace locus;
using namespace locus::course;

static constexpr Index places = 32, dim = 16;

struct Start {
  std::string name;
  Tensor table;
  double loss = 0, recovered = 0;  // after training
};

// How well the places stand in order along the line that the similarities draw: 1 when all do.
static double order_of(const Tensor& similarity, const World& world) {
  const Tensor line = isomap(similarity, /*neighbours=*/2, /*components=*/1);
  return std::abs(spearman(line, slice(world.truth, 1, 0, 1)));
}

int main(int argc, char** argv) try {
  Lesson lesson("10_blank_paper", "Blank paper",
                "How a table starts decides whether the map in it can be read.");
  Index spreads = 16;
  lesson.flag("--spreads", spreads, "how often readings spread to their neighbours")
      .between(1, 100);
  Index reach = 4;
  lesson.flag("--reach", reach, "the same, for the twenty who may fold the street").between(1, 100);
  lesson.rests_on({"scribbles", "training"});
  lesson.begin(argc, argv);

  const World world = street(places);
  const Readings readings(world, real(0.3), spreads);
  const Training training = {
      .steps = lesson.steps(1500, 700), .batch = 32, .learning_rate = real(5e-3)};

  Rng draw = lesson.rng(1);
  Tensor noise = normal({places, dim}, /*stddev=*/1, draw);  // how PyTorch starts an embedding
  if (lesson.without("scribbles")) noise = noise * real(0.001);
  std::vector<Start> starts = {{"zeros", Tensor({places, dim})},
                               {"0.002", noise * real(0.002)},
                               {"0.02", noise * real(0.02)},
                               {"0.1", noise * real(0.1)},
                               {"1", noise},
                               {"sinusoid", sinusoid(places, dim)}};
  const HeatMapOptions axes = {.x_title = "place", .y_title = "place"};
  std::vector<Picture> maps;
  std::vector<std::string> titles;
  std::vector<Bar> recovered;
  std::vector<std::vector<double>> rows;
  for (Start& start : starts) {
    Rng rng = lesson.rng();  // the same model and the same readings for all
    Transformer model = guesser(places, dim, /*position_stddev=*/0, rng);
    model.positions = std::make_unique<LearnedPositions>(start.table);
    start.loss = train(model, readings, training, rng, [&](Index step, real now) {
      lesson.progress(step, training.steps, fmt::format("{}, loss {:.3f}", start.name, now));
    });
    const Tensor similarity = cosine_similarity(model.learned_positions().weight.value());
    start.recovered = neighbour_recovery(similarity, world.streets);
    const double in_order = order_of(similarity, world);
    lesson.say("from {:<8}  loss {:.3f}, neighbours recovered {:.2f}, order {:.2f}", start.name,
               start.loss, start.recovered, in_order);
    if (start.name != "0.002" && start.name != "sinusoid") {
      maps.push_back(heat_map(similarity, axes));
      titles.push_back(fmt::format("from {}: loss {:.2f}", start.name, start.loss));
    }
    recovered.push_back({start.name, start.recovered, start.name == "sinusoid" ? 1 : 0});
    rows.push_back({double(rows.size()), start.loss, start.recovered, in_order});
  }
  const Start &zeros = starts[0], &tenth = starts[3], &one = starts[4];
  lesson.above("neighbours recovered, from zeros", zeros.recovered, 0.9, Lesson::Needs::training);
  lesson.below("neighbours recovered, from noise of 0.1", tenth.recovered, 0.8,
               Lesson::Needs::training);
  lesson.below("neighbours recovered, from noise of 1", one.recovered, 0.4,
               Lesson::Needs::training);
  lesson.below("loss from 0.1 minus loss from zeros, either way", std::abs(tenth.loss - zeros.loss),
               0.03, Lesson::Needs::training);
  const double blind = std::log(4.0);
  lesson.above("what 1 learns to guess, as a share of what zeros learns",
               (blind - one.loss) / (blind - zeros.loss), 0.85, Lesson::Needs::training);

  // The same street for twenty explorers whose readings reach less far.
  const Readings nearby(world, real(0.3), reach);
  std::vector<std::pair<double, Tensor>> explored;  // order, similarity
  for (std::uint64_t explorer = 1; explorer <= 20; ++explorer) {
    Rng rng = lesson.rng(1 + explorer);
    Transformer model = guesser(places, dim, /*position_stddev=*/real(0.002), rng);
    train(model, nearby,
          {.steps = lesson.steps(800, 300), .batch = 32, .learning_rate = real(5e-3)}, rng);
    lesson.progress(Index(explorer), 20, "explorers");
    const Tensor similarity = cosine_similarity(model.learned_positions().weight.value());
    explored.push_back({order_of(similarity, world), similarity});
  }
  const auto by_order = [](const auto& a, const auto& b) { return a.first < b.first; };
  const auto [worst, best] = std::minmax_element(explored.begin(), explored.end(), by_order);
  lesson.say("of twenty explorers who see less far: order {:.2f} at best, {:.2f} at worst",
             best->first, worst->first);

  lesson.picture("similarity", side_by_side(maps, titles, "One street on four papers"),
                 "How alike the position vectors are after training. The third guesses as well as "
                 "the first, but each place is like itself and less like its neighbours. In the "
                 "last, the map has gone under.");
  lesson.picture("recovered",
                 bars(recovered, {.title = "Neighbours recovered, by start",
                                  .x_title = "share of true neighbours",
                                  .high = 1}),
                 "Numbers are the deviation of a random start. The sinusoid was a street before "
                 "training; it is drawn apart.");
  lesson.picture("folded",
                 side_by_side({heat_map(best->second, axes), heat_map(worst->second, axes)},
                              {fmt::format("the best: order {:.2f}", best->first),
                               fmt::format("the worst: order {:.2f}", worst->first)},
                              "Two of twenty explorers who see less far"),
                 "The street again, learned from readings that reach less far, by explorers who "
                 "differ only in their small random start and in what they happened to read. On a "
                 "good map, red runs along the diagonal; where it stops the street is torn, and "
                 "red away from it is a fold: far places that share a vector.");
  lesson.table("starts", {"start", "loss", "neighbours_recovered", "order"}, rows);
  return lesson.finish(
      "Give six explorers the same town and the same weeks. One has blank paper; one has paper "
      "that a child has scribbled on. They find their way about nearly as well as each other, but "
      "only one map can be read. The scribbles are not wrong, they are merely of no use, and what "
      "is of no use gets no gradient: training writes over them and does not rub them out.\n\n"
      "With noise of 0.1 the map is blurred: more or less half of the neighbours can be read. "
      "Noise of 1, the default of many libraries, buries the map, and the model that made it "
      "guesses only a little worse. "
      "Starting at exactly zero does no harm here: every place has other readings in every "
      "batch, so no two rows stay equal for long.\n\n"
      "Blank paper is not enough where readings reach less far. Each of twenty explorers begins "
      "with next to nothing on it and gets to know every stretch of the street; how the stretches "
      "are joined is left to chance, and some maps come out torn or folded.");
} catch (const std::exception& error) {
  return Lesson::failed(error);
}
