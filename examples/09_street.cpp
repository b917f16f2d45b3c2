// Claim: a table of position vectors learns that positions stand in a row, though nobody says so.
// Sensors along a street read values that are alike where they are near. Half of them are hidden;
// the model guesses them from the rest. Whom to ask is all it can learn about places.
// Breakpoint: locus::cosine_similarity, after training: `table` holds the map, not yet drawn.
// Try: --spreads 6. Readings reach less far, and on some seeds the street folds onto itself.
#include <cmath>

#include "autograd/ops.h"
#include "examples/support/lesson.h"
#include "examples/support/world.h"
#include "nn/inspect/compare.h"
#include "nn/inspect/map.h"
#include "nn/plot/film.h"

using namespace locus;
using namespace locus::course;

int main(int argc, char** argv) try {
  Lesson lesson("09_street", "A street", "A table learns that positions stand in a row.");
  Index places = 32, spreads = 16;
  lesson.flag("--places", places, "sensors along the street").between(8, 128);
  lesson.flag("--spreads", spreads, "how often readings spread to their neighbours")
      .between(1, 100);
  lesson.rests_on({"streets", "training"});
  lesson.begin(argc, argv);

  const World world = street(places);
  const real alpha = lesson.without("streets") ? real(1e-9) : real(0.3);  // else nothing spreads
  const Readings readings(world, alpha, spreads);
  const Training training = {
      .steps = lesson.steps(1500, 700), .batch = 32, .learning_rate = real(5e-3)};

  // The map, from a table that starts near zero.
  Rng rng = lesson.rng();
  Transformer model = guesser(places, 16, /*position_stddev=*/real(0.002), rng);
  const real loss = train(model, readings, training, rng, [&](Index step, real now) {
    lesson.progress(step, training.steps, fmt::format("loss {:.3f}", now));
  });
  const Tensor similarity = cosine_similarity(model.learned_positions().weight.value());
  const Tensor line = isomap(similarity, /*neighbours=*/2, /*components=*/1);
  const Tensor order = slice(world.truth, 1, 0, 1);
  const double in_order = std::abs(spearman(line, order));
  lesson.say("loss {:.3f} (guessing blindly: {:.3f})", loss, std::log(4.0));
  lesson.show(similarity);
  lesson.above("similarity of neighbours", neighbour_cosine(similarity, world.streets), 0.8,
               Lesson::Needs::training);
  lesson.above("neighbours recovered", neighbour_recovery(similarity, world.streets), 0.95,
               Lesson::Needs::training);
  lesson.above("order along the street, rank correlation", in_order, 0.95, Lesson::Needs::training);

  // The film, from a small random start, so that there is noise to begin with.
  Rng again = lesson.rng(1);
  Transformer actor = guesser(places, 16, /*position_stddev=*/real(0.02), again);
  Film film(std::max<Index>(training.steps, 1), /*frames=*/10);
  film.see(0, actor.learned_positions().weight.value());  // noise, before the first step
  train(actor, readings, training, again, [&](Index step, real) {
    lesson.progress(step, training.steps, "filming");
    if (step > 0) film.see(step, actor.learned_positions().weight.value());
  });

  lesson.picture("similarity",
                 heat_map(similarity, {.title = "How alike the position vectors are",
                                       .x_title = "place",
                                       .y_title = "place"}),
                 "Red along the diagonal: near places have like vectors. The model was never "
                 "told which are near.");
  std::vector<double> x, y;
  for (Index i = 0; i < places; ++i) x.push_back(double(i)), y.push_back(double(line.data()[i]));
  lesson.picture("order",
                 curves({{.label = "learned", .x = x, .y = y, .marks = true}},
                        {.title = "The street, unrolled from the table",
                         .x_title = "true place",
                         .y_title = "place on the learned line"}),
                 "Isomap lays the vectors on a line. A rising or falling curve without turns is "
                 "the street in order.");
  lesson.picture("film",
                 film.picture(
                     [](const Tensor& table) {
                       return heat_map(cosine_similarity(table),
                                       {.x_title = "place", .y_title = "place"});
                     },
                     "A map appears"),
                 "Noise, districts, streets. From a larger random start.");
  lesson.table("line", {"place", "learned"}, [&] {
    std::vector<std::vector<double>> rows;
    for (std::size_t i = 0; i < x.size(); ++i) rows.push_back({x[i], y[i]});
    return rows;
  }());
  return lesson.finish(
      "Nobody told the model that place 7 lies between 6 and 8. It was asked to guess hidden "
      "readings, and found that some places are better to ask than others. Writing down whom to "
      "ask means giving near places like vectors: the similarity of the table's rows becomes a "
      "picture of the street.\n\n"
      "The film starts from a little noise. First come districts, stretches of places that are "
      "of use to each other; then the districts fall into line.");
} catch (const std::exception& error) {
  return Lesson::failed(error);
}
