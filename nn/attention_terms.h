// What a logit of a model's first layer is made of: products of token and position parts.
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

}  // namespace locus
