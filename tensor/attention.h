// Scaled dot-product attention of tensors.                                  [Vaswani et al. 2017]
#pragma once

#include "tensor/indices.h"
#include "tensor/tensor.h"

namespace locus {

struct AttentionMask {
  bool causal = false;  // a token sees itself and what came before
  Indices keys = {};    // (batch, length), 1: may be seen, 0: hidden; empty: all may be seen
};

struct AttentionResult {
  Tensor output;  // (batch, length, dim)
  // (batch, num_heads, length, 2): per query, m = the maximum of its scores Q Kᵀ, and the sum over keys
  // of exp((Q Kᵀ - m) / √head_dim): all that the backward pass needs of the softmax.
  Tensor softmax_stats;
};

// Per head: softmax(Q Kᵀ / √head_dim + mask) V.  Memory grows with length, not with its square.
// qkv holds queries, keys and values side by side, and within each the heads side by side.
//                           (batch, length, 3 dim) -> (batch, length, dim)  [Vaswani et al. 2017]
// Throws when dim is not a multiple of num_heads, or when a token may see no key at all.
AttentionResult attention(const Tensor& qkv, Index num_heads, const AttentionMask& mask);
// The gradient of qkv, from that of the output and the forward's two results.
Tensor attention_backward(const Tensor& dy, const Tensor& qkv, const AttentionResult& forward,
                          Index num_heads, const AttentionMask& mask);
// 0 where a query may see a key, -inf where not:   (batch or 1, 1, length, length)
Tensor attention_bias(const AttentionMask& mask, Index batch, Index length);

// How the heads are laid out in qkv: (batch, length, 3 dim), queries, keys and values side by side, and
// within each num_heads heads of head_dim elements.
struct HeadLayout {
  Index batch, length, dim, num_heads, head_dim;
  real scale;  // 1 / √head_dim: without it scores grow with head_dim and softmax saturates

  // Throws unless qkv has such a shape.
  HeadLayout(const Shape& qkv, Index num_heads);
};

}  // namespace locus
