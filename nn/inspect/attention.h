// Inside attention: what a logit is made of, and how far away the heads look.
#pragma once

#include "nn/transformer.h"

namespace locus {

// The first layer's logits, before mask and softmax, as a sum: the query's part times the key's
// part.                                             each (batch, num_heads, length, length)
struct AttentionTerms {
  Tensor token_token, token_position, position_token, position_position;
  Tensor constant;  // every product with a part that is the same in all rows: the biases
};

// A row of the input is x = token + position. The norm divides by its deviation, which is no sum:
// it is held at that of x, and then every step is linear:
//   query = W_q (t + p + c) + b_q,  t = (token - mean) s weight,  s = 1 / sqrt(variance(x) + ε),
// p the same of the position, c the norm's bias; the key likewise; each product / √head_dim.
// Rotary positions turn every part. A bias of the positions is part of position_position.
// Dropout is left out.     Throws unless ids have shape (batch, length).
// [the four terms, without a norm: Ke, He & Liu 2021, section 3.1]
AttentionTerms attention_terms(const Transformer& model, const Indices& ids);

// How much a term moves each head: the root mean square, over items, queries and the keys a query
// may see, of the term minus its mean over those keys, which the softmax does not notice.
//                                             (batch, num_heads, length, length) -> (num_heads)
// Throws for another rank, or no numbers.
Tensor spread_over_keys(const Tensor& term, bool causal);

// weights[..][h][query][key] averaged over items and over all pairs with key - query = offset, the
// offsets from -(length - 1) to length - 1.
//                              (batch, num_heads, length, length) -> (num_heads, 2 length - 1)
// Throws as spread_over_keys does.
Tensor attention_by_offset(const Tensor& weights);

}  // namespace locus
