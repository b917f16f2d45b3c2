// Attention weights and logits of several heads: how far each head attends, what moves it.
#pragma once

#include "tensor/tensor.h"

namespace locus {

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
