#include "nn/optim/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "tensor/check.h"

namespace locus {

real WarmupCosine::operator()(Index step) const {
  check(0 <= warmup && warmup < steps,
        "WarmupCosine: 0 <= warmup < steps, got warmup {} and steps {}.", warmup, steps);
  check(step >= 0, "WarmupCosine: a step of 0 or more, got {}.", step);
  if (step < warmup) return real(peak) * real(step + 1) / real(warmup);
  const double done = std::min(1.0, double(step - warmup) / double(steps - warmup));
  const double ratio = double(real(floor));  // rounded first, so that a resumed run has the same
  return real(peak) * real(ratio + (1 - ratio) * (1 + std::cos(std::numbers::pi * done)) / 2);
}

std::vector<State> WarmupCosine::state() const {
  return {setting("peak", real(peak)), setting("warmup", warmup), setting("steps", steps),
          setting("floor", real(floor))};
}

}  // namespace locus
