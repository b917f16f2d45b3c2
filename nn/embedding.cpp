#include "nn/embedding.h"

#include "autograd/ops.h"

namespace locus {

static Shape table_of(Index vocab_size, Index embedding_dim) {
  check(vocab_size >= 1 && embedding_dim >= 1,
        "Embedding: a vocab_size and an embedding_dim of at least 1, got {} and {}.", vocab_size,
        embedding_dim);
  return {vocab_size, embedding_dim};
}

Embedding::Embedding(Index vocab_size, Index embedding_dim, Rng& rng, real stddev)
    : weight(Parameter(normal(table_of(vocab_size, embedding_dim), stddev, rng), "weight")) {}

Variable Embedding::operator()(const Indices& ids) const { return embedding(weight, ids); }

void Embedding::register_members(Registry& registry) { registry.parameter("weight", weight); }

}  // namespace locus
