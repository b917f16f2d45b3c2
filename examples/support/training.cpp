#include "examples/support/training.h"

#include <algorithm>

#include "nn/optimizer.h"
#include "nn/schedule.h"

namespace locus {

real train(Module& model, const Training& training,
           const std::function<Variable(Index batch)>& loss_of_batch,
           const std::function<void(Index step, real loss)>& after) {
  Adam optimizer(model.parameters(), {.rate = 0});
  const WarmupCosine schedule = {
      .peak = training.rate, .warmup = training.warmup, .steps = training.steps};
  const Index tail = (training.steps + 9) / 10;
  real total = 0;
  for (Index step = 0; step < training.steps; ++step) {
    const Variable loss = loss_of_batch(training.batch);
    optimizer.rate = schedule(step);
    optimizer.clear_grad();
    loss.backward();
    optimizer.step();
    if (after) after(step, loss.item());
    if (step >= training.steps - tail) total += loss.item();
  }
  return total / real(tail);
}

}  // namespace locus
