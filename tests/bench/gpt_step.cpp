// Times one training step of a small GPT and prints one JSON line, with the losses for comparison:
//   config S: 4.19851 at step 0, 2.67086 at 10, 1.47351 at 49      M: 4.24027 at 0, 2.02146 at 10
#include "autograd/ops.h"
#include "examples/support/flags.h"
#include "nn/optim/optimizer.h"
#include "tensor/kernels/kernels.h"
#include "tensor/parallel.h"
#include "tests/bench/gpt_model.h"
#include "tests/bench/measure.h"

using namespace locus;
using namespace locus::course;

int main(int argc, char** argv) {
  const double megabytes_at_start = peak_megabytes();
  Settings s = {.name = "S"};
  Index steps = 60;
  int num_threads = 1;
  Flags flags("gpt_step", "Times one training step of a small GPT.");
  flags.add("--config", s.name, "S (4 layers, dim 128, length 64) or M (6, 384, 256)")
      .one_of({"S", "M"});
  std::vector<std::pair<std::string, Index Settings::*>> sizes = {
      {"--layers", &Settings::layers}, {"--heads", &Settings::heads},
      {"--dim", &Settings::dim},       {"--length", &Settings::length},
      {"--batch", &Settings::batch},   {"--vocab", &Settings::vocab}};
  Settings wish = {"", 0, 0, 0, 0, 0, 0};
  for (const auto& [flag, member] : sizes)
    flags.add(flag, wish.*member, "instead of the config's").at_least(1).without_default();
  flags.add("--steps", steps, "timed steps, after 10 for warming up").at_least(1);
  flags.add("--threads", num_threads, "that share a step").at_least(1);
  flags.parse(argc, argv);
  if (s.name == "M") s = {"M", 6, 6, 384, 256, 4, 65};
  for (const auto& [flag, member] : sizes) {
    if (wish.*member > 0) s.*member = wish.*member, s.name = "own";
  }
  set_threads(num_threads);

  constexpr Index warmup = 10;
  constexpr Index settled = 3;  // steps, after which all buffers that a step needs are there
  Index requests_when_settled = 0;
  Transformer model = model_of(s);
  AdamW optimizer(model.parameters(), {.learning_rate = real(1e-3)});
  std::vector<double> whole, forward, backward, update, losses;
  for (Index step = 0; step < warmup + steps; ++step) {
    const Batch batch = batch_of(s, step);
    if (step == settled) requests_when_settled = memory_use().requests;
    const double t0 = seconds();
    optimizer.zero_grad();
    const Variable loss = cross_entropy(model(batch.tokens), batch.next);
    const double t1 = seconds();
    loss.backward();
    const double t2 = seconds();
    optimizer.step();
    const double t3 = seconds();
    losses.push_back(double(loss.item()));
    if (step < warmup) continue;
    whole.push_back(1e3 * (t3 - t0)), forward.push_back(1e3 * (t1 - t0));
    backward.push_back(1e3 * (t2 - t1)), update.push_back(1e3 * (t3 - t2));
  }
  const double tokens = double(s.batch * s.length), ms = median(whole);
  const auto extremes = std::minmax_element(whole.begin(), whole.end());
  const std::vector<std::pair<std::string, std::string>> fields = {
      {"impl", "\"locus\""},
      {"version", "\"" LOCUS_VERSION "\""},
      {"precision", sizeof(real) == 4 ? "\"float\"" : "\"double\""},
      {"capability", fmt::format("\"{}\"", kernels().name)},
      {"gelu", "\"tanh\""},
      {"adamw", "\"one pass per tensor\""},
      {"config", fmt::format("\"{}\"", s.name)},
      {"threads", fmt::format("{}", num_threads)},
      {"steps", fmt::format("{}", steps)},
      {"ms_per_step", fmt::format("{:.3f}", ms)},
      {"ms_best", fmt::format("{:.3f}", *extremes.first)},
      {"ms_worst", fmt::format("{:.3f}", *extremes.second)},
      {"ms_forward", fmt::format("{:.3f}", median(forward))},
      {"ms_backward", fmt::format("{:.3f}", median(backward))},
      {"ms_adamw", fmt::format("{:.3f}", median(update))},
      {"tokens_per_s", fmt::format("{:.0f}", tokens / ms * 1e3)},
      {"gflops", fmt::format("{:.2f}", flops_per_step(s) / ms * 1e-6)},
      {"peak_rss_mb", fmt::format("{:.1f}", peak_megabytes())},
      {"rss_after_import_mb", fmt::format("{:.1f}", megabytes_at_start)},
      {"requests_after_step_3", fmt::format("{}", memory_use().requests - requests_when_settled)},
      {"first_loss", fmt::format("{:.5f}", losses[0])},
      {"loss_10", fmt::format("{:.5f}", losses[10])},
      {"final_loss", fmt::format("{:.5f}", losses.back())},
  };
  std::string line;
  for (const auto& [name, value] : fields) {
    line += fmt::format("{}\"{}\": {}", line.empty() ? "{" : ", ", name, value);
  }
  fmt::print("{}}}\n", line);
}
