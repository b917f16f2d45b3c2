#include "examples/support/prose.h"

#include <cmath>

#include "autograd/ops.h"

namespace locus::course {

static constexpr Index windows = 16;

Transformer prose_model(const Text& text, PositionKind positions, Rng& rng) {
  return Transformer({.vocab_size = text.vocab_size(),
                      .max_length = prose_length,
                      .embedding_dim = 64,
                      .num_heads = 4,
                      .num_layers = 2,
                      .hidden_dim = 128,
                      .causal = true,
                      .positions = positions},
                     rng);
}

real train_prose(Transformer& model, const Text& text, Index steps, Rng& rng,
                 const std::function<void(Index step, real loss)>& after,
                 const std::string& checkpoint) {
  return train(
      model,
      {.steps = steps,
       .batch = windows,
       .learning_rate = real(3e-3),
       .checkpoint = checkpoint,
       .state = {{"rng", &rng},
                 {"rng.start", fmt::format("{} {}", rng.seed(), rng.counter())},
                 setting("text.size", text.size())}},
      [&](Index batch) {
        const Text::Window window = text.draw(batch, prose_length, rng);
        return cross_entropy(model(window.ids), window.next);
      },
      after);
}

Tensor prose_loss(Transformer& model, const Text& text, Rng rng) {
  const NoGrad inference;
  Tensor total({prose_length});
  constexpr Index rounds = 32;
  for (Index round = 0; round < rounds; ++round) {
    const Text::Window window = text.draw_held_out(windows, prose_length, rng);
    const Tensor chances = softmax(model(window.ids).value());
    for (Index i = 0; i < windows * prose_length; ++i) {
      total.at({i % prose_length}) -=
          std::log(chances(i / prose_length, i % prose_length, window.next[i])) /
          real(windows * rounds);
    }
  }
  return total;
}

}  // namespace locus::course
