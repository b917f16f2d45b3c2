// Claim: a smooth map can be interpolated, an address book cannot. A street gets new sensors between
// its old ones. Rows interpolated between those of the learned table fit them at once: what lies
// between two places looks like something between their vectors. But a table that only keeps
// addresses apart (12) has nothing between two rows: the same question finds the wrong door.
// Breakpoint: locus::LearnedPositions::interpolated: rows 0, 2, 4, .. are the old ones.
// Try: --places 16, or a street three times as dense: 3 * places - 2 places, 9 * spreads.
#include "autograd/ops.h"
#include "examples/support/lesson.h"
#include "examples/support/tasks.h"
#include "examples/support/world.h"

using namespace locus;
using namespace locus::course;

// The mean loss on puzzles that were never trained on.
static double unseen_loss(Transformer& model, const Readings& readings, Rng rng) {
  const NoGrad inference;
  const Puzzle puzzle = puzzle_of(readings.draw(500, rng), rng);
  return cross_entropy(model(puzzle.given), puzzle.hidden).item();
}

int main(int argc, char** argv) try {
  Lesson lesson("17_stretching", "Stretching",
                "A smooth map can be interpolated, an address book cannot.");
  Index places = 32;
  lesson.flag("--places", places, "sensors along the street, before it gets more").between(12, 64);
  lesson.rests_on({"stretching", "training"});
  lesson.begin(argc, argv);
  const Index dense = 2 * places - 1;
  constexpr Index dim = 16, spreads = 16;
  constexpr real stddev = real(0.002);

  // Spreading reaches as far as the root of how often: twice as many places take four times.
  const Readings sparse(street(places), real(0.3), spreads);
  const Readings between(street(dense), real(0.3), 4 * spreads);
  const Training training = {
      .steps = lesson.steps(1500, 700), .batch = 32, .learning_rate = real(5e-3)};
  Rng rng = lesson.rng();
  Transformer model = guesser(places, dim, stddev, rng);
  train(model, sparse, training, rng, [&](Index step, real now) {
    lesson.progress(step, training.steps, fmt::format("the street, loss {:.3f}", now));
  });
  const LearnedPositions old(model.learned_positions().weight.value());
  const Tensor interpolated = old.interpolated(dense).weight.value();
  // The other way to more rows: the old ones for the first places, untrained ones for the rest.
  const std::vector<Tensor> parts = {old.weight.value(),
                                     normal({dense - places, dim}, stddev, rng)};
  const Tensor appended = concatenate(parts, /*axis=*/0);

  // Both tables in the same trained model; then both train a little more, on the same puzzles.
  std::vector<Tensor> trained;
  for (const NamedParameter& parameter : model.parameters())
    trained.push_back(parameter.variable.value());
  const auto with_table = [&](const Tensor& table, Index more) {
    model.positions = std::make_unique<LearnedPositions>(
        Tensor({places, dim}));  // so that all parameters have their old shapes
    std::vector<NamedParameter> parameters = model.parameters();
    for (size_t i = 0; i < trained.size(); ++i) parameters[i].variable.set_value(trained[i]);
    model.positions = std::make_unique<LearnedPositions>(table);
    Rng again = lesson.rng(1);
    train(model, between, {.steps = more, .batch = 32, .learning_rate = real(2e-3), .warmup = 10},
          again);
    return unseen_loss(model, between, lesson.rng(2));
  };
  const Index more = lesson.steps(100, 100);
  const double stretched_0 = with_table(lesson.without("stretching") ? appended : interpolated, 0);
  const double appended_0 = with_table(appended, 0);
  const double stretched_more =
      with_table(lesson.without("stretching") ? appended : interpolated, more);
  const double appended_more = with_table(appended, more);
  lesson.say("loss on the denser street: interpolated {:.3f}, old rows and new ones {:.3f}",
             stretched_0, appended_0);
  lesson.say("after {} more steps:       interpolated {:.3f}, old rows and new ones {:.3f}", more,
             stretched_more, appended_more);

  // The address book: what was read `back` places ago, then the same doors on the longer street.
  constexpr Index back = 3;
  Transformer book = guesser(places, dim, stddev, rng);
  train(book, {.steps = lesson.steps(1000, 600), .batch = 32, .learning_rate = real(5e-3)},
        [&](Index batch) {
          const Problem problem = recall(back, batch, places, Readings::levels, rng);
          return cross_entropy(book(problem.ids), problem.answers);
        });
  const NoGrad inference;
  const Problem before = recall(back, 500, places, Readings::levels, rng);
  const double right = accuracy(book(before.ids).value(), before.answers);
  const Index longer = lesson.without("stretching") ? places : dense;
  book.positions =
      std::make_unique<LearnedPositions>(book.learned_positions().interpolated(longer));
  const Problem three = recall(back, 500, longer, Readings::levels, rng);
  const Problem six = recall(2 * back, 500, longer, Readings::levels, rng);
  const double three_back = accuracy(book(three.ids).value(), three.answers);
  const Tensor scores = book(six.ids).value();
  Indices at_new = six.answers, at_old = six.answers;
  for (Index i = 0; i < six.answers.size(); ++i) (i % longer % 2 ? at_old : at_new)[i] = ignored;
  const double new_right = accuracy(scores, at_new), old_right = accuracy(scores, at_old);
  lesson.say("the address book: {:.3f} right; interpolated, {} rows back: {:.3f} (chance: {:.2f})",
             right, back, three_back, 1.0 / Readings::levels);
  lesson.say("  the same doors, {} rows back: at old places {:.3f}, at new ones {:.3f}", 2 * back,
             old_right, new_right);
  lesson.below("interpolated, loss at once", stretched_0, 0.7, Lesson::Needs::training);
  lesson.above("old rows and untrained ones, loss above it", appended_0 - stretched_0, 0.5,
               Lesson::Needs::training);
  lesson.above("the same after more steps", appended_more - stretched_more, 0.02,
               Lesson::Needs::training);
  lesson.above("address book, right before", right, 0.98, Lesson::Needs::training);
  lesson.below("address book, right when interpolated", three_back, 0.4, Lesson::Needs::training);

  const HeatMapOptions axes = {.x_title = "place", .y_title = "place"};
  lesson.picture("similarity",
                 side_by_side({heat_map(cosine_similarity(old.weight.value()), axes),
                               heat_map(cosine_similarity(interpolated), axes),
                               heat_map(cosine_similarity(appended), axes)},
                              {fmt::format("learned: {} rows", places), "interpolated",
                               "old rows and new ones"},
                              "Two ways to a longer table"),
                 "Stretched, the map is the same street with finer steps. Rows that are merely "
                 "added lie in no street.");
  lesson.picture("loss",
                 bars({{"interpolated, at once", stretched_0, 0},
                       {"interpolated, later", stretched_more, 0},
                       {"old and new rows, at once", appended_0, 1},
                       {"old and new rows, later", appended_more, 1}},
                      {.title = "Loss on the denser street", .x_title = "loss"}),
                 "Guessing blindly has the loss 1.39.");
  lesson.table("loss", {"more_steps", "interpolated", "added"},
               {{0, stretched_0, appended_0}, {double(more), stretched_more, appended_more}});
  return lesson.finish(
      "A town gets new houses between the old ones. Whoever keeps a map draws them in half way "
      "and can guess at once what they are like: near vectors meant near places, so what lies "
      "between two rows of the table means something. Rows that are appended mean nothing yet, "
      "and shift every old sensor to another place.\n\n"
      "An address book has no half way. Its rows were made to be told apart: asked what stood "
      "three "
      "rows back, the interpolated one is no better than chance. Even asked for the same doors as "
      "before, now six rows back, it finds them at old places more often than at new ones.");
} catch (const std::exception& error) {
  return Lesson::failed(error);
}
