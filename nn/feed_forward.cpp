#include "nn/feed_forward.h"

#include "autograd/ops.h"

namespace locus {

FeedForward::FeedForward(Index dim, Index hidden_dim, Rng& rng)
    : widen(dim, hidden_dim, rng), narrow(hidden_dim, dim, rng) {}

Variable FeedForward::operator()(const Variable& x) const { return narrow(gelu_tanh(widen(x))); }

void FeedForward::register_members(Registry& registry) {
  registry.module("widen", widen);
  registry.module("narrow", narrow);
}

}  // namespace locus
