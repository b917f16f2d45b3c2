#pragma once

#include "nn/module.h"
#include "tensor/indices.h"
#include "tensor/random.h"

namespace locus {

// One learned vector per id.                          ids (..) -> (.., embedding_dim)
// Throws for an id outside 0 .. vocab_size - 1.
class Embedding : public Module {
 public:
  // Starts at N(0, stddev²).
  Embedding(Index vocab_size, Index embedding_dim, Rng& rng, real stddev = real(0.02));
  Variable operator()(const Indices& ids) const;

  Parameter weight;  // (vocab_size, embedding_dim)

 protected:
  void register_members(Registry& registry) override;
};

}  // namespace locus
