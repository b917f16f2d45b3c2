#include <locus/nn/locus.h>
using namespace locus;

// y = log(1 + exp x)     dx = dy / (1 + exp(-x))
Variable softplus(const Variable& x) {
  return record("softplus", log(exp(x.value()) + 1), {
      {x, [x](const Variable& dy, const Variable&) { return dy * sigmoid(x); }},
  });
}

int main() {
  Rng rng(1);
  const auto f = [](const std::vector<Variable>& inputs) { return softplus(inputs[0]); };
  const auto report = gradient_check("softplus", f, {normal({2, 3}, /*stddev=*/1, rng)});
  fmt::print("{}\n", report);
  return report.ok ? 0 : 1;
}
