// Training as every example does it: Adam without weight decay, warm-up, cosine, fresh batches.
#pragma once

#include <functional>
#include <string>

#include "autograd/variable.h"
#include "nn/module.h"

namespace locus::course {

struct Training {
  Index steps, batch;
  real learning_rate;  // at the end of the warm-up
  Index warmup = 50;
  std::string checkpoint = {};    // the file where the run is kept and resumed from; empty: nowhere
  std::vector<State> state = {};  // what else belongs there, such as the batches' Rng
};

// Makes every step with the loss of a batch of its own, and calls after(step, loss) each time.
// With a checkpoint it may be stopped and begun again: the model ends up the same to the last bit,
// and so does what it returns.
// Returns the mean loss of the last tenth of the steps; NaN when there are none.
real train(Module& model, const Training& training,
           const std::function<Variable(Index batch)>& loss_of_batch,
           const std::function<void(Index step, real loss)>& after = {});

}  // namespace locus::course
