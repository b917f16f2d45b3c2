#include <locus/nn/locus.h>
using namespace locus;

struct Net : Module {
  explicit Net(Rng& rng) : hidden(2, 8, rng), output(8, 1, rng) {}
  Variable operator()(const Variable& x) const { return output(tanh(hidden(x))); }
  void register_members(Registry& registry) override {
    registry.module("hidden", hidden);
    registry.module("output", output);
  }
  Linear hidden, output;
};

int main() {
  Rng rng(1);
  Net net(rng);
  Adam adam(net.parameters(), 0.05);
  const Tensor x({4, 2}, {0, 0, 0, 1, 1, 0, 1, 1}), y({4, 1}, {0, 1, 1, 0});
  for (int step = 0; step < 200; ++step) {
    const Variable loss = mean_squared_error(net(x), y);
    adam.zero_grad();
    loss.backward();
    adam.step();
    if (step % 50 == 0) fmt::print("step {}: loss {:.4f}\n", step, loss.item());
  }
  save(net, "xor.safetensors");
  Net again(rng);
  load(again, "xor.safetensors");
  fmt::print("{:.2f}\n", again(x));
}
