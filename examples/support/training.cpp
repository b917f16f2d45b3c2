#include "examples/support/training.h"

#include <algorithm>
#include <filesystem>

#include "nn/io/checkpoint.h"
#include "nn/optim/optimizer.h"
#include "nn/optim/schedule.h"

namespace locus::course {

real train(Module& model, const Training& training,
           const std::function<Variable(Index batch)>& loss_of_batch,
           const std::function<void(Index step, real loss)>& after) {
  Adam optimizer(model.parameters(), {.learning_rate = 0});
  const WarmupCosine schedule = {
      .peak = training.learning_rate, .warmup = training.warmup, .steps = training.steps};
  const Index tail = (training.steps + 9) / 10;
  real total = 0;
  Index step = 0;

  Checkpoint run;
  run.add("model", model);
  run.add("optimizer", optimizer);
  run.add("schedule", schedule);
  for (const State& part : training.state) run.add(part);
  run.add("step", step);
  run.add("total", total);
  const bool kept = !training.checkpoint.empty();
  if (kept && std::filesystem::exists(training.checkpoint)) run.load(training.checkpoint);

  while (step < training.steps) {
    const Variable loss = loss_of_batch(training.batch);
    optimizer.learning_rate = schedule(step);
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
    if (after) after(step, loss.item());
    if (step >= training.steps - tail) total += loss.item();
    ++step;
    constexpr Index every = 20;
    if (kept && (step % every == 0 || step == training.steps)) run.save(training.checkpoint);
  }
  return total / real(tail);
}

}  // namespace locus::course
