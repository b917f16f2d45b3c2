// Cases of the ops of autograd/ops/along_axis.cpp.
#pragma once

#include "tests/op_cases/case.h"

namespace locus {

// An op along an axis, of extents of 1 and more.
template <class Op>
Drawn along_entries(Rng& rng, Op op) {
  const Shape shape = random_shape(between(1, 3, rng), rng, 3);
  const int axis = any_axis(shape, rng);
  const Keep keep = rng.below(2) == 0 ? Keep::yes : Keep::no;
  return {[=](Variables x) { return op(x[0], axis, keep); }, {any(shape, rng)}};
}

inline const OpCases along_axis_cases = {
    // clang-format off
    GradientCase{"max", "last axis, squared", [](Variables x) { return max(x[0] * x[0], -1); },
     [] { return randoms(Shape{2, 4}); }},
    GradientCase{"max", "middle axis, kept", [](Variables x) { return max(x[0], 1, Keep::yes); },
     [] { return randoms(Shape{2, 3, 2}); }},
    GradientCase{"max", "no rows", [](Variables x) { return max(no_rows(x[0]), 1); },
     [] { return randoms(Shape{2, 3}); }},
    RandomCase{"max", "any",
     [](Rng& rng) { return along_entries(rng, [](V a, int axis, Keep keep) { return max(a, axis, keep); }); }},
    PrecisionCase{"max", "rows", [](Variables x) { return max(x[0], -1); },
     [] { return random_floats(Shape{8, 33}); }, exact, exact},

    GradientCase{"cumsum", "middle axis", [](Variables x) { return cumsum(x[0], 1); },
     [] { return randoms(Shape{2, 3, 2}); }},
    GradientCase{"cumsum", "from the back", [](Variables x) { return cumsum(x[0] * x[0], -1, From::back); },
     [] { return randoms(Shape{2, 3}); }},
    RandomCase{"cumsum", "any", [](Rng& rng) {
       const From from = rng.below(2) == 0 ? From::front : From::back;
       return along(rng, [from](V a, int axis) { return cumsum(a, axis, from); }); }},
    PrecisionCase{"cumsum", "rows", [](Variables x) { return cumsum(x[0], -1); },
     [] { return random_floats(Shape{3, 100}); }, of_terms(100), of_terms(100)},

    GradientCase{"logsumexp", "first axis", [](Variables x) { return logsumexp(x[0], 0); },
     [] { return randoms(Shape{3, 2}); }},
    GradientCase{"logsumexp", "far from 0, kept",
     [](Variables x) { return logsumexp(x[0] + real(1000), -1, Keep::yes); },
     [] { return randoms(Shape{2, 3}); }},
    RandomCase{"logsumexp", "any", [](Rng& rng) {
       return along_entries(rng, [](V a, int axis, Keep keep) { return logsumexp(a, axis, keep); }); }},
    // As cross_entropy: the log of a sum near 1 is wrong by an ulp of 1.
    PrecisionCase{"logsumexp", "rows", [](Variables x) { return logsumexp(x[0], -1); },
     [] { return random_floats(Shape{8, 33}); },
     of_terms(in_softmax(33) + 3), of_slope(in_softmax_adjoint(33)), of_logits},

    GradientCase{"log_softmax", "rows", [](Variables x) { return log_softmax(x[0]); },
     [] { return randoms(Shape{2, 5}); }},
    GradientCase{"log_softmax", "first axis", [](Variables x) { return log_softmax(x[0], 0); },
     [] { return randoms(Shape{3, 2}); }},
    RandomCase{"log_softmax", "any", [](Rng& rng) {
       return along_entries(rng, [](V a, int axis, Keep) { return log_softmax(a, axis); }); }},
    // The gradient is dy less sum dy, of 33.
    PrecisionCase{"log_softmax", "rows", [](Variables x) { return log_softmax(x[0]); },
     [] { return random_floats(Shape{8, 33}); },
     of_terms(in_softmax(33) + 3), of_slope(33 * in_softmax_adjoint(33)), of_logits},
    // clang-format on
};

}  // namespace locus
