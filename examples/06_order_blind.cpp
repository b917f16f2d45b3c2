// Claim: without positions, shuffling the input shuffles the output and does nothing else:
// attention compares what tokens are, never where they stand.
// Breakpoint: locus::Transformer::embedded, where positions are added to tokens, or not.
// Try: --layers 6. Depth does not give sight: the first number stays at rounding error.
#include <cmath>

#include "examples/support/lesson.h"
#include "nn/transformer.h"

using namespace locus;
using namespace locus::course;

// The rows of x (1, length, dim) in the order given: row i of the result is row order[i] of x.
static Tensor in_order(const Tensor& x, const Indices& order) {
  return embedding(x.reshaped({x.shape()[1], x.shape()[2]}), order);
}

int main(int argc, char** argv) try {
  Lesson lesson("06_order_blind", "Attention is blind to order",
                "Without positions, shuffling the input shuffles the output and nothing else.");
  Index length = 16, layers = 2;
  lesson.flag("--length", length, "tokens in the sequence").between(2, 512);
  lesson.flag("--layers", layers, "of the encoder").between(1, 12);
  lesson.rests_on({"sight", "positions"});
  lesson.begin(argc, argv);

  constexpr Index vocab = 10;
  Rng rng = lesson.rng();
  const Indices order = rng.permutation(length);
  Indices ids({1, length}), shuffled({1, length});
  for (Index i = 0; i < length; ++i) ids[i] = rng.below(vocab);
  for (Index i = 0; i < length; ++i) shuffled[i] = ids[order[i]];

  // f(P x) - P f(x): zero when shuffling first or last comes to the same.
  std::vector<Tensor> differences;
  for (const PositionKind kind : {PositionKind::none, PositionKind::learned}) {
    Rng same = lesson.rng(1);
    Transformer model({.vocab_size = vocab,
                       .max_length = length,
                       .embedding_dim = 32,
                       .num_layers = layers,
                       .hidden_dim = 64,
                       .causal = lesson.without("sight"),  // of what comes later
                       .positions = lesson.without("positions") ? PositionKind::none : kind},
                      same);
    const NoGrad inference;
    const Tensor shuffled_first = model.hidden(shuffled).value().reshaped({length, 32});
    const Tensor shuffled_last = in_order(model.hidden(ids).value(), order);
    Tensor difference = shuffled_first - shuffled_last;
    for (real *x = difference.data(), *end = x + difference.size(); x != end; ++x)
      *x = std::abs(*x);
    differences.push_back(difference);
  }

  const auto most = [](const Tensor& x) { return double(max(x.reshaped({x.size()}), 0).item()); };
  lesson.say("largest |f(shuffled x) - shuffled f(x)| of {} numbers:", differences[0].size());
  lesson.below("without positions", most(differences[0]), 1e-5);
  lesson.above("with positions", most(differences[1]), 0.1);

  const HeatMapOptions options = {.x_title = "output dimension",
                                  .y_title = "place",
                                  .palette = Palette::sequential,
                                  .high = most(differences[1])};
  lesson.picture(
      "difference",
      side_by_side({heat_map(differences[0], options), heat_map(differences[1], options)},
                   {"without positions", "with positions"},
                   "How much shuffling first or last matters"),
      "The same scale on both sides: on the left there is nothing to see, and that is the point.");
  lesson.table("largest_difference", {"without_positions", "with_positions"},
               {{most(differences[0]), most(differences[1])}});
  return lesson.finish(
      "Read a sentence from a bag of words and you know what was said but not who did it to "
      "whom. An encoder without positions reads every sentence like that: hand it the same "
      "tokens in another order and it hands back the same vectors in that order, to the last "
      "rounding error. No depth, width or training changes it, because nothing that enters the "
      "model says where a token stands.\n\n"
      "Adding one vector per position is enough to break the symmetry, long before any training.");
} catch (const std::exception& error) {
  return Lesson::failed(error);
}
