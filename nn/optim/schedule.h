#pragma once

#include <vector>

#include "nn/state.h"

namespace locus {

// The learning rate over time: a straight line up to `peak`, which the step before `warmup` has,
// then half a cosine down to floor * peak.                          [Loshchilov & Hutter 2017]
struct WarmupCosine {
  double peak;
  Index warmup;  // steps of the line
  Index steps;   // of all; the rate stays at the floor after them
  double floor = 0.05;

  // Steps count from 0.                                Throws when warmup is not below steps.
  real operator()(Index step) const;

  std::vector<State> state() const;  // settings: the step is the run's
};

}  // namespace locus
