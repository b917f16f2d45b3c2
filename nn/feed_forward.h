#pragma once

#include "nn/linear.h"

namespace locus {

// Each token by itself: widen, bend (tanh-GELU), narrow.       (.., dim) -> (.., dim)
class FeedForward : public Module {
 public:
  FeedForward(Index dim, Index hidden_dim, Rng& rng);
  Variable operator()(const Variable& x) const;

  Linear widen;   // dim -> hidden_dim
  Linear narrow;  // hidden_dim -> dim

 protected:
  void register_members(Registry& registry) override;
};

}  // namespace locus
