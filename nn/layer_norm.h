#pragma once

#include "nn/module.h"

namespace locus {

// Each row to mean 0 and standard deviation 1, then times weight plus bias.      (.., dim) -> same
class LayerNorm : public Module {
 public:
  explicit LayerNorm(Index dim, real epsilon = real(1e-5));
  Variable operator()(const Variable& x) const;

  Parameter weight;  // (dim), starts at 1
  Parameter bias;    // (dim), starts at 0
  real epsilon;      // keeps rows of equal numbers from dividing by zero

 protected:
  void register_members(Registry& registry) override;
};

}  // namespace locus
