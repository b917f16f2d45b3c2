// What a tiny op costs in libtorch: recorded, backward, freed; under the names of
// tests/bench/ops.cpp. One line of JSON each. tests/bench/run compiles it.
#include <torch/torch.h>

#include "tests/bench/measure.h"

using locus::seconds;
using torch::Tensor;

constexpr int length = 1000, samples = 200;

static void print(const char* name, const std::vector<double>& times) {
  printf("{\"op\": \"%s\", \"us\": %.4f}\n", name, locus::median(times) * 1e6);
}

template <class F>
static std::vector<double> times_of(F f) {
  std::vector<double> times;
  for (int sample = 0; sample < samples; ++sample) {
    const double start = seconds();
    for (int i = 0; i < length; ++i) f();
    times.push_back((seconds() - start) / length);
  }
  return times;
}

int main() {
  torch::set_num_threads(1);
  Tensor x = torch::randn({4}).requires_grad_(), y = torch::randn({4}).requires_grad_();
  {
    const c10::InferenceMode guard;  // cheaper than NoGradGuard
    const Tensor a = torch::randn({4}), b = torch::randn({4});
    print("x + y, 4 numbers, not recorded", times_of([&] { const Tensor z = a + b; }));
  }
  print("x + y, 4 numbers, recorded", times_of([&] { const Tensor z = x + y; }));

  // Freeing is timed on chains that had no backward, as in ops.cpp.
  std::vector<double> forward, backward, freed;
  const Tensor ones = torch::ones({4});
  for (const bool with_backward : {true, false}) {
    for (int sample = 0; sample < samples; ++sample) {
      x.mutable_grad() = Tensor(), y.mutable_grad() = Tensor();
      const double t0 = seconds();
      Tensor z = x + y;
      for (int i = 1; i < length; ++i) z = z + y;
      const double t1 = seconds();
      if (with_backward) z.backward(ones);
      const double t2 = seconds();
      z = Tensor();
      const double t3 = seconds();
      forward.push_back(t1 - t0);
      if (with_backward) {
        backward.push_back(t2 - t1);
      } else {
        freed.push_back(t3 - t2);
      }
    }
  }
  print("chain of 1000 adds, forward", forward);
  print("chain of 1000 adds, backward", backward);
  print("chain of 1000 adds, freed", freed);
}
