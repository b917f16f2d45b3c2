// Claim: the same loss can hide the map: how a table starts decides whether it can be read. The
// street of 09 is learned six times, from six tables. On blank paper the map stands alone; on
// scribbled paper it is written over noise that no gradient has a reason to remove.
// Breakpoint: locus::LearnedPositions::LearnedPositions, where `table` is the paper of each start.
// Try: --spreads 6. Readings reach less far, and now even small starts fold the street on some
// seeds: two stretches that are of no use to each other come to lie on one another.
#include <cmath>

#include "examples/support/lesson.h"
#include "examples/support/world.h"
#include "nn/inspect/compare.h"
#include "nn/inspect/map.h"

using namespace locus;

static constexpr Index places = 32, dim = 16;

struct Start {
  std::string name;
  Tensor table;
  double loss = 0, recovered = 0;  // after training
};

int main(int argc, char** argv) try {
  Lesson lesson("10_blank_paper", "Blank paper",
                "How a table starts decides whether the map in it can be read.");
  Index spreads = 16;
  lesson.flag("--spreads", spreads, "how often readings spread to their neighbours")
      ->check(CLI::Range(1, 100));
  lesson.rests_on({"scribbles", "training"});
  lesson.begin(argc, argv);

  const World world = street(places);
  const Readings readings(world, real(0.3), spreads);
  const Training training = {.steps = lesson.steps(1500, 700), .batch = 32, .rate = real(5e-3)};

  Rng draw = lesson.rng(1);
  Tensor noise = normal({places, dim}, /*deviation=*/1, draw);  // how PyTorch starts an embedding
  if (lesson.without("scribbles")) noise = noise * real(0.001);
  std::vector<Start> starts = {{"zeros", Tensor({places, dim})},
                               {"0.002", noise * real(0.002)},
                               {"0.02", noise * real(0.02)},
                               {"0.1", noise * real(0.1)},
                               {"1", noise},
                               {"sinusoid", sinusoid(places, dim)}};
  const Tensor order = slice(world.truth, 1, 0, 1);
  std::vector<Picture> maps;
  std::vector<std::string> titles;
  std::vector<Bar> recovered;
  std::vector<std::vector<double>> rows;
  for (Start& start : starts) {
    Rng rng = lesson.rng();  // the same model and the same readings for all
    Transformer model = guesser(places, dim, /*position_deviation=*/0, rng);
    model.positions = std::make_unique<LearnedPositions>(start.table);
    start.loss = train(model, readings, training, rng, [&](Index step, real now) {
      lesson.progress(step, training.steps, fmt::format("{}, loss {:.3f}", start.name, now));
    });
    const Tensor similarity = cosine_similarity(model.learned_positions().weight.value());
    start.recovered = neighbour_recovery(similarity, world.streets);
    const double in_order = std::abs(spearman(isomap(similarity, /*neighbours=*/2, 1), order));
    lesson.say("from {:<8}  loss {:.3f}, neighbours recovered {:.2f}, order {:.2f}", start.name,
               start.loss, start.recovered, in_order);
    if (start.name != "0.002" && start.name != "sinusoid") {
      maps.push_back(heat_map(similarity, {.x_title = "place", .y_title = "place"}));
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
  lesson.table("starts", {"start", "loss", "neighbours_recovered", "order"}, rows);
  return lesson.finish(
      "Give six explorers the same town and the same weeks. One has blank paper; one has paper "
      "that a child has scribbled on. They find their way about nearly as well as each other, but "
      "only one map can be read. The scribbles are not wrong, they are merely of no use, and what "
      "is of no use gets no gradient: training writes over them and does not rub them out.\n\n"
      "With noise of 0.1 the streets are still in order, though blurred. Noise of 1, the default "
      "of many libraries, buries the map, and the model that made it guesses only a little worse. "
      "Starting at exactly zero does no harm here: every place has other readings in every "
      "batch, so no two rows stay equal for long.");
} catch (const std::exception& error) {
  return locus::Lesson::failed(error);
}
