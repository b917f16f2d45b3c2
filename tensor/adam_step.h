// AdamStep: the numbers of one step of Adam. For nn/optim/optimizer.cpp and the kernel that takes the step.
#pragma once

#include "tensor/real.h"

namespace locus {

struct AdamStep {
  real learning_rate;  // learning rate
  real beta1, beta2;   // decay of the two averages
  real epsilon;
  real correction1;   // 1 / (1 - beta1^t): the averages start at zero and are too small at first
  real correction2;   // 1 / (1 - beta2^t)
  real weight_decay;  // decoupled: x shrinks by rate * weight_decay
};

}  // namespace locus
