// Times one training step of a small GPT and prints one JSON line, with the losses for comparison:
//   config S: 4.19851 at step 0, 2.67086 at 10, 1.47351 at 49      M: 4.24027 at 0, 2.02146 at 10
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>

#include "autograd/ops.h"
#include "nn/optimizer.h"
#include "tensor/kernels/kernels.h"
#include "tensor/parallel.h"
#include "tests/bench/gpt_model.h"

using namespace locus;

static double milliseconds() {
  return std::chrono::duration<double, std::milli>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

static double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

int main(int argc, char** argv) {
  CLI::App app("Times one training step of a small GPT.");
  Settings s;
  Index steps = 60;
  int num_threads = 1;
  app.add_option("--config", s.name, "S (4 layers, dim 128, length 64) or M (6, 384, 256)")
      ->check(CLI::IsMember({"S", "M"}));
  app.parse_complete_callback([&] {
    if (s.name == "M") s = {"M", 6, 6, 384, 256, 4, 65};
  });
  std::vector<std::pair<std::string, Index Settings::*>> sizes = {
      {"--layers", &Settings::layers}, {"--heads", &Settings::heads},
      {"--dim", &Settings::dim},       {"--length", &Settings::length},
      {"--batch", &Settings::batch},   {"--vocab", &Settings::vocab}};
  Settings wish = {"", 0, 0, 0, 0, 0, 0};
  for (const auto& [flag, member] : sizes)
    app.add_option(flag, wish.*member)->check(CLI::PositiveNumber);
  app.add_option("--steps", steps, "timed steps, after 10 for warming up")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--threads", num_threads)->check(CLI::PositiveNumber)->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  for (const auto& [flag, member] : sizes) {
    if (wish.*member > 0) s.*member = wish.*member, s.name = "own";
  }
  set_threads(num_threads);

  constexpr Index warmup = 10;
  Transformer model = model_of(s);
  AdamW optimizer(model.parameters(), {.rate = real(1e-3)});
  std::vector<double> whole, forward, backward, update, losses;
  for (Index step = 0; step < warmup + steps; ++step) {
    const Batch batch = batch_of(s, step);
    const double t0 = milliseconds();
    optimizer.clear_grad();
    const Variable loss = cross_entropy(model(batch.tokens), batch.next);
    const double t1 = milliseconds();
    loss.backward();
    const double t2 = milliseconds();
    optimizer.step();
    const double t3 = milliseconds();
    losses.push_back(double(loss.item()));
    if (step < warmup) continue;
    whole.push_back(t3 - t0), forward.push_back(t1 - t0), backward.push_back(t2 - t1),
        update.push_back(t3 - t2);
  }
  const double tokens = double(s.batch * s.length), ms = median(whole);
  const double layers = double(s.layers), dim = double(s.dim);
  const double flops = tokens * (6 * (12 * layers * dim * dim + double(s.vocab) * dim) +
                                 12 * layers * double(s.length) * dim);
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  fmt::print(
      "{{\"impl\": \"locus\", \"precision\": \"{}\", \"capability\": \"{}\", \"config\": \"{}\", "
      "\"threads\": {}, \"steps\": {}, ",
      sizeof(real) == 4 ? "float" : "double", kernels().name, s.name.empty() ? "S" : s.name,
      num_threads, steps);
  fmt::print(
      "\"ms_per_step\": {:.3f}, \"ms_best\": {:.3f}, \"ms_worst\": {:.3f}, \"ms_forward\": {:.3f}, "
      "\"ms_backward\": {:.3f}, \"ms_adamw\": {:.3f}, ",
      ms, *std::min_element(whole.begin(), whole.end()),
      *std::max_element(whole.begin(), whole.end()), median(forward), median(backward),
      median(update));
  fmt::print(
      "\"tokens_per_s\": {:.0f}, \"gflops\": {:.2f}, \"peak_rss_mb\": {:.1f}, \"first_loss\": "
      "{:.5f}, \"loss_10\": {:.5f}, \"final_loss\": {:.5f}, \"losses_at\": {{\"29\": {:.5f}, "
      "\"49\": {:.5f}}}}}\n",
      tokens / ms * 1e3, flops / ms * 1e-6, double(usage.ru_maxrss) / 1024, losses[0], losses[10],
      losses.back(), losses[std::min<std::size_t>(29, losses.size() - 1)],
      losses[std::min<std::size_t>(49, losses.size() - 1)]);
}
