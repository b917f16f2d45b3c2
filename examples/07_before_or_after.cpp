// Claim: one learned vector per position turns a coin toss into knowledge.
//   (a) one A and one B among fillers: which comes first?     (b) write the sequence backwards.
// Breakpoint: `locus::scatter_add_rows if ids.size() == 16`, the gradient of the positions.
// Try: --positions sinusoidal. A printed grid solves both as well.
#include <cmath>

#include "autograd/ops.h"
#include "examples/support/lesson.h"
#include "examples/support/tasks.h"
#include "examples/support/training.h"
#include "nn/transformer.h"

using namespace locus;
using namespace locus::course;

static constexpr Index length = 16, vocab = 10;

// Random tokens; the answers are the same tokens from the last to the first.    (n, length) both
static Problem backwards(Index n, Rng& rng) {
  Problem problem{Indices({n, length}), Indices({n, length})};
  for (Index i = 0; i < n * length; ++i) problem.ids[i] = rng.below(vocab);
  for (Index i = 0; i < n * length; ++i)
    problem.answers[i] = problem.ids[i / length * length + length - 1 - i % length];
  return problem;
}

int main(int argc, char** argv) try {
  Lesson lesson("07_before_or_after", "Before or after",
                "A learned vector per position turns a coin toss into knowledge.");
  std::string choice = "learned";
  lesson.flag("--positions", choice, "learned or sinusoidal").one_of({"learned", "sinusoidal"});
  lesson.rests_on({"blindness", "positions", "training"});
  lesson.begin(argc, argv);
  PositionKind kind = choice == "learned" ? PositionKind::learned : PositionKind::sinusoidal;
  if (lesson.without("positions")) kind = PositionKind::none;

  std::vector<std::vector<double>> numbers;
  std::vector<Tensor> looks;                // who looks at whom in (b)
  for (const bool whole : {true, false}) {  // (a) one answer per sequence, (b) one per token
    for (const PositionKind positions :
         {lesson.without("blindness") ? kind : PositionKind::none, kind}) {
      Rng rng = lesson.rng(whole ? 1 : 2);
      Transformer model({.vocab_size = vocab,
                         .max_length = length,
                         .embedding_dim = 32,
                         .hidden_dim = 64,
                         .outputs = whole ? 2 : vocab,
                         .positions = positions},
                        rng);
      const auto draw = [whole](Index n, Rng& from) {
        return whole ? which_first(n, length, vocab, from) : backwards(n, from);
      };
      const auto answer = [&](const Indices& ids) {  // (a) reads the mean of all tokens
        const Variable hidden = model.hidden(ids);
        return model.head(whole ? mean(hidden, 1) : hidden);
      };
      const Index steps = whole ? lesson.steps(3500, 300) : lesson.steps(1000, 300);
      const Training training = {.steps = steps, .batch = 64, .learning_rate = real(3e-3)};
      train(
          model, training,
          [&](Index batch) {
            const Problem problem = draw(batch, rng);
            return cross_entropy(answer(problem.ids), problem.answers);
          },
          [&](Index step, real loss) {
            lesson.progress(step, steps, fmt::format("loss {:.3f}", loss));
          });
      const NoGrad inference;
      const Problem unseen = draw(whole ? 2000 : 500, rng);
      numbers.push_back({accuracy(answer(unseen.ids).value(), unseen.answers)});
      if (!whole)
        looks.push_back(
            mean(model.attention_weights(unseen.ids)[0].reshaped({-1, length, length}), 0));
    }
  }

  Rng rng = lesson.rng(3);
  const double ceiling = bag_ceiling(length, vocab, rng), a0 = numbers[0][0], a1 = numbers[1][0],
               b0 = numbers[2][0], b1 = numbers[3][0];
  lesson.say("(a) which comes first?  without positions {:.3f}, with {:.3f}; a coin gets 0.5", a0,
             a1);
  lesson.say("(b) backwards           without positions {:.3f}, with {:.3f}", b0, b1);
  lesson.say("    Blind is not 1/{} here: always guessing the commonest token gets {:.3f}.", vocab,
             ceiling);
  lesson.below("(a) without positions", a0, 0.58);
  lesson.above("(a) with positions", a1, 0.98, Lesson::Needs::training);
  lesson.below("(b) without positions, distance from the commonest token's share",
               std::abs(b0 - ceiling), 0.03, Lesson::Needs::training);
  lesson.above("(b) with positions", b1, 0.99, Lesson::Needs::training);

  lesson.show(looks[1], Palette::sequential);
  const HeatMapOptions options = {
      .x_title = "looked at", .y_title = "looking", .palette = Palette::sequential, .high = 1};
  lesson.picture("attention",
                 side_by_side({heat_map(looks[0], options), heat_map(looks[1], options)},
                              {"without positions", "with positions"},
                              "Who looks at whom when writing backwards"),
                 "With positions, place i has learned to look at place 15 - i.");
  lesson.picture(
      "accuracy",
      bars({{"(a) without", a0, 1},
            {"(a) with", a1, 0},
            {"(b) without", b0, 1},
            {"(b) with", b1, 0}},
           {.title = "Right answers on unseen sequences", .x_title = "accuracy", .high = 1}));
  lesson.table("accuracy", {"accuracy"}, numbers);
  return lesson.finish(
      "Which comes first, A or B? Without positions the model hears both names and tosses a "
      "coin. With one learned vector per place it answers without fail, and the attention of "
      "the second task shows how: the table has given every place an address, and place i asks "
      "for the address of its mirror image.\n\n"
      "Mind the floor: in the second task being blind is worth more than one in ten, because "
      "naming the commonest token of the bag is often right. What looks like a little learning "
      "is only counting.");
} catch (const std::exception& error) {
  return Lesson::failed(error);
}
