#pragma once

#include "nn/module.h"
#include "tensor/random.h"

namespace locus {

// y = x Wᵀ + b                                       (.., inputs) -> (.., outputs)
// W starts uniform in ±1/√inputs, so that the spread of y does not depend on the width; b at zero.
class Linear : public Module {
 public:
  Linear(Index inputs, Index outputs, Rng& rng);
  Variable operator()(const Variable& x) const;

  Parameter weight;  // (outputs, inputs)
  Parameter bias;    // (outputs)

 protected:
  void register_members(Registry& registry) override;
};

}  // namespace locus
