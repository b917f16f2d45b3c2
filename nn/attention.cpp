#include "nn/attention.h"

namespace locus {

// Throws before anything is drawn from the random numbers.
static Index packed_width(Index dim, Index num_heads) {
  check(num_heads >= 1 && dim % num_heads == 0,
        "SelfAttention: dim must be a multiple of num_heads, got {} and {}.", dim, num_heads);
  return Shape{3, dim}.size();
}

SelfAttention::SelfAttention(Index dim, Index num_heads_, bool causal_, Rng& rng,
                             std::shared_ptr<RelativePositions> positions_)
    : qkv(dim, packed_width(dim, num_heads_), rng), projection(dim, dim, rng),
      positions(std::move(positions_)), num_heads(num_heads_), causal(causal_) {}

Variable SelfAttention::operator()(const Variable& x, const Indices& keys) const {
  const Variable packed = turned(x);
  return projection(attention(packed, num_heads, bias(packed), {causal, keys}));
}

Variable SelfAttention::weights(const Variable& x, const Indices& keys) const {
  const Variable packed = turned(x);
  return attention_weights(packed, num_heads, bias(packed), {causal, keys});
}

Variable SelfAttention::turned(const Variable& x) const {
  return positions ? positions->turned(qkv(x), num_heads) : qkv(x);
}

Variable SelfAttention::bias(const Variable& packed) const {
  return positions ? positions->bias(packed.shape()[1]) : Variable();
}

void SelfAttention::parts(const Parts& parts) {
  parts.module("qkv", qkv);
  parts.module("projection", projection);
  if (positions) parts.module("positions", *positions);
}

}  // namespace locus
