// Cases of the ops of autograd/ops/attention.cpp.
#pragma once

#include "tests/op_cases/case.h"

namespace locus {

struct Heads {
  Index batch, length, count, dim;  // dim: of one head

  Shape qkv() const { return {batch, length, 3 * count * dim}; }
  Shape bias() const { return {count, length, length}; }
};

inline Heads any_heads(Rng& rng, Index even = 1) {
  return {rng.below(3), between(1, 4, rng), between(1, 2, rng), even * between(1, 2, rng)};
}

// Every token sees the first key.
inline AttentionMask any_mask(const Heads& heads, Rng& rng) {
  AttentionMask mask{.causal = rng.below(2) == 0};
  if (rng.below(2) == 0) return mask;
  mask.keys = any_ids({heads.batch, heads.length}, 0, 1, rng);
  for (Index item = 0; item < heads.batch; ++item) mask.keys[item * heads.length] = 1;
  return mask;
}

template <class Op>
Drawn attending(Rng& rng, Op op) {
  const Heads heads = any_heads(rng);
  const AttentionMask mask = any_mask(heads, rng);
  return {[op, heads, mask](Variables x) { return op(x[0], heads.count, mask); },
          {any(heads.qkv(), rng)}};
}

template <class Op>
Drawn attending_with_bias(Rng& rng, Op op) {
  const Heads heads = any_heads(rng);
  const AttentionMask mask = any_mask(heads, rng);
  return {[op, heads, mask](Variables x) { return op(x[0], heads.count, x[1], mask); },
          {any(heads.qkv(), rng), any(heads.bias(), rng)}};
}

inline const Indices some_keys({2, 4}, {1, 1, 0, 1, 1, 0, 0, 1});  // the first key is seen by all

// Scores of `width` products, scale, softmax over `length`, as many products, the quotient.
constexpr double in_attention(double width, double length) {
  return width + 3 + in_exp + 2 * length + 3;
}
// The weights again, D = dy · y, dP = dy Vᵀ, dS, and its product with K or Q.
constexpr double in_attention_adjoint(double width, double length) {
  return 2 * in_attention(width, length) + 2 * width + length + 5;
}

inline const OpCases attention_cases = {
    // clang-format off
    GradientCase{"attention", "one head", [](Variables x) { return attention(x[0], 1); },
     [] { return randoms(Shape{2, 4, 6}); }},
    GradientCase{"attention", "three heads", [](Variables x) { return attention(x[0], 3); },
     [] { return randoms(Shape{2, 3, 18}); }},
    GradientCase{"attention", "causal",
     [](Variables x) { return attention(x[0], 2, {.causal = true}); },
     [] { return randoms(Shape{2, 4, 12}); }},
    GradientCase{"attention", "some keys",
     [](Variables x) { return attention(x[0], 2, {.keys = some_keys}); },
     [] { return randoms(Shape{2, 4, 12}); }},
    GradientCase{"attention", "causal, some keys",
     [](Variables x) { return attention(x[0], 2, {.causal = true, .keys = some_keys}); },
     [] { return randoms(Shape{2, 4, 12}); }},
    GradientCase{"attention", "one token",
     [](Variables x) { return attention(x[0], 1, {.causal = true}); },
     [] { return randoms(Shape{1, 1, 6}); }},
    GradientCase{"attention", "two blocks of queries",
     [](Variables x) { return attention(x[0], 1, {.causal = true}); },
     [] { return randoms(Shape{1, 66, 3}); }},
    GradientCase{"attention", "heads of one number", [](Variables x) { return attention(x[0], 2); },
     [] { return randoms(Shape{1, 3, 6}); }},
    GradientCase{"attention", "a batch of none",
     [](Variables x) { return attention(no_rows(x[0]), 2); },
     [] { return randoms(Shape{2, 3, 6}); }},
    GradientCase{"attention", "a constant bias",
     [](Variables x) { return attention(x[0], 2, constant({2, 3, 3}), {}); },
     [] { return randoms(Shape{2, 3, 12}); }},
    GradientCase{"attention", "a bias, constant otherwise",
     [](Variables x) { return attention(constant({2, 3, 12}), 2, x[0], {.causal = true}); },
     [] { return randoms(Shape{2, 3, 3}); }},
    GradientCase{"attention", "a bias", [](Variables x) { return attention(x[0], 2, x[1], {}); },
     [] { return randoms(Shape{2, 3, 12}, Shape{2, 3, 3}); }},
    GradientCase{"attention", "a bias, causal, some keys",
     [](Variables x) { return attention(x[0], 1, x[1], {.causal = true, .keys = some_keys}); },
     [] { return randoms(Shape{2, 4, 6}, Shape{1, 4, 4}); }},
    RandomCase{"attention", "any",
     [](Rng& rng) { return attending(rng,
       [](V x, Index n, const AttentionMask& mask) { return attention(x, n, mask); }); }},
    RandomCase{"attention", "with a bias",
     [](Rng& rng) { return attending_with_bias(rng,
       [](V x, Index n, V bias, const AttentionMask& mask) { return attention(x, n, bias, mask); });
       }},
    PrecisionCase{"attention", "two heads", [](Variables x) { return attention(x[0], 2); },
     [] { return random_floats(Shape{2, 5, 24}); }, of_largest(in_attention(4, 5)),
     of_largest(in_attention_adjoint(4, 5)), {0, -40, 2}},
    PrecisionCase{"attention", "causal, some keys",
     [](Variables x) { return attention(x[0], 2, {.causal = true, .keys = some_keys}); },
     [] { return random_floats(Shape{2, 4, 24}); }, of_largest(in_attention(4, 4)),
     of_largest(in_attention_adjoint(4, 4)), {0, -40, 2}},
    PrecisionCase{"attention", "a bias, causal",
     [](Variables x) { return attention(x[0], 2, x[1], {.causal = true}); },
     [] { return random_floats(Shape{2, 5, 24}, Shape{2, 5, 5}); },
     of_largest(in_attention(4, 5) + 1), of_largest(in_attention_adjoint(4, 5) + 2), {0, -40, 2}},
    // Scores of up to 10,000: each row has one weight of 1, and dP - D cancels.
    PrecisionCase{"attention", "saturated",
     [](Variables x) { return attention(x[0], 2, {.causal = true}); },
     [] { return random_floats(Shape{2, 5, 24}); }, of_largest(in_attention(4, 5)),
     saturated(in_attention_adjoint(4, 5)), {6}},

    GradientCase{"attention_weights", "two heads",
     [](Variables x) { return attention_weights(x[0], 2); },
     [] { return randoms(Shape{2, 3, 12}); }},
    GradientCase{"attention_weights", "causal, some keys",
     [](Variables x) { return attention_weights(x[0], 1, {.causal = true, .keys = some_keys}); },
     [] { return randoms(Shape{2, 4, 6}); }},
    GradientCase{"attention_weights", "one token",
     [](Variables x) { return attention_weights(x[0], 2); },
     [] { return randoms(Shape{2, 1, 6}); }},
    GradientCase{"attention_weights", "a batch of none",
     [](Variables x) { return attention_weights(no_rows(x[0]), 1); },
     [] { return randoms(Shape{2, 3, 6}); }},
    GradientCase{"attention_weights", "a bias, causal, some keys",
     [](Variables x) { return attention_weights(x[0], 2, x[1], {.causal = true, .keys = some_keys});
       }, [] { return randoms(Shape{2, 4, 12}, Shape{2, 4, 4}); }},
    RandomCase{"attention_weights", "any",
     [](Rng& rng) { return attending(rng,
       [](V x, Index n, const AttentionMask& mask) { return attention_weights(x, n, mask); }); }},
    RandomCase{"attention_weights", "with a bias",
     [](Rng& rng) { return attending_with_bias(rng,
       [](V x, Index n, V bias,
       const AttentionMask& mask) { return attention_weights(x, n, bias, mask); }); }},
    PrecisionCase{"attention_weights", "causal, some keys",
     [](Variables x) { return attention_weights(x[0], 2, {.causal = true, .keys = some_keys}); },
     [] { return random_floats(Shape{2, 4, 24}); }, of_largest(in_attention(4, 4)),
     of_largest(in_attention_adjoint(4, 4)), {0, -40, 2}},
    PrecisionCase{"attention_weights", "a bias",
     [](Variables x) { return attention_weights(x[0], 2, x[1], {}); },
     [] { return random_floats(Shape{2, 5, 24}, Shape{2, 5, 5}); },
     of_largest(in_attention(4, 5) + 1), of_largest(in_attention_adjoint(4, 5) + 2), {0, -40, 2}},
    // clang-format on
};

}  // namespace locus
