// Times one training step of a small GPT and prints one JSON line. Weights and tokens come from a
// counter hash (splitmix64), so that other programs can start from the same numbers and compare losses.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>

#include "autograd/ops.h"
#include "nn/optimizer.h"
#include "nn/transformer.h"
#include "tensor/kernels/kernels.h"
#include "tensor/parallel.h"

using namespace locus;

struct Settings {
  std::string name;
  Index layers = 4, heads = 4, dim = 128, length = 64, batch = 12, vocab = 65;
};

static std::uint64_t splitmix64(std::uint64_t i) {
  std::uint64_t z = (i + 1) * 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

// The model with the weights that every contestant starts from. The counter runs through one kind of
// tensor after the other, all layers of a kind in a row; biases and norms take their share of it too.
static Transformer model_of(const Settings& s) {
  Rng unused(0);
  Transformer model({.vocab_size = s.vocab, .max_length = s.length, .embedding_dim = s.dim, .num_heads = s.heads,
                     .num_layers = s.layers, .causal = true, .tied_head = true},
                    unused);
  std::uint64_t counter = 0;
  const auto fill = [&](Variable& parameter, float scale, real constant = 0) {
    Tensor& tensor = parameter.mutable_value();
    for (real *x = tensor.data(), *end = x + tensor.size(); x != end; ++x, ++counter) {
      const double uniform = double(splitmix64(counter) >> 40) / (1 << 23) - 1.0;
      *x = scale != 0 ? real(float(uniform) * scale) : constant;
    }
  };
  const float weight = float(0.02 * std::sqrt(3.0)), residual = float(0.02 / std::sqrt(2.0 * double(s.layers)) * std::sqrt(3.0));
  const auto each = [&](auto part, float scale, real constant = 0) {
    for (Block& block : model.blocks) fill(part(block), scale, constant);
  };
  fill(model.tokens.weight, weight), fill(model.learned_positions().weight, weight);
  each([](Block& b) -> Variable& { return b.attention_norm.weight; }, 0, 1);
  each([](Block& b) -> Variable& { return b.attention_norm.bias; }, 0);
  each([](Block& b) -> Variable& { return b.attention.qkv.weight; }, weight);
  each([](Block& b) -> Variable& { return b.attention.qkv.bias; }, 0);
  each([](Block& b) -> Variable& { return b.attention.projection.weight; }, residual);
  each([](Block& b) -> Variable& { return b.attention.projection.bias; }, 0);
  each([](Block& b) -> Variable& { return b.feed_forward_norm.weight; }, 0, 1);
  each([](Block& b) -> Variable& { return b.feed_forward_norm.bias; }, 0);
  each([](Block& b) -> Variable& { return b.feed_forward.widen.weight; }, weight);
  each([](Block& b) -> Variable& { return b.feed_forward.widen.bias; }, 0);
  each([](Block& b) -> Variable& { return b.feed_forward.narrow.weight; }, residual);
  each([](Block& b) -> Variable& { return b.feed_forward.narrow.bias; }, 0);
  fill(model.norm.weight, 0, 1), fill(model.norm.bias, 0);
  return model;
}

struct Batch {
  Indices tokens, next;
};

// Stretches of a fixed, learnable sequence.
static Batch batch_of(const Settings& s, Index step) {
  Batch batch{Indices({s.batch, s.length}), Indices({s.batch, s.length})};
  for (Index row = 0; row < s.batch; ++row) {
    const Index start = Index(splitmix64(std::uint64_t(step * s.batch + row)) % 100000);
    for (Index t = 0; t <= s.length; ++t) {
      const Index i = start + t, token = (i * 7 + (i / 5) * 3 + (i / 11) * (i / 17)) % s.vocab;
      if (t < s.length) batch.tokens[row * s.length + t] = token;
      if (t > 0) batch.next[row * s.length + t - 1] = token;
    }
  }
  return batch;
}

static double milliseconds() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
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
  app.add_option("--config", s.name, "S (4 layers, dim 128, length 64) or M (6, 384, 256)")->check(CLI::IsMember({"S", "M"}));
  app.parse_complete_callback([&] {
    if (s.name == "M") s = {"M", 6, 6, 384, 256, 4, 65};
  });
  std::vector<std::pair<std::string, Index Settings::*>> sizes = {
      {"--layers", &Settings::layers}, {"--heads", &Settings::heads}, {"--dim", &Settings::dim},
      {"--length", &Settings::length}, {"--batch", &Settings::batch}, {"--vocab", &Settings::vocab}};
  Settings wish = {"", 0, 0, 0, 0, 0, 0};
  for (const auto& [flag, member] : sizes) app.add_option(flag, wish.*member)->check(CLI::PositiveNumber);
  app.add_option("--steps", steps, "timed steps, after 10 for warming up")->check(CLI::PositiveNumber)->capture_default_str();
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
    whole.push_back(t3 - t0), forward.push_back(t1 - t0), backward.push_back(t2 - t1), update.push_back(t3 - t2);
  }
  const double tokens = double(s.batch * s.length), ms = median(whole);
  const double layers = double(s.layers), dim = double(s.dim);
  const double flops = tokens * (6 * (12 * layers * dim * dim + double(s.vocab) * dim) + 12 * layers * double(s.length) * dim);
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  fmt::print("{{\"impl\": \"locus\", \"precision\": \"{}\", \"capability\": \"{}\", \"config\": \"{}\", \"threads\": {}, \"steps\": {}, ",
             sizeof(real) == 4 ? "float" : "double", kernels().name, s.name.empty() ? "S" : s.name, num_threads, steps);
  fmt::print("\"ms_per_step\": {:.3f}, \"ms_best\": {:.3f}, \"ms_worst\": {:.3f}, \"ms_forward\": {:.3f}, \"ms_backward\": {:.3f}, \"ms_adamw\": {:.3f}, ",
             ms, *std::min_element(whole.begin(), whole.end()), *std::max_element(whole.begin(), whole.end()),
             median(forward), median(backward), median(update));
  fmt::print("\"tokens_per_s\": {:.0f}, \"gflops\": {:.2f}, \"peak_rss_mb\": {:.1f}, \"first_loss\": {:.5f}, \"loss_10\": {:.5f}, \"final_loss\": {:.5f}, \"losses_at\": {{\"29\": {:.5f}, \"49\": {:.5f}}}}}\n",
             tokens / ms * 1e3, flops / ms * 1e-6, double(usage.ru_maxrss) / 1024, losses[0], losses[10], losses.back(),
             losses[std::min<std::size_t>(29, losses.size() - 1)], losses[std::min<std::size_t>(49, losses.size() - 1)]);
}
