#pragma once

#include <memory>

#include "autograd/ops.h"
#include "nn/linear.h"
#include "nn/relative_positions.h"

namespace locus {

// Self-attention with several heads: every token asks (query), offers (key) and gives (value).
//                                            (batch, length, dim) -> (batch, length, dim)
class SelfAttention : public Module {
 public:
  // Throws when dim is not a multiple of num_heads.
  SelfAttention(Index dim, Index num_heads, bool causal, Rng& rng,
                std::shared_ptr<RelativePositions> positions = nullptr);
  // keys (batch, length): 1 where a token may be seen, 0 where it is hidden; empty: all are seen.
  Variable operator()(const Variable& x, const Indices& keys = {}) const;
  // Who looks at whom.                       -> (batch, num_heads, length, length)
  Variable weights(const Variable& x, const Indices& keys = {}) const;

  Linear qkv;         // queries, keys and values of all heads in one product
  Linear projection;  // from the heads' outputs, side by side, back to dim
  std::shared_ptr<RelativePositions> positions;  // null: none; layers may share one
  Index num_heads;
  bool causal;

 protected:
  void parts(const Parts& parts) override;

 private:
  Variable turned(const Variable& x) const;  // qkv of x, as the positions turn it
  Variable bias(const Variable& packed) const;
};

}  // namespace locus
