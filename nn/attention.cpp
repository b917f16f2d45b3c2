#include "nn/attention.h"

namespace locus {

SelfAttention::SelfAttention(Index dim, Index num_heads_, bool causal_, Rng& rng)
    : qkv(dim, 3 * dim, rng), projection(dim, dim, rng), num_heads(num_heads_), causal(causal_) {
  check(num_heads >= 1 && dim % num_heads == 0,
        "SelfAttention: dim must be a multiple of num_heads, got {} and {}.", dim, num_heads);
}

Variable SelfAttention::operator()(const Variable& x, const Indices& keys) const {
  return projection(attention(qkv(x), num_heads, {causal, keys}));
}

Variable SelfAttention::weights(const Variable& x, const Indices& keys) const {
  return attention_weights(qkv(x), num_heads, {causal, keys});
}

void SelfAttention::parts(const Parts& parts) {
  parts.module("qkv", qkv);
  parts.module("projection", projection);
}

}  // namespace locus
