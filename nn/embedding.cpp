#include "nn/embedding.h"

#include "autograd/ops.h"

namespace locus {

Embedding::Embedding(Index vocab_size, Index embedding_dim, Rng& rng, real deviation)
    : weight(Variable::parameter(normal({vocab_size, embedding_dim}, deviation, rng), "weight")) {}

Variable Embedding::operator()(const Indices& ids) const { return embedding(weight, ids); }

void Embedding::parts(const Parts& parts) { parts.parameter("weight", weight); }

}  // namespace locus
