// The GPT whose training step is timed (tests/bench) and compared with an independent
// implementation (tests/golden). Weights and tokens come from a counter hash, so other programs can
// make the same.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>

#include "nn/transformer.h"

namespace locus {

struct Settings {
  std::string name;
  Index layers = 4, heads = 4, dim = 128, length = 64, batch = 12, vocab = 65;
};

// Of the matrix products of forward and backward: 6 per weight and token, and attention's two
// products over the whole table, also where a causal mask lets half of it be skipped.
inline double flops_per_step(const Settings& s) {
  const double layers = double(s.layers), dim = double(s.dim), length = double(s.length);
  return double(s.batch) * length *
         (6 * (12 * layers * dim * dim + double(s.vocab) * dim) + 12 * layers * length * dim);
}

inline std::uint64_t splitmix64(std::uint64_t i) {
  std::uint64_t z = (i + 1) * 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

// The model with the weights that every contestant starts from. The counter runs through one kind
// of tensor after the other, all layers of a kind in a row; biases and norms take their share.
inline Transformer model_of(const Settings& s) {
  Rng unused(0);
  Transformer model({.vocab_size = s.vocab,
                     .max_length = s.length,
                     .embedding_dim = s.dim,
                     .num_heads = s.heads,
                     .num_layers = s.layers,
                     .causal = true,
                     .tied_head = true},
                    unused);
  std::uint64_t counter = 0;
  const auto fill = [&](Variable& parameter, float scale, real constant = 0) {
    Tensor& tensor = parameter.mutable_value();
    for (real *x = tensor.data(), *end = x + tensor.size(); x != end; ++x, ++counter) {
      const double uniform = double(splitmix64(counter) >> 40) / (1 << 23) - 1.0;
      *x = scale != 0 ? real(float(uniform) * scale) : constant;
    }
  };
  const float weight = float(0.02 * std::sqrt(3.0)),
              residual = float(0.02 / std::sqrt(2.0 * double(s.layers)) * std::sqrt(3.0));
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
inline Batch batch_of(const Settings& s, Index step) {
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

}  // namespace locus
