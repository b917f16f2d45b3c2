// Cases of the ops of autograd/ops/embedding.cpp.
#pragma once

#include "tests/op_cases/case.h"

namespace locus {

inline Drawn looked_up(Rng& rng) {
  const Index n = between(1, 4, rng);
  const Indices ids = any_ids(any_shape(rng), 0, n - 1, rng);
  return {[ids](Variables x) { return embedding(x[0], ids); }, {any({n, any_extent(rng)}, rng)}};
}

inline Drawn scattered(Rng& rng) {
  const Shape x = any_shape(rng, 1);
  const Index n = between(1, 4, rng);
  const Indices ids = any_ids(x.without(-1), 0, n - 1, rng);
  return {[ids, n](Variables v) { return scatter_add_rows(v[0], ids, n); }, {any(x, rng)}};
}

inline const OpCases embedding_cases = {
    // clang-format off
    GradientCase{"embedding", "repeated and missing ids",
     [](Variables x) { return embedding(x[0], repeated); }, [] { return randoms(Shape{6, 2}); }},
    GradientCase{"embedding", "one id",
     [](Variables x) { return embedding(x[0], Indices(Shape{}, 1)); },
     [] { return randoms(Shape{3, 2}); }},
    GradientCase{"embedding", "a table of one row",
     [](Variables x) { return embedding(x[0], Indices({3}, 0)); },
     [] { return randoms(Shape{1, 2}); }},
    GradientCase{"embedding", "no ids",
     [](Variables x) { return embedding(x[0], Indices({2, 0})); },
     [] { return randoms(Shape{3, 2}); }},
    RandomCase{"embedding", "any", looked_up},
    PrecisionCase{"embedding", "repeated and missing ids",
     [](Variables x) { return embedding(x[0], repeated); },
     [] { return random_floats(Shape{6, 7}); }, exact, of_terms(3)},

    GradientCase{"scatter_add_rows", "repeated and missing ids",
     [](Variables x) { return scatter_add_rows(x[0], repeated, 6); },
     [] { return randoms(Shape{2, 3, 2}); }},
    GradientCase{"scatter_add_rows", "into one row",
     [](Variables x) { return scatter_add_rows(x[0], Indices({3}, 0), 1); },
     [] { return randoms(Shape{3, 1}); }},
    GradientCase{"scatter_add_rows", "no ids",
     [](Variables x) { return scatter_add_rows(no_rows(x[0]), Indices(Shape{0}), 4); },
     [] { return randoms(Shape{3, 2}); }},
    RandomCase{"scatter_add_rows", "any", scattered},
    PrecisionCase{"scatter_add_rows", "repeated and missing ids",
     [](Variables x) { return scatter_add_rows(x[0], repeated, 6); },
     [] { return random_floats(Shape{2, 3, 7}); }, of_terms(3), exact},
    // clang-format on
};

}  // namespace locus
