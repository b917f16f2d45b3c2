// Cases of the ops of autograd/ops/products.cpp.
#pragma once

#include "tests/op_cases/case.h"

namespace locus {

// Matrices, either of which may be one for a whole batch of the other, and either transposed.
inline Drawn matrices(Rng& rng) {
  const Index n = any_extent(rng), k = any_extent(rng), m = any_extent(rng);
  const auto transpose = Transpose(rng.below(4));
  const bool left = transpose == Transpose::left || transpose == Transpose::both,
             right = transpose == Transpose::right || transpose == Transpose::both;
  std::vector<Index> a, b;
  const Index batch = any_extent(rng), batched = rng.below(4);  // none, the left, the right, both
  if (batched & 1) a.push_back(batch);
  if (batched & 2) b.push_back(batch);
  a.insert(a.end(), {left ? k : n, left ? n : k});
  b.insert(b.end(), {right ? m : k, right ? k : m});
  return {[transpose](Variables x) { return matmul(x[0], x[1], transpose); },
          {any(Shape(a.data(), a.data() + a.size()), rng),
           any(Shape(b.data(), b.data() + b.size()), rng)}};
}

inline Drawn affine(Rng& rng) {
  const Shape x = any_shape(rng, 1);
  const Index outputs = any_extent(rng);
  return {[](Variables v) { return linear(v[0], v[1], v[2]); },
          {any(x, rng), any({outputs, x[-1]}, rng), any({outputs}, rng)}};
}

inline const OpCases products_cases = {
    // clang-format off
    GradientCase{"matmul", "plain", [](Variables x) { return matmul(x[0], x[1]); },
     [] { return randoms(Shape{2, 3}, Shape{3, 4}); }},
    GradientCase{"matmul", "left", [](Variables x) { return matmul(x[0], x[1], Transpose::left); },
     [] { return randoms(Shape{3, 2}, Shape{3, 4}); }},
    GradientCase{"matmul", "right",
     [](Variables x) { return matmul(x[0], x[1], Transpose::right); },
     [] { return randoms(Shape{2, 3}, Shape{4, 3}); }},
    GradientCase{"matmul", "both", [](Variables x) { return matmul(x[0], x[1], Transpose::both); },
     [] { return randoms(Shape{3, 2}, Shape{4, 3}); }},
    GradientCase{"matmul", "batched", [](Variables x) { return matmul(x[0], x[1]); },
     [] { return randoms(Shape{2, 2, 3}, Shape{2, 3, 2}); }},
    GradientCase{"matmul", "one matrix on the right",
     [](Variables x) { return matmul(x[0], x[1]); },
     [] { return randoms(Shape{2, 2, 3}, Shape{3, 2}); }},
    GradientCase{"matmul", "one matrix on the left", [](Variables x) { return matmul(x[0], x[1]); },
     [] { return randoms(Shape{2, 3}, Shape{2, 2, 3, 2}); }},
    GradientCase{"matmul", "left, one on the right",
     [](Variables x) { return matmul(x[0], x[1], Transpose::left); },
     [] { return randoms(Shape{2, 3, 2}, Shape{3, 2}); }},
    GradientCase{"matmul", "left, one column, one on the right",
     [](Variables x) { return matmul(x[0], x[1], Transpose::left); },
     [] { return randoms(Shape{2, 3, 1}, Shape{3, 2}); }},
    GradientCase{"matmul", "right, one on the left",
     [](Variables x) { return matmul(x[0], x[1], Transpose::right); },
     [] { return randoms(Shape{2, 3}, Shape{2, 2, 3}); }},
    GradientCase{"matmul", "both, one on the right",
     [](Variables x) { return matmul(x[0], x[1], Transpose::both); },
     [] { return randoms(Shape{2, 3, 2}, Shape{2, 3}); }},
    GradientCase{"matmul", "extents of 1", [](Variables x) { return matmul(x[0], x[1]); },
     [] { return randoms(Shape{3, 1}, Shape{1, 2}); }},
    GradientCase{"matmul", "with itself", [](Variables x) { return matmul(x[0], x[0]); },
     [] { return randoms(Shape{3, 3}); }},
    GradientCase{"matmul", "with itself, right",
     [](Variables x) { return matmul(x[0], x[0], Transpose::right); },
     [] { return randoms(Shape{2, 3}); }},
    GradientCase{"matmul", "no rows", [](Variables x) { return matmul(no_rows(x[0]), x[1]); },
     [] { return randoms(Shape{2, 3}, Shape{3, 2}); }},
    GradientCase{"matmul", "of depth 0",
     [](Variables x) { return matmul(no_rows(x[0]), no_rows(x[1]), Transpose::left); },
     [] { return randoms(Shape{2, 3}, Shape{2, 4}); }},
    GradientCase{"matmul", "a batch of none",
     [](Variables x) { return matmul(no_rows(x[0]), x[1]); },
     [] { return randoms(Shape{2, 2, 3}, Shape{3, 2}); }},
    GradientCase{"matmul", "a constant on the right",
     [](Variables x) { return matmul(x[0], constant({3, 2})); },
     [] { return randoms(Shape{2, 2, 3}); }},
    GradientCase{"matmul", "a constant", [](Variables x) { return matmul(constant({2, 3}), x[0]); },
     [] { return randoms(Shape{3, 2}); }},
    RandomCase{"matmul", "any", matrices},
    // A product of depth k is k products added one after the other.
    PrecisionCase{"matmul", "depth 40", [](Variables x) { return matmul(x[0], x[1]); },
     [] { return random_floats(Shape{6, 40}, Shape{40, 24}); }, of_terms(40 + 1), of_terms(24 + 1)},
    PrecisionCase{"matmul", "depth 1200, in blocks", [](Variables x) { return matmul(x[0], x[1]); },
     [] { return random_floats(Shape{2, 1200}, Shape{1200, 3}); }, of_terms(1200 + 1),
     of_terms(3 + 1)},
    PrecisionCase{"matmul", "both transposed",
     [](Variables x) { return matmul(x[0], x[1], Transpose::both); },
     [] { return random_floats(Shape{40, 6}, Shape{24, 40}); }, of_terms(40 + 1), of_terms(24 + 1)},
    PrecisionCase{"matmul", "batched",
     [](Variables x) { return matmul(x[0], x[1], Transpose::right); },
     [] { return random_floats(Shape{3, 5, 8}, Shape{3, 4, 8}); }, of_terms(8 + 1),
     of_terms(5 + 1)},
    PrecisionCase{"matmul", "infinity and NaN", [](Variables x) { return matmul(x[0], x[1]); },
     [] { return std::vector{planted(random_float({6, 20}, 1),
       {{3, inf}, {45, -inf}, {90, not_a_number}}), random_float({20, 9}, 2)}; }, of_terms(20 + 1),
     of_terms(9 + 1)},

    GradientCase{"linear", "a matrix", [](Variables x) { return linear(x[0], x[1], x[2]); },
     [] { return randoms(Shape{3, 4}, Shape{2, 4}, Shape{2}); }},
    GradientCase{"linear", "a batch", [](Variables x) { return linear(x[0], x[1], x[2]); },
     [] { return randoms(Shape{2, 3, 4}, Shape{2, 4}, Shape{2}); }},
    GradientCase{"linear", "a vector", [](Variables x) { return linear(x[0], x[1], x[2]); },
     [] { return randoms(Shape{4}, Shape{2, 4}, Shape{2}); }},
    GradientCase{"linear", "extents of 1", [](Variables x) { return linear(x[0], x[1], x[2]); },
     [] { return randoms(Shape{1, 1}, Shape{1, 1}, Shape{1}); }},
    GradientCase{"linear", "no rows", [](Variables x) { return linear(no_rows(x[0]), x[1], x[2]); },
     [] { return randoms(Shape{3, 4}, Shape{2, 4}, Shape{2}); }},
    GradientCase{"linear", "the same as x and weight",
     [](Variables x) { return linear(x[0], x[0], x[1]); },
     [] { return randoms(Shape{3, 3}, Shape{3}); }},
    GradientCase{"linear", "a constant x",
     [](Variables x) { return linear(constant({3, 4}), x[0], x[1]); },
     [] { return randoms(Shape{2, 4}, Shape{2}); }},
    GradientCase{"linear", "a constant weight and bias",
     [](Variables x) { return linear(x[0], constant({2, 4}), constant({2})); },
     [] { return randoms(Shape{3, 4}); }},
    RandomCase{"linear", "any", affine},
    PrecisionCase{"linear", "a batch", [](Variables x) { return linear(x[0], x[1], x[2]); },
     [] { return random_floats(Shape{3, 5, 40}, Shape{24, 40}, Shape{24}); }, of_terms(40 + 2),
     of_terms(24 + 1)},
    // clang-format on
};

}  // namespace locus
