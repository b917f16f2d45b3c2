#include "nn/attention.h"

namespace locus {

// Throws before anything is drawn from the random numbers.
static Index packed_width(Index dim, Index num_heads) {
  check(num_heads >= 1 && dim % num_heads == 0,
        "SelfAttention: dim must be a multiple of num_heads, got {} and {}.", dim, num_heads);
  return Shape{3, dim}.size();
}

SelfAttention::SelfAttention(Index dim, Index num_heads_, bool causal_, Rng& rng)
    : qkv(dim, packed_width(dim, num_heads_), rng), projection(dim, dim, rng),
      num_heads(num_heads_), causal(causal_) {}

static Variable bias_of(const RelativePositions* positions, const Variable& packed) {
  return positions ? positions->bias(packed.shape()[1]) : Variable();
}

Variable SelfAttention::operator()(const Variable& x, const Indices& keys,
                                   const RelativePositions* positions) const {
  const Variable packed = positions ? positions->rotated(qkv(x), num_heads) : qkv(x);
  return projection(attention(packed, num_heads, bias_of(positions, packed), {causal, keys}));
}

Variable SelfAttention::weights(const Variable& x, const Indices& keys,
                                const RelativePositions* positions) const {
  const Variable packed = positions ? positions->rotated(qkv(x), num_heads) : qkv(x);
  return attention_weights(packed, num_heads, bias_of(positions, packed), {causal, keys});
}

void SelfAttention::register_members(Registry& registry) {
  registry.module("qkv", qkv);
  registry.module("projection", projection);
}

}  // namespace locus
