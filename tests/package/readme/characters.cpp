#include <locus/nn/locus.h>

using namespace locus;

int main() {
  const std::string text = "the cat sat on the mat. the dog sat on the log. the bird sat on the bin.";
  const Index length = Index(text.size()) - 1;
  const Indices ids({1, length}, {text.begin(), text.end() - 1});
  const Indices targets({1, length}, {text.begin() + 1, text.end()});

  Rng rng(1);
  Transformer model({.vocab_size = 128, .max_length = length, .embedding_dim = 32, .num_heads = 4,
                     .num_layers = 2, .causal = true, .dropout = 0.1}, rng);
  AdamW adam(model.parameters(), 0.003);
  for (int step = 0; step < 300; ++step) {
    adam.zero_grad();
    cross_entropy(model(ids), targets).backward();
    clip_grad_norm(model.parameters(), 1);
    adam.step();
  }

  model.eval();  // no dropout
  const NoGrad no_grad;
  std::vector<Index> sample = {'t'};
  while (Index(sample.size()) < length) {
    const Index last = Index(sample.size()) - 1;
    const Tensor p = softmax(model(Indices({1, last + 1}, sample)).value());  // (1, last + 1, 128)
    Index next = 0;
    for (double u = rng.uniform(); next < 127 && u >= p(0, last, next); ++next) u -= p(0, last, next);
    sample.push_back(next);
  }
  fmt::print("{}\n", std::string(sample.begin(), sample.end()));
}
