// Cases of the ops of autograd/ops/rows.cpp.
#pragma once

#include "tests/op_cases/case.h"

namespace locus {

inline Drawn normalised(Rng& rng) {
  Shape x = any_shape(rng, 1);
  if (x[-1] == 0) x = x.with(-1, 1);
  const Shape row{x[-1]};
  const real epsilon = real(0.1) * real(between(1, 5, rng));
  return {[epsilon](Variables v) { return layer_norm(v[0], v[1], v[2], epsilon); },
          {any(x, rng), any(row, rng), any(row, rng)}};
}

// The mean, x - mean, the variance (of which the root halves the error), 1 / root, weight, bias.
constexpr double in_layer_norm(double n) { return 2 * in_sum(n) + 12; }
// The same in x̂, twice, in mean(h) and mean(h x̂), and their sum.
constexpr double in_layer_norm_adjoint(double n) { return 4 * in_sum(n) + 32; }

inline const OpCases rows_cases = {
    // clang-format off
    GradientCase{"softmax", "rows", [](Variables x) { return softmax(x[0]); },
     [] { return randoms(Shape{2, 5}); }},
    GradientCase{"softmax", "rows of one", [](Variables x) { return softmax(x[0]); },
     [] { return randoms(Shape{3, 1}); }},
    GradientCase{"softmax", "no rows", [](Variables x) { return softmax(no_rows(x[0])); },
     [] { return randoms(Shape{2, 5}); }},
    RandomCase{"softmax", "any",
     [](Rng& rng) { return one(rng, [](V a) { return softmax(a); }, any, 1); }},
    // dy_i - sum_j dy_j y_j cancels where y_i is near 1: an ulp of the largest dy.
    PrecisionCase{"softmax", "rows", [](Variables x) { return softmax(x[0]); },
     [] { return random_floats(Shape{8, 33}); }, of_terms(in_softmax(33)),
     of_slope(in_softmax_adjoint(33)), of_logits},
    PrecisionCase{"softmax", "rows with hidden numbers", [](Variables x) { return softmax(x[0]); },
     [] { return std::vector{planted(random_float({4, 9}, 1), {{0, -inf}, {8, -inf}, {10, -inf}})};
       }, of_terms(in_softmax(9)), of_slope(in_softmax_adjoint(9)), of_logits},
    PrecisionCase{"softmax", "infinity and NaN", [](Variables x) { return softmax(x[0]); },
     [] { return std::vector{planted(random_float({4, 19}, 1),
       {{3, inf}, {19, not_a_number}, {56, not_a_number}})}; }, of_terms(in_softmax(19)),
     of_slope(in_softmax_adjoint(19)), as_it_is},

    GradientCase{"layer_norm", "a batch", [](Variables x) { return layer_norm(x[0], x[1], x[2]); },
     [] { return randoms(Shape{2, 3, 5}, Shape{5}, Shape{5}); }},
    GradientCase{"layer_norm", "one row, a large epsilon",
     [](Variables x) { return layer_norm(x[0], x[1], x[2], real(0.3)); },
     [] { return randoms(Shape{4}, Shape{4}, Shape{4}); }},
    GradientCase{"layer_norm", "rows of one",
     [](Variables x) { return layer_norm(x[0], x[1], x[2]); },
     [] { return randoms(Shape{3, 1}, Shape{1}, Shape{1}); }},
    GradientCase{"layer_norm", "no rows",
     [](Variables x) { return layer_norm(no_rows(x[0]), x[1], x[2]); },
     [] { return randoms(Shape{2, 4}, Shape{4}, Shape{4}); }},
    GradientCase{"layer_norm", "the same as x, weight and bias",
     [](Variables x) { return layer_norm(x[0], x[0], x[0]); }, [] { return randoms(Shape{4}); }},
    GradientCase{"layer_norm", "a constant x",
     [](Variables x) { return layer_norm(constant({2, 4}), x[0], x[1]); },
     [] { return randoms(Shape{4}, Shape{4}); }},
    GradientCase{"layer_norm", "a constant weight and bias",
     [](Variables x) { return layer_norm(x[0], constant({4}), constant({4})); },
     [] { return randoms(Shape{2, 4}); }},
    RandomCase{"layer_norm", "any", normalised},
    // x² must not overflow: numbers up to 2^60. A wrong mean moves a row as a whole, which the terms of
    // a number that its neighbours hardly move do not tell: of the largest.
    PrecisionCase{"layer_norm", "a batch", [](Variables x) { return layer_norm(x[0], x[1], x[2]); },
     [] { return random_floats(Shape{2, 3, 33}, Shape{33}, Shape{33}); },
     of_largest(in_layer_norm(33)), of_largest(in_layer_norm_adjoint(33) + 6), {0, -100, 60}},
    PrecisionCase{"layer_norm", "rows of nearly equal numbers",
     [](Variables x) { return layer_norm(x[0], x[1], x[2]); },
     [] { return std::vector{floats({3, 3, 3, 3, 100, 100.001, 100.002, 100.004}, {2, 4}),
       random_float({4}, 2), random_float({4}, 3)}; }, of_largest(in_layer_norm(4)),
     of_largest(in_layer_norm_adjoint(4) + 2), {0, -100, 60}},
    // clang-format on
};

}  // namespace locus
