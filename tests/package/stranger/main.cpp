// A stranger's program: an op of its own, its gradient checked, a layer trained through it. It has a
// tensor/tensor.h of its own, which must not meet the library's.
#include <locus/autograd/gradient_check.h>
#include <locus/autograd/ops.h>
#include <locus/autograd/record.h>
#include <locus/nn/linear.h>
#include <locus/nn/optim/optimizer.h>
#include "tensor/tensor.h"

using namespace locus;

// y = x³     dx = 3 dy x²
static Variable cube(const Variable& x) {
  return record("cube", x.value() * x.value() * x.value(), {
      {x, [x](const Variable& dy, const Variable&) { return dy * x * x * 3; }},
  });
}

int main() {
  const GradientReport report = gradient_check(
      "cube", [](const std::vector<Variable>& inputs) { return cube(inputs[0]); },
      {Tensor({2, 2}, {-1, real(0.5), 2, 3})},
      {.tolerance = sizeof(real) == 8 ? 1e-7 : 1e-2});  // nudging in float says no more than that
  fmt::print("{}\n", report.text());

  // y = (2 a - b)³ from four examples.
  Rng rng(1);
  Linear layer(2, 1, rng);
  Adam adam(layer.parameters(), {.learning_rate = real(0.02)});
  const Variable x = Tensor({4, 2}, {0, 1, 1, 0, 1, 1, 1, 2}), y = Tensor({4, 1}, {-1, 8, 1, 0});
  real loss = 0;
  for (int step = 0; step < 2000; ++step) {
    const Variable error = mean_squared_error(cube(layer(x)), y);
    adam.zero_grad();
    error.backward();
    adam.step();
    loss = error.item();
  }
  fmt::print("weights {:.3f}, loss {:.2g}\n", layer.weight.value(), double(loss));
  return strangers_own_tensor() == 42 && report.ok && loss < real(1e-2) ? 0 : 1;
}
