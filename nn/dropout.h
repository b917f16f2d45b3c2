#pragma once

#include "nn/module.h"

namespace locus {

// In training, sets each element to zero with probability `rate` and scales up the others; in
// evaluation, does nothing. Draws from an Rng of its own, seeded from the one it is made with: the only
// thing that a call changes, and only in training. So a const model in evaluation is never changed.
class Dropout : public Module {
 public:
  Dropout(double rate, Rng& rng);  // throws for a rate outside [0, 1)
  Variable operator()(const Variable& x) const;

  real rate;
  mutable Rng rng;

 protected:
  void register_members(Registry& registry) override { registry.rng("rng", rng); }
};

}  // namespace locus
