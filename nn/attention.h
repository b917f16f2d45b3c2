#pragma once

#include "autograd/ops.h"
#include "nn/linear.h"
#include "nn/relative_positions.h"

namespace locus {

// Self-attention with several heads: every token asks (query), offers (key) and gives (value).
//                                            (batch, length, dim) -> (batch, length, dim)
class SelfAttention : public Module {
 public:
  // Throws when dim is not a multiple of num_heads.
  SelfAttention(Index dim, Index num_heads, bool causal, Rng& rng);
  // keys (batch, length): 1 where a token may be attended to, 0 where it is hidden; empty: all may be.
  // positions: rotate queries and keys, or add a bias to the logits; null: none.
  Variable operator()(const Variable& x, const Indices& keys = {},
                      const RelativePositions* positions = nullptr) const;
  // The attention weights: row i says what token i attends to.
  //                                          -> (batch, num_heads, length, length)
  Variable weights(const Variable& x, const Indices& keys = {},
                   const RelativePositions* positions = nullptr) const;

  Linear qkv;         // queries, keys and values of all heads in one product
  Linear projection;  // from the heads' outputs, side by side, back to dim
  Index num_heads;
  bool causal;

 protected:
  void register_members(Registry& registry) override;
};

}  // namespace locus
