// The training step of tests/bench/gpt_step.cpp in C++ with libtorch: the same weights, tokens and
// losses. gpt_step S|M [steps] [threads] prints one line of JSON. tests/bench/run compiles it.
#include <torch/torch.h>
#include <torch/version.h>

#include "tests/bench/measure.h"

using torch::Tensor;
using Tensors = std::vector<Tensor>;

struct Sizes {
  int64_t layers, heads, dim, length, batch, vocab;
};

static uint64_t splitmix64(uint64_t i) {
  uint64_t z = (i + 1) * 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

struct Model {
  Sizes s;
  Tensors all;  // every weight, in the order in which the counter runs through them
  Tensor tokens, positions, norm_weight, norm_bias, future;
  struct Kinds {  // one tensor per layer
    Tensors norm1_weight, norm1_bias, qkv_weight, qkv_bias, proj_weight, proj_bias, norm2_weight,
        norm2_bias, up_weight, up_bias, down_weight, down_bias;
  } of;
  uint64_t counter = 0;

  Tensor weight(torch::IntArrayRef shape, float scale, float constant) {
    Tensor tensor = torch::full(shape, constant);
    float* x = tensor.data_ptr<float>();
    for (int64_t i = 0; i < tensor.numel(); ++i, ++counter) {
      const double uniform = double(splitmix64(counter) >> 40) / (1 << 23) - 1.0;
      if (scale != 0) x[i] = float(uniform) * scale;
    }
    all.push_back(tensor.requires_grad_());
    return tensor;
  }
  Tensors per_layer(torch::IntArrayRef shape, float scale, float constant = 0) {
    Tensors result;
    for (int64_t i = 0; i < s.layers; ++i) result.push_back(weight(shape, scale, constant));
    return result;
  }

  explicit Model(const Sizes& sizes) : s(sizes) {
    const int64_t dim = s.dim;
    const float wide = float(0.02 * std::sqrt(3.0)),
                residual = float(0.02 / std::sqrt(2.0 * double(s.layers)) * std::sqrt(3.0));
    tokens = weight({s.vocab, dim}, wide, 0);
    positions = weight({s.length, dim}, wide, 0);
    of.norm1_weight = per_layer({dim}, 0, 1);
    of.norm1_bias = per_layer({dim}, 0);
    of.qkv_weight = per_layer({3 * dim, dim}, wide);
    of.qkv_bias = per_layer({3 * dim}, 0);
    of.proj_weight = per_layer({dim, dim}, residual);
    of.proj_bias = per_layer({dim}, 0);
    of.norm2_weight = per_layer({dim}, 0, 1);
    of.norm2_bias = per_layer({dim}, 0);
    of.up_weight = per_layer({4 * dim, dim}, wide);
    of.up_bias = per_layer({4 * dim}, 0);
    of.down_weight = per_layer({dim, 4 * dim}, residual);
    of.down_bias = per_layer({dim}, 0);
    norm_weight = weight({dim}, 0, 1);
    norm_bias = weight({dim}, 0, 0);
    future = torch::ones({s.length, s.length}, torch::kBool).triu(1);
  }

  Tensor attention(const Tensor& qkv) const {
    Tensors parts = qkv.split(s.dim, 2);
    for (Tensor& part : parts) {
      part = part.view({s.batch, s.length, s.heads, s.dim / s.heads}).transpose(1, 2);
    }
#if TORCH_VERSION_MAJOR >= 2
    const Tensor mixed =
        at::scaled_dot_product_attention(parts[0], parts[1], parts[2], {}, 0, true);
#else
    const double scale = 1 / std::sqrt(double(s.dim / s.heads));
    Tensor scores = torch::matmul(parts[0] * scale, parts[1].transpose(-2, -1));
    scores.masked_fill_(future, -INFINITY);
    const Tensor mixed = torch::matmul(torch::softmax(scores, -1), parts[2]);
#endif
    return mixed.transpose(1, 2).reshape({s.batch, s.length, s.dim});
  }

  Tensor loss(const Tensor& ids, const Tensor& targets) const {
    using namespace torch;
    Tensor x = torch::embedding(tokens, ids) + positions;
    for (size_t i = 0; i < size_t(s.layers); ++i) {
      Tensor h = layer_norm(x, {s.dim}, of.norm1_weight[i], of.norm1_bias[i]);
      h = attention(linear(h, of.qkv_weight[i], of.qkv_bias[i]));
      x = x + linear(h, of.proj_weight[i], of.proj_bias[i]);
      h = layer_norm(x, {s.dim}, of.norm2_weight[i], of.norm2_bias[i]);
      h = gelu(linear(h, of.up_weight[i], of.up_bias[i]), "tanh");
      x = x + linear(h, of.down_weight[i], of.down_bias[i]);
    }
    const Tensor logits = linear(layer_norm(x, {s.dim}, norm_weight, norm_bias), tokens);
    return cross_entropy_loss(logits.view({-1, s.vocab}), targets.view({-1}));
  }
};

static std::pair<Tensor, Tensor> batch_of(const Sizes& s, int64_t step) {
  const Tensor sequence = torch::empty({s.batch, s.length + 1}, torch::kLong);
  int64_t* token = sequence.data_ptr<int64_t>();
  for (int64_t row = 0; row < s.batch; ++row) {
    const int64_t start = int64_t(splitmix64(uint64_t(step * s.batch + row)) % 100000);
    for (int64_t i = start; i <= start + s.length; ++i) {
      *token++ = (i * 7 + i / 5 * 3 + (i / 11) * (i / 17)) % s.vocab;
    }
  }
  return {sequence.slice(1, 0, s.length).contiguous(),
          sequence.slice(1, 1, s.length + 1).contiguous()};
}

int main(int argc, char** argv) {
  const std::string config = argc > 1 ? argv[1] : "S";
  const int steps = argc > 2 ? atoi(argv[2]) : 60, threads = argc > 3 ? atoi(argv[3]) : 1;
  torch::set_num_threads(threads);
  const Model model(config == "S" ? Sizes{4, 4, 128, 64, 12, 65} : Sizes{6, 6, 384, 256, 4, 65});
  torch::optim::AdamW optimizer(model.all, torch::optim::AdamWOptions(1e-3).weight_decay(0));
  constexpr int warmup = 10;
  std::vector<double> whole, forward, backward, update, losses;
  for (int step = 0; step < warmup + steps; ++step) {
    const auto [ids, targets] = batch_of(model.s, step);
    const double t0 = locus::seconds();
    for (const Tensor& weight : model.all) weight.mutable_grad() = Tensor();
    const Tensor loss = model.loss(ids, targets);
    const double t1 = locus::seconds();
    loss.backward();
    const double t2 = locus::seconds();
    optimizer.step();
    const double t3 = locus::seconds();
    losses.push_back(loss.item<float>());
    if (step < warmup) continue;
    whole.push_back(1e3 * (t3 - t0)), forward.push_back(1e3 * (t1 - t0));
    backward.push_back(1e3 * (t2 - t1)), update.push_back(1e3 * (t3 - t2));
  }
  printf(
      "{\"impl\": \"libtorch\", \"version\": \"%s\", \"config\": \"%s\", \"threads\": %d, "
      "\"steps\": %d, \"ms_per_step\": %.3f, \"ms_forward\": %.3f, \"ms_backward\": %.3f, "
      "\"ms_adamw\": %.3f, \"peak_rss_mb\": %.1f, \"first_loss\": %.5f, \"loss_10\": %.5f, "
      "\"final_loss\": %.5f}\n",
      TORCH_VERSION, config.c_str(), threads, steps, locus::median(whole), locus::median(forward),
      locus::median(backward), locus::median(update), locus::peak_megabytes(), losses[0],
      losses[10], losses.back());
}
