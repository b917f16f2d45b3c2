// Cases of the ops of autograd/ops/activations.cpp.
#pragma once

#include "tests/op_cases/case.h"

namespace locus {

// Where gelu_tanh is not 0: it becomes 0 a little below -10, for which every_float.cpp has a bound.
inline std::vector<Tensor> sweep_of_gelu_tanh() {
  std::vector<Tensor> inputs = sweep();
  for (real *x = inputs[0].data(), *end = x + inputs[0].size(); x != end; ++x)
    *x = *x < -10 && *x > -20 ? -*x : *x;
  return inputs;
}

// Elements away from -1 and 1, where clamp has two slopes.
inline Tensor off_ones(const Shape& shape, Rng& rng) {
  Tensor x = any(shape, rng);
  for (real *value = x.data(), *end = value + x.size(); value != end; ++value) {
    if (std::abs(std::abs(*value) - 1) < 0.1) *value *= real(1.5);
  }
  return x;
}

inline Variable half(const Shape& shape, V a, V b) {  // every other element of a, else of b
  Tensor mask(shape);
  for (Index i = 0; i < mask.size(); i += 2) mask.data()[i] = 1;
  return where(mask, a, b);
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

    GradientCase{"sigmoid", "a matrix", [](Variables x) { return sigmoid(x[0]); },
     [] { return randoms(Shape{2, 3}); }},
    RandomCase{"sigmoid", "any", [](Rng& rng) { return one(rng, [](V a) { return sigmoid(a); }); }},
    // exp, 1 + exp and the quotient; y (1 - y) ends near 0.
    PrecisionCase{"sigmoid", "every magnitude", [](Variables x) { return sigmoid(x[0]); }, sweep,
     of_result(in_exp), of_slope(2 * (in_exp + 2) + 3), as_it_is},

    GradientCase{"silu", "a matrix", [](Variables x) { return silu(x[0]); },
     [] { return randoms(Shape{2, 3}); }},
    RandomCase{"silu", "any", [](Rng& rng) { return one(rng, [](V a) { return silu(a); }); }},
    PrecisionCase{"silu", "numbers in use", [](Variables x) { return silu(x[0]); },
     [] { return random_floats(Shape{300}); }, of_result(in_exp + 1), of_terms(3 * in_exp + 5), as_it_is},

    GradientCase{"sin", "a matrix", [](Variables x) { return sin(x[0]); },
     [] { return randoms(Shape{2, 3}); }},
    RandomCase{"sin", "any", [](Rng& rng) { return one(rng, [](V a) { return sin(a); }); }},
    PrecisionCase{"sin", "every magnitude", [](Variables x) { return sin(x[0]); }, sweep,
     of_result(1), of_result(2), as_it_is},
    GradientCase{"cos", "a matrix", [](Variables x) { return cos(x[0]); },
     [] { return randoms(Shape{2, 3}); }},
    RandomCase{"cos", "any", [](Rng& rng) { return one(rng, [](V a) { return cos(a); }); }},
    PrecisionCase{"cos", "every magnitude", [](Variables x) { return cos(x[0]); }, sweep,
     of_result(1), of_result(2), as_it_is},

    GradientCase{"abs", "away from 0", [](Variables x) { return abs(x[0]) * x[0]; },
     [] { return std::vector{off_zero({2, 3}, 5)}; }},
    RandomCase{"abs", "away from 0",
     [](Rng& rng) { return one(rng, [](V a) { return abs(a) * a; }, off_zero); }},
    PrecisionCase{"abs", "every magnitude", [](Variables x) { return abs(x[0]); }, sweep, exact,
     exact, as_it_is},

    GradientCase{"pow", "2.5 of positive numbers", [](Variables x) { return pow(x[0], real(2.5)); },
     [] { return std::vector{positive({2, 3}, 5)}; }},
    GradientCase{"pow", "2 of either sign, and of 0", [](Variables x) { return pow(x[0], 2); },
     [] { return std::vector{Tensor({3}, {-2, 0, 3})}; }},
    GradientCase{"pow", "3 of either sign", [](Variables x) { return pow(x[0], 3); },
     [] { return std::vector{Tensor({3}, {-2, 1, 3})}; }},
    GradientCase{"pow", "1 of either sign, and of 0", [](Variables x) { return pow(x[0], 1) * x[0]; },
     [] { return std::vector{Tensor({3}, {-2, 0, 3})}; }},
    GradientCase{"pow", "0 of either sign, and of 0", [](Variables x) { return pow(x[0], 0) * x[0]; },
     [] { return std::vector{Tensor({3}, {-2, 0, 3})}; }},
    GradientCase{"pow", "-1 of either sign", [](Variables x) { return pow(x[0], -1); },
     [] { return std::vector{Tensor({2}, {-2, 3})}; }},
    RandomCase{"pow", "any exponent", [](Rng& rng) {
       const real exponent = real(rng.below(13)) / 2 - 3;
       return one(rng, [exponent](V a) { return pow(a, exponent); }, positive); }},
    // The C library's; then its product with the exponent and with dy.
    PrecisionCase{"pow", "1.5 of every magnitude", [](Variables x) { return pow(x[0], real(1.5)); },
     sweep, of_result(1), of_result(3), as_it_is},

    GradientCase{"clamp", "either side and within", [](Variables x) { return clamp(x[0], -1, 1) * x[0]; },
     [] { return std::vector{Tensor({4}, {-2, real(-0.5), real(0.5), 3})}; }},
    RandomCase{"clamp", "away from its ends",
     [](Rng& rng) { return one(rng, [](V a) { return clamp(a, -1, 1) * a; }, off_ones); }},
    PrecisionCase{"clamp", "every magnitude", [](Variables x) { return clamp(x[0], -1, 1); }, sweep,
     exact, exact, as_it_is},

    GradientCase{"where", "both", [](Variables x) { return half({2, 3}, x[0] * x[0], x[1]); },
     [] { return randoms(Shape{2, 3}, Shape{2, 3}); }},
    GradientCase{"where", "broadcast, all three", [](Variables x) { return half({2, 1}, x[0], x[1]); },
     [] { return randoms(Shape{3}, Shape{}); }},
    RandomCase{"where", "any", [](Rng& rng) {
       return two(rng, [](V a, V b) { return half((a.value() + b.value()).shape(), a, b); }); }},
    PrecisionCase{"where", "every magnitude",
     [](Variables x) { return half(x[0].shape(), x[0], x[1]); },
     [] { return std::vector{sweep()[0], sweep()[0] * real(2)}; }, exact, exact, as_it_is},

    GradientCase{"gelu", "a matrix", [](Variables x) { return gelu(x[0]); },
     [] { return randoms(Shape{3, 4}); }},
    GradientCase{"gelu", "far out", [](Variables x) { return gelu(x[0]); },
     [] { return std::vector{Tensor({4}, {-6, -3, 3, 6})}; }},
    RandomCase{"gelu", "any", [](Rng& rng) { return one(rng, [](V a) { return gelu(a); }); }},
    // As in every_float.cpp.
    PrecisionCase{"gelu", "every magnitude", [](Variables x) { return gelu(x[0]); }, sweep,
     of_result(6), of_slope(4 + 0.5), as_it_is},

    GradientCase{"gelu_tanh", "a matrix", [](Variables x) { return gelu_tanh(x[0]); },
     [] { return randoms(Shape{3, 4}); }},
    GradientCase{"gelu_tanh", "one number and no rows",
     [](Variables x) { return gelu_tanh(x[0]) + sum(gelu_tanh(no_rows(x[1]))); },
     [] { return std::vector{random_tensor({}, 5), random_tensor({2, 3}, 6)}; }},
    RandomCase{"gelu_tanh", "any", [](Rng& rng) { return one(rng, [](V a) { return gelu_tanh(a); }); }},
    PrecisionCase{"gelu_tanh", "every magnitude", [](Variables x) { return gelu_tanh(x[0]); }, sweep_of_gelu_tanh,
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
