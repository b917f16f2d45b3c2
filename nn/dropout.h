#pragma once

#include "nn/module.h"

namespace locus {

// In training, sets each number to zero with probability `rate` and scales up the others; in
// evaluation, does nothing. Draws from an Rng of its own, seeded from the one it is made with.
class Dropout : public Module {
 public:
  Dropout(real rate, Rng& rng);  // throws for a rate outside [0, 1)
  Variable operator()(const Variable& x);

  real rate;
  Rng rng;

 protected:
  void parts(const Parts& parts) override { parts.rng("rng", rng); }
};

}  // namespace locus
