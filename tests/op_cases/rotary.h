// Cases of the ops of autograd/ops/rotary.cpp.
#pragma once

#include "tests/op_cases/attention.h"

namespace locus {

inline const OpCases rotary_cases = {
    // clang-format off
    GradientCase{"rotary", "two heads of two pairs", [](Variables x) { return rotary(x[0], 2); },
     [] { return randoms(Shape{2, 3, 24}); }},
    GradientCase{"rotary", "at another direction",
     [](Variables x) { return rotary(x[0] * x[0], 1, real(-0.3)); },
     [] { return randoms(Shape{1, 4, 6}); }},
    GradientCase{"rotary", "one token", [](Variables x) { return rotary(x[0], 1); },
     [] { return randoms(Shape{2, 1, 6}); }},
    GradientCase{"rotary", "a batch of none", [](Variables x) { return rotary(no_rows(x[0]), 1); },
     [] { return randoms(Shape{1, 4, 6}); }},
    GradientCase{"rotary", "into attention",
     [](Variables x) { return attention(rotary(x[0], 1), 1, {.causal = true}); },
     [] { return randoms(Shape{1, 3, 12}); }},
    RandomCase{"rotary", "any",
     [](Rng& rng) { const Heads heads = any_heads(rng, 2); const real direction = real(rng.below(5)) - 2;
       return Drawn{[=](Variables x) { return rotary(x[0], heads.count, direction); },
       {any(heads.qkv(), rng)}}; }},
    // Cosine or sine, the product, the sum.
    PrecisionCase{"rotary", "two heads", [](Variables x) { return rotary(x[0], 2); },
     [] { return random_floats(Shape{2, 9, 24}); }, of_terms(3), of_terms(3)},
    // clang-format on
};

}  // namespace locus
