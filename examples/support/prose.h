// The model of 18_prose: a small GPT that reads characters. 19 and 20 look into its table.
#pragma once

#include "examples/support/text.h"
#include "examples/support/training.h"
#include "nn/transformer.h"

namespace locus::course {

inline constexpr Index prose_length = 64;  // characters it sees at once: rows of its table

// 2 layers, 4 heads, 64 wide, causal.
Transformer prose_model(const Text& text, PositionKind positions, Rng& rng);

// Trains it to name the next character; see train() of training.h, also for the checkpoint.
real train_prose(Transformer& model, const Text& text, Index steps, Rng& rng,
                 const std::function<void(Index step, real loss)>& after = {},
                 const std::string& checkpoint = {});

// Mean loss on held-out text at each place of the window, in nats per character. Equal random
// numbers draw equal windows.                                                  -> (prose_length)
Tensor prose_loss(Transformer& model, const Text& text, Rng rng);

}  // namespace locus::course
