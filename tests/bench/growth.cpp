// How the cost of training grows with batch, length, width and depth, beside the count of floating
// point operations that the matrix products of a step make, and how much memory it holds. Starts
// from config S and changes one size at a time. Prints tables of Markdown.
#include "autograd/ops.h"
#include "examples/support/flags.h"
#include "nn/optim/optimizer.h"
#include "tensor/parallel.h"
#include "tests/bench/gpt_model.h"
#include "tests/bench/measure.h"

using namespace locus;
using namespace locus::course;

static double megabytes_held() { return double(memory_use().bytes) / (1 << 20); }

// Median seconds of a step after two for warming up, and the megabytes that tensors hold then.
static std::pair<double, double> train(const Settings& s, Index steps) {
  release_memory();
  const double before = megabytes_held();
  Transformer model = model_of(s);
  AdamW optimizer(model.parameters(), {.learning_rate = real(1e-3)});
  std::vector<double> times;
  for (Index step = 0; step < 2 + steps; ++step) {
    const Batch batch = batch_of(s, step);
    const double start = seconds();
    optimizer.zero_grad();
    cross_entropy(model(batch.tokens), batch.next).backward();
    optimizer.step();
    if (step >= 2) times.push_back(seconds() - start);
  }
  return {median(times), megabytes_held() - before};
}

static void print_growth(const std::string& name, Index Settings::*size,
                         const std::vector<Index>& values, Settings s, Index steps) {
  fmt::print(
      "| {:>6} | tokens | µs/token | MFLOP/token | GFLOP/s | MB held | KB/token |\n"
      "|-------:|-------:|---------:|------------:|--------:|--------:|---------:|\n",
      name);
  for (const Index value : values) {
    s.*size = value;
    // A head stays 32 wide, and there are as many as fit.
    if (size == &Settings::dim) s.heads = value / 32;
    const auto [time, megabytes] = train(s, steps);
    const double tokens = double(s.batch * s.length), flops = flops_per_step(s);
    fmt::print("| {:6} | {:6.0f} | {:8.2f} | {:11.2f} | {:7.1f} | {:7.1f} | {:8.1f} |\n", value,
               tokens, time / tokens * 1e6, flops / tokens * 1e-6, flops / time * 1e-9, megabytes,
               megabytes / tokens * 1024);
    std::fflush(stdout);
  }
  fmt::print("\n");
}

// Forward and backward of attention alone, beside the table of weights that it does not keep.
static void print_attention(const std::vector<Index>& lengths) {
  constexpr Index dim = 128, heads = 4;
  fmt::print(
      "| length |       ms | MB held | KB/token | MB of a table of weights |\n"
      "|-------:|---------:|--------:|---------:|-------------------------:|\n");
  for (const Index length : lengths) {
    release_memory();
    const double before = megabytes_held();
    Rng rng(1);
    Variable qkv = Parameter(normal({1, length, 3 * dim}, /*stddev=*/1, rng));
    std::vector<double> times;
    for (int i = 0; i < 5; ++i) {
      const double start = seconds();
      qkv.zero_grad();
      sum(attention(qkv, heads, {.causal = true})).backward();
      times.push_back(seconds() - start);
    }
    const double megabytes = megabytes_held() - before;
    fmt::print("| {:6} | {:8.3f} | {:7.2f} | {:8.2f} | {:24.1f} |\n", length, 1e3 * median(times),
               megabytes, megabytes / double(length) * 1024,
               double(heads * length * length * Index(sizeof(real))) / (1 << 20));
  }
  fmt::print("\n");
}

int main(int argc, char** argv) {
  Index steps = 9;
  int num_threads = 1;
  Flags flags("growth", "How the cost of a training step grows with its sizes.");
  flags.add("--steps", steps, "timed steps per row").at_least(1);
  flags.add("--threads", num_threads, "that share a step").at_least(1);
  flags.parse(argc, argv);
  set_threads(num_threads);

  const std::vector<Index> lengths = {64, 128, 256, 512, 1024, 2048};
  const Settings start;
  fmt::print("Batch; {} layers, width {}, length {}:\n\n", start.layers, start.dim, start.length);
  print_growth("batch", &Settings::batch, {1, 2, 4, 8, 16, 32, 64}, start, steps);
  fmt::print("Length; batch 2:\n\n");
  Settings few = start;
  few.batch = 2;
  print_growth("length", &Settings::length, lengths, few, steps);
  fmt::print("Width; batch {}, length {}:\n\n", start.batch, start.length);
  print_growth("width", &Settings::dim, {32, 64, 128, 256, 512}, start, steps);
  fmt::print("Depth:\n\n");
  print_growth("layers", &Settings::layers, {1, 2, 4, 8, 16}, start, steps);
  fmt::print("Causal attention alone, forward and backward, width 128, batch 1:\n\n");
  print_attention(lengths);
}
