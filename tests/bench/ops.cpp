// Times single operations under the names that peers/torch_ops.py uses, so the two can be joined,
// and what recording, backward and freeing cost per op where there is next to nothing to compute.
// One thread. --help names the flags of Google Benchmark, --benchmark_filter chooses by name.
#include <benchmark/benchmark.h>

#include <string>

#include "autograd/ops.h"
#include "autograd/record.h"
#include "nn/optim/optimizer.h"
#include "tensor/kernels/kernels.h"
#include "tensor/parallel.h"
#include "tests/bench/measure.h"

using namespace locus;

static Tensor random(const Shape& shape) {
  static Rng rng(1);
  return normal(shape, /*stddev=*/1, rng);
}

static Variable weight(const Shape& shape) { return Parameter(random(shape)); }

// Times f(), whose result is freed within the time. Once before, for memory that is
// touched for the first time.
template <class F>
static void time_of(const std::string& name, F f) {
  benchmark::RegisterBenchmark(name.c_str(), [f](benchmark::State& state) {
    benchmark::DoNotOptimize(f());
    for (auto _ : state) benchmark::DoNotOptimize(f());
  })->Unit(benchmark::kMicrosecond);
}

// Backward from a given gradient of y, as PyTorch's y.backward(gradient): through an op whose rule
// returns it.
static void backward_from(const Variable& y, const Variable& gradient) {
  record("start", Tensor(Shape{}),
         {{y, [gradient](const Variable&, const Variable&) { return gradient; }}})
      .backward();
}

// Times forward and backward of f(leaves).
template <class F>
static void time_with_backward(const std::string& name, const std::vector<Variable>& leaves, F f) {
  const Variable gradient(random(f(leaves).shape()));
  time_of(name + ", forward and backward", [=] {
    for (Variable leaf : leaves) leaf.zero_grad();
    const Variable y = f(leaves);
    backward_from(y, gradient);
    return y;
  });
}

static void elementwise() {
  const Tensor x = random({1 << 20}), y = random({1 << 20});  // 4 MiB each: beyond the near caches
  time_of("add 1M", [=] { return x + y; });
  time_of("multiply 1M", [=] { return x * y; });
  time_of("exp 1M", [=] { return exp(x); });
  time_of("tanh 1M", [=] { return tanh(x); });
  time_of("gelu_tanh 1M", [=] { return gelu_tanh(x); });
  time_of("gelu 1M", [=] { return gelu(x); });
  time_of("sum 1M", [=] { return sum(x); });
  const Tensor a = random({1 << 14}), b = random({1 << 14});
  time_of("add 16K", [=] { return a + b; });
  time_of("exp 16K", [=] { return exp(a); });
  time_of("gelu_tanh 16K", [=] { return gelu_tanh(a); });
}

static void rows() {
  const Tensor square = random({768, 768}), scores = random({48, 64, 64}), x = random({768, 128}),
               ones({128}, 1), zeros({128});
  time_of("softmax 768x768", [=] { return softmax(square); });
  time_of("softmax 48x64x64", [=] { return softmax(scores); });
  time_of("layer_norm 768x128", [=] { return layer_norm(x, ones, zeros, real(1e-5)); });
}

static void products() {
  for (const Index n : {256, 512, 1024, 2048}) {
    const Tensor a = random({n, n}), b = random({n, n});
    time_of(fmt::format("matmul {}", n), [=] { return matmul(a, b); });
  }
  struct Linear {
    const char* name;
    Index k, n;
  };
  for (const auto& [name, k, n] : {Linear{"qkv", 128, 384}, {"fc", 128, 512}, {"proj", 512, 128}}) {
    const Tensor x = random({768, k}), w = random({n, k});
    time_of(fmt::format("matmul S {} forward", name),
            [=] { return matmul(x, w, Transpose::right); });
  }
  const Tensor q = random({48, 64, 32}), k = random({48, 64, 32}), p = random({48, 64, 64});
  time_of("matmul S scores", [=] { return matmul(q, k, Transpose::right); });
  time_of("matmul S mix", [=] { return matmul(p, k); });
}

static void with_backward() {
  using Leaves = std::vector<Variable>;
  Rng rng(3);
  Indices ids({768});
  for (Index i = 0; i < 768; ++i) ids[i] = rng.below(65);

  time_with_backward("layer_norm 768x128", {weight({768, 128}), weight({128}), weight({128})},
                     [](const Leaves& v) { return layer_norm(v[0], v[1], v[2]); });
  time_with_backward("embedding 65x128, 768 ids", {weight({65, 128})},
                     [ids](const Leaves& v) { return embedding(v[0], ids); });
  time_with_backward("cross_entropy 768x65", {weight({768, 65})},
                     [ids](const Leaves& v) { return cross_entropy(v[0], ids); });
  time_with_backward("gelu_tanh 768x512", {weight({768, 512})},
                     [](const Leaves& v) { return gelu_tanh(v[0]); });
  time_with_backward("softmax 48x64x64", {weight({48, 64, 64})},
                     [](const Leaves& v) { return softmax(v[0]); });
  time_with_backward("linear 768x128 -> 512",
                     {weight({768, 128}), weight({512, 128}), weight({512})},
                     [](const Leaves& v) { return linear(v[0], v[1], v[2]); });
}

// Parameters as in config S, with gradients.
static std::vector<NamedParameter> parameters(const std::vector<Shape>& shapes) {
  std::vector<NamedParameter> result;
  for (const Shape& shape : shapes) {
    result.push_back({"weight", weight(shape)});
    result.back().variable.set_grad(random(shape));
  }
  return result;
}

static void optimizer() {
  constexpr Index dim = 128;
  std::vector<Shape> shapes = {{65, dim}, {64, dim}, {dim}, {dim}};
  for (int layer = 0; layer < 4; ++layer) {
    for (const Shape& shape : {Shape{dim},
                               {dim},
                               {3 * dim, dim},
                               {3 * dim},
                               {dim, dim},
                               {dim},
                               {dim},
                               {dim},
                               {4 * dim, dim},
                               {4 * dim},
                               {dim, 4 * dim},
                               {dim}}) {
      shapes.push_back(shape);
    }
  }
  Index count = 0;
  for (const Shape& shape : shapes) count += shape.size();
  const auto time_step = [](const std::string& name, const std::vector<Shape>& of) {
    const auto adam =
        std::make_shared<AdamW>(parameters(of), AdamOptions{.learning_rate = real(1e-3)});
    time_of(name, [adam] { return adam->step(), adam->learning_rate; });
  };
  time_step("AdamW 0.8M in 52 tensors", shapes);
  time_step("AdamW 0.8M in 1 tensor", {{count}});

  // The same four arrays, read and written as by AdamW, with next to nothing to compute.
  const auto arrays = std::make_shared<std::vector<Tensor>>();
  for (int i = 0; i < 4; ++i) arrays->push_back(random({count}));
  time_of("AdamW's memory alone", [arrays, count] {
    std::vector<Tensor>& tensors = *arrays;
    real *__restrict x = tensors[0].data(), *__restrict average = tensors[1].data(),
         *__restrict square = tensors[2].data();
    const real* __restrict gradient = tensors[3].begin();
    for (Index i = 0; i < count; ++i) {
      x[i] += gradient[i], average[i] += gradient[i], square[i] += gradient[i];
    }
    return 0;
  });
}

// --- what an op costs beside its arithmetic --------------------------------------------------------

// One stage of a chain z = x + y + y + ... A backward frees the graph as it goes, so what freeing
// alone costs is timed on a chain that had none.
static void time_chain(benchmark::State& state) {
  constexpr int length = 1000, backward = 1;
  const auto timed = state.range(0);
  Variable x = weight({4}), y = weight({4});
  const Variable ones(Tensor({4}, 1));
  for (auto _ : state) {
    x.zero_grad(), y.zero_grad();
    const double t0 = seconds();
    Variable z = x + y;
    for (int i = 1; i < length; ++i) z = z + y;
    const double t1 = seconds();
    if (timed == backward) backward_from(z, ones);
    const double t2 = seconds();
    z = Variable();
    const double t3 = seconds();
    const double stages[] = {t1 - t0, t2 - t1, t3 - t2};
    state.SetIterationTime(stages[timed]);
  }
}

static void overhead() {
  const Variable x = weight({4}), y = weight({4});
  time_of("x + y, 4 numbers, not recorded", [=] {
    const NoGrad guard;
    return x + y;
  });
  time_of("x + y, 4 numbers, recorded", [=] { return x + y; });

  const char* stages[] = {"forward", "backward", "freed"};
  for (int timed = 0; timed < 3; ++timed) {
    const std::string name = std::string("chain of 1000 adds, ") + stages[timed];
    benchmark::RegisterBenchmark(name.c_str(), time_chain)
        ->Arg(timed)
        ->UseManualTime()
        ->Iterations(200)
        ->Unit(benchmark::kMicrosecond);
  }
}

int main(int argc, char** argv) {
  set_threads(1);
  elementwise();
  rows();
  products();
  with_backward();
  optimizer();
  overhead();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::AddCustomContext("kernels", kernels().name);
  benchmark::RunSpecifiedBenchmarks();
}
