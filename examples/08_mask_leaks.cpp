// Claim: a causal mask is a position signal, but only from the second layer on. A model without
// positions answers at the last place:   (a) which came first, A or B?   (b) what was first of all?
// One layer sees a bag of tokens. But with the mask an early token has fewer before it to look at:
// the first layer leaves in every token a trace of how early it is, and the second can read that.
// Breakpoint: `break 08_mask_leaks.cpp:54`, where all places but the last are dropped: `hidden`
// still holds them, and in a second layer they have said what the last one needs.
// Try: --without mask, or four layers in place of two: depth alone tells no order.
#include <algorithm>

#include "autograd/ops.h"
#include "examples/support/lesson.h"
#include "examples/support/tasks.h"
#include "examples/support/training.h"
#include "nn/transformer.h"

using namespace locus;
using namespace locus::course;

static constexpr Index length = 16, vocab = 10, dim = 32;

// Random tokens; the answer is the first of them.                              (n, length), (n)
static Problem first_of_all(Index n, Rng& rng) {
  Problem problem{Indices({n, length}), Indices({n})};
  for (Index i = 0; i < n * length; ++i) problem.ids[i] = rng.below(vocab);
  for (Index i = 0; i < n; ++i) problem.answers[i] = problem.ids[i * length];
  return problem;
}

int main(int argc, char** argv) try {
  Lesson lesson("08_mask_leaks", "A mask leaks",
                "A causal mask is a position signal, from the second layer on.");
  lesson.rests_on({"mask", "layers", "blindness", "training"});
  lesson.begin(argc, argv);

  std::vector<std::vector<double>> rows;
  std::vector<Curve> looks;                 // of the last place in (b), with the last layer
  for (const bool which : {true, false}) {  // (a), (b)
    for (const Index layers : {1, lesson.without("layers") ? 1 : 2}) {
      Rng rng = lesson.rng(which ? 1 : 2);
      Transformer model(
          {.vocab_size = vocab,
           .max_length = length,
           .embedding_dim = dim,
           .num_layers = layers,
           .hidden_dim = 2 * dim,
           .outputs = which ? 2 : vocab,
           .causal = !lesson.without("mask"),
           .positions = lesson.without("blindness") ? PositionKind::learned : PositionKind::none},
          rng);
      const auto draw = [&](Index n) {
        return which ? which_first(n, length, vocab, rng) : first_of_all(n, rng);
      };
      const auto answer = [&](const Indices& ids) {
        const Variable hidden = model.hidden(ids);  // (n, length, dim)
        return model.head(reshape(slice(hidden, 1, length - 1, length), {-1, dim}));
      };
      const Training training = {
          .steps = lesson.steps(1000, 400), .batch = 32, .learning_rate = real(3e-3)};
      train(
          model, training,
          [&](Index batch) {
            const Problem problem = draw(batch);
            return cross_entropy(answer(problem.ids), problem.answers);
          },
          [&](Index step, real loss) {
            lesson.progress(step, training.steps,
                            fmt::format("{} layers, loss {:.3f}", layers, loss));
          });
      const NoGrad inference;
      const Problem unseen = draw(2000);
      rows.push_back({which ? 1.0 : 2.0, double(layers),
                      accuracy(answer(unseen.ids).value(), unseen.answers)});
      if (which) continue;
      const Tensor weights = model.attention_weights(unseen.ids).back();
      const Tensor mean_look = mean(weights.reshaped({-1, length, length}), 0);
      Curve look{.label = layers == 1 ? "the only layer" : "the second of two", .x = {}, .y = {}};
      look.marks = true;
      for (Index t = 0; t < length; ++t)
        look.x.push_back(double(t)), look.y.push_back(mean_look(length - 1, t));
      looks.push_back(look);
    }
  }

  Rng rng = lesson.rng(3);
  const double ceiling = bag_ceiling(length, vocab, rng), a1 = rows[0][2], a2 = rows[1][2],
               b1 = rows[2][2], b2 = rows[3][2];
  lesson.say("(a) A or B first?    one layer {:.3f}, two layers {:.3f}", a1, a2);
  lesson.say("    A bag gets {:.4f}: a coin, unless A or B is the last token itself.",
             0.5 + 1.0 / length);
  lesson.say("(b) first of all?    one layer {:.3f}, two layers {:.3f}", b1, b2);
  lesson.say("    A bag gets {:.3f}, by always naming the commonest token.", ceiling);
  lesson.below("(a) one layer", a1, 0.62, Lesson::Needs::training);
  lesson.above("(a) two layers", a2, 0.98, Lesson::Needs::training);
  lesson.below("(b) one layer", b1, 0.3, Lesson::Needs::training);
  lesson.above("(b) two layers", b2, 0.98, Lesson::Needs::training);

  lesson.picture(
      "accuracy",
      bars({{"(a) a bag gets", 0.5 + 1.0 / length, 6},
            {"(a) one layer", a1, 1},
            {"(a) two layers", a2, 0},
            {"(b) a bag gets", ceiling, 6},
            {"(b) one layer", b1, 1},
            {"(b) two layers", b2, 0}},
           {.title = "Right answers on unseen sequences", .x_title = "accuracy", .high = 1}));
  lesson.picture("looks",
                 curves(looks, {.title = "Where the last token looks for the first",
                                .x_title = "place looked at",
                                .y_title = "attention"}),
                 "In the second layer, the first token can be told from its copies further on.");
  lesson.table("accuracy", {"question", "layers", "accuracy"}, rows);
  return lesson.finish(
      "Nobody numbered the guests, but everyone was told to look only at those who came earlier. "
      "After one look around, the first guest has seen one person, the tenth has seen ten, and "
      "it shows on their faces. Whoever looks a second time can read who came first. One look is "
      "not enough: to the last guest, who sees all the others, they are a crowd.\n\n"
      "So a decoder of several layers has some sense of order for free, and one trained without "
      "any position vectors does not fail at once. An encoder has no mask, and no such luck.");
} catch (const std::exception& error) {
  return Lesson::failed(error);
}
