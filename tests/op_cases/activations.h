// Cases of the ops of autograd/ops/activations.cpp.
#pragma once

#include "tests/op_cases/case.h"

namespace locus {

// Where gelu is not 0: it becomes 0 a little below -10, for which every_float.cpp has a bound.
inline std::vector<Tensor> sweep_of_gelu() {
  std::vector<Tensor> inputs = sweep();
  for (real *x = inputs[0].data(), *end = x + inputs[0].size(); x != end; ++x)
    *x = *x < -10 && *x > -20 ? -*x : *x;
  return inputs;
}

inline const OpCases activations_cases = {
    // clang-format off
    GradientCase{"exp", "a matrix", [](Variables x) { return exp(x[0]); },
     [] { return randoms(Shape{2, 3}); }},
    GradientCase{"exp", "one number and no rows",
     [](Variables x) { return exp(x[0]) + sum(exp(no_rows(x[1]))); },
     [] { return std::vector{random_tensor({}, 5), random_tensor({2, 3}, 6)}; }},
    RandomCase{"exp", "any", [](Rng& rng) { return one(rng, [](V a) { return exp(a); }); }},
    // Bounds of the forward as in every_float.cpp; gradients read y, of 4 (tanh: 6) roundings.
    PrecisionCase{"exp", "every magnitude", [](Variables x) { return exp(x[0]); }, sweep,
     of_result(2), in_range(in_exp + 1), as_it_is},

    GradientCase{"log", "positive numbers", [](Variables x) { return log(x[0]); },
     [] { return std::vector{positive({2, 3}, 5)}; }},
    GradientCase{"log", "one number and no rows",
     [](Variables x) { return log(x[0]) + sum(log(no_rows(x[1]))); },
     [] { return std::vector{positive({}, 5), positive({2, 3}, 5)}; }},
    RandomCase{"log", "positive",
     [](Rng& rng) { return one(rng, [](V a) { return log(a); }, positive); }},
    PrecisionCase{"log", "every magnitude", [](Variables x) { return log(x[0]); }, sweep,
     of_result(2), rounded, as_it_is},

    GradientCase{"sqrt", "positive numbers", [](Variables x) { return sqrt(x[0]); },
     [] { return std::vector{positive({2, 3}, 5)}; }},
    GradientCase{"sqrt", "one number and no rows",
     [](Variables x) { return sqrt(x[0]) + sum(sqrt(no_rows(x[1]))); },
     [] { return std::vector{positive({}, 5), positive({2, 3}, 5)}; }},
    RandomCase{"sqrt", "positive",
     [](Rng& rng) { return one(rng, [](V a) { return sqrt(a); }, positive); }},
    PrecisionCase{"sqrt", "every magnitude", [](Variables x) { return sqrt(x[0]); }, sweep, rounded,
     of_result(2), as_it_is},

    GradientCase{"tanh", "a matrix", [](Variables x) { return tanh(x[0]); },
     [] { return randoms(Shape{2, 3}); }},
    GradientCase{"tanh", "one number and no rows",
     [](Variables x) { return tanh(x[0]) + sum(tanh(no_rows(x[1]))); },
     [] { return std::vector{random_tensor({}, 5), random_tensor({2, 3}, 6)}; }},
    RandomCase{"tanh", "any", [](Rng& rng) { return one(rng, [](V a) { return tanh(a); }); }},
    PrecisionCase{"tanh", "every magnitude", [](Variables x) { return tanh(x[0]); }, sweep,
     of_result(3), of_slope(2 * 6 + 3), as_it_is},

    GradientCase{"relu", "away from 0", [](Variables x) { return relu(x[0]); },
     [] { return std::vector{off_zero({3, 4}, 5)}; }},
    GradientCase{"relu", "its square", [](Variables x) { return relu(x[0]) * relu(x[0]); },
     [] { return std::vector{off_zero({3, 4}, 5)}; }},
    GradientCase{"relu", "one number and no rows",
     [](Variables x) { return relu(x[0]) + sum(relu(no_rows(x[1]))); },
     [] { return std::vector{off_zero({}, 5), off_zero({2, 3}, 5)}; }},
    RandomCase{"relu", "away from 0",
     [](Rng& rng) { return one(rng, [](V a) { return relu(a) * a; }, off_zero); }},
    PrecisionCase{"relu", "every magnitude", [](Variables x) { return relu(x[0]); }, sweep, exact,
     exact, as_it_is},

    GradientCase{"gelu", "a matrix", [](Variables x) { return gelu(x[0]); },
     [] { return randoms(Shape{3, 4}); }},
    GradientCase{"gelu", "one number and no rows",
     [](Variables x) { return gelu(x[0]) + sum(gelu(no_rows(x[1]))); },
     [] { return std::vector{random_tensor({}, 5), random_tensor({2, 3}, 6)}; }},
    RandomCase{"gelu", "any", [](Rng& rng) { return one(rng, [](V a) { return gelu(a); }); }},
    PrecisionCase{"gelu", "every magnitude", [](Variables x) { return gelu(x[0]); }, sweep_of_gelu,
     of_terms(10), of_slope(4 + 0.5), as_it_is},

    GradientCase{"dropout", "a fixed seed",
     [](Variables x) { Rng rng(3); return dropout(x[0], real(0.4), rng); },
     [] { return randoms(Shape{4, 4}); }},
    GradientCase{"dropout", "rate 0", [](Variables x) { Rng rng(3); return dropout(x[0], 0, rng); },
     [] { return randoms(Shape{2}); }},
    GradientCase{"dropout", "no rows",
     [](Variables x) { Rng rng(3); return dropout(no_rows(x[0]), real(0.4), rng); },
     [] { return randoms(Shape{2, 3}); }},
    RandomCase{"dropout", "any rate",
     [](Rng& rng) { const real rate = real(rng.below(9)) / 10; const Rng choice(rng.bits());
       return one(rng, [=](V a) { Rng again = choice; return dropout(a, rate, again); }); }},
    // 1 / (1 - rate) and the product.
    PrecisionCase{"dropout", "every magnitude",
     [](Variables x) { Rng rng(3); return dropout(x[0], real(0.25), rng); }, sweep, of_result(2),
     of_result(2), as_it_is},
    // clang-format on
};

}  // namespace locus
