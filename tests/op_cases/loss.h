// Cases of the ops of autograd/ops/loss.cpp.
#pragma once

#include "tests/op_cases/case.h"

namespace locus {

inline Drawn classified(Rng& rng) {
  const Shape logits = random_shape(between(1, 3, rng), rng, 3);
  Indices targets = any_ids(logits.without(-1), ignored, logits[-1] - 1, rng);
  targets[0] = 0;  // one counts
  return {[targets](Variables x) { return cross_entropy(x[0], targets); }, {any(logits, rng)}};
}

inline const OpCases loss_cases = {
    // clang-format off
    GradientCase{"cross_entropy", "targets",
     [](Variables x) { return cross_entropy(x[0], Indices({3}, {0, 4, 2})); },
     [] { return randoms(Shape{3, 5}); }},
    GradientCase{"cross_entropy", "ignored targets",
     [](Variables x) { return cross_entropy(x[0], Indices({2, 2}, {1, ignored, ignored, 0})); },
     [] { return randoms(Shape{2, 2, 3}); }},
    GradientCase{"cross_entropy", "one logit a row",
     [](Variables x) { return cross_entropy(x[0], Indices({3}, 0)); },
     [] { return randoms(Shape{3, 1}); }},
    GradientCase{"cross_entropy", "one row without an axis of rows",
     [](Variables x) { return cross_entropy(x[0], Indices(Shape{}, 2)); },
     [] { return randoms(Shape{4}); }},
    RandomCase{"cross_entropy", "any", classified},
    // The log of a sum near 1 is wrong by an ulp of 1, however small it is itself: `slope` is between 1
    // and 1.5, and half an ulp of 1 is lost in the sum. Else the terms are larger.
    PrecisionCase{"cross_entropy", "targets",
     [](Variables x) { return cross_entropy(x[0], Indices({5}, {0, 4, 2, ignored, 32})); },
     [] { return random_floats(Shape{5, 33}); }, of_terms(in_softmax(33) + in_sum(5) + 3),
     of_slope(in_softmax(33) + 4), of_logits},
    PrecisionCase{"cross_entropy", "hidden logits",
     [](Variables x) { return cross_entropy(x[0], Indices({2}, {1, 4})); },
     [] { return std::vector{planted(random_float({2, 9}, 1), {{0, -inf}, {8, -inf}, {10, -inf}})};
       }, of_terms(in_softmax(9) + 5), of_slope(in_softmax(9) + 4), of_logits},
    PrecisionCase{"cross_entropy", "one row that is sure",
     [](Variables x) { return cross_entropy(x[0], Indices({1}, 0)); },
     [] { return std::vector{floats({20, 0, 3}, {1, 3})}; }, of_slope(in_softmax(3)),
     of_slope(in_softmax(3) + 4), {0, 3, 9}},

    GradientCase{"mean_squared_error", "both",
     [](Variables x) { return mean_squared_error(x[0], x[1]); },
     [] { return randoms(Shape{2, 3}, Shape{2, 3}); }},
    GradientCase{"mean_squared_error", "a constant target",
     [](Variables x) { return mean_squared_error(x[0], constant({2, 3})); },
     [] { return randoms(Shape{2, 3}); }},
    GradientCase{"mean_squared_error", "a constant x",
     [](Variables x) { return mean_squared_error(constant({}), x[0]); },
     [] { return randoms(Shape{}); }},
    GradientCase{"mean_squared_error", "the same on both sides",
     [](Variables x) { return mean_squared_error(x[0], x[0]); },
     [] { return randoms(Shape{2, 3}); }},
    RandomCase{"mean_squared_error", "any",
     [](Rng& rng) { const Shape shape = random_shape(rng.below(4), rng, 3);
       return Drawn{[](Variables x) { return mean_squared_error(x[0], x[1]); },
       {any(shape, rng), any(shape, rng)}}; }},
    // x - target, its square, the mean; back: the mean's two roundings, the product, two equal terms.
    PrecisionCase{"mean_squared_error", "both",
     [](Variables x) { return mean_squared_error(x[0], x[1]); },
     [] { return random_floats(Shape{20, 30}, Shape{20, 30}); }, of_terms(3 + in_sum(600) + 2),
     of_terms(5), {0, -40, 40}},
    // clang-format on
};

}  // namespace locus
