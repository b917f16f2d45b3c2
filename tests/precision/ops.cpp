// Every op of autograd/ops.h in float against the same in double: the value and every gradient, on the
// same inputs. This source is two programs, since float and double do not mix in one:
//   ops_in_float | ops_in_double
//   ops_in_float --hashes        the bits of each case's results in one number, to compare two compilers
// The first writes its results, the second computes its own and prints, for each case, the worst error
// in units of the last place of a float (ulp) and what is allowed; it fails when one is above. A new op
// gets a line in the table; tests/style fails until it has one.
//
// What is allowed is counted, not measured: one ulp for each rounding on the longest way from an input
// to a result (half an ulp where there is only one, as it is exact to the last bit). Where terms cancel
// no count of ulps of the result would do, so each bound says an ulp of what:
//   result   of the result itself
//   terms    of |y| + sum_j |x_j dy / dx_j|, over all numbers of all inputs, measured by nudging in
//            double: what the result would move if each input were wrong by its last place. For an inner
//            product it is sum_i |a_i b_i|, twice, and |y|
//   largest  of the largest `terms` in the tensor: softmax turns an error of one score into one of all
//   slope    of the largest incoming gradient: 1 - y² and softmax - onehot end near 0
//   dy x x   of the largest incoming gradient times the square of the largest input: what meets in dP K
#include <cmath>
#include <cstdio>
#include <limits>

#include "autograd/ops.h"
#include "tensor/kernels/kernels.h"
#include "tests/precision/ulps.h"

namespace locus {

using Variables = const std::vector<Variable>&;

enum class Unit { result, in_range, terms, largest, slope, dy_x_x };

struct Bound {
  double ulps;
  Unit unit;
};

static constexpr Bound exact = {0, Unit::result}, rounded = {0.5, Unit::result};
static constexpr Bound of_result(double roundings) { return {roundings, Unit::result}; }
// For a rule that reads the op's result, where that is a normal float below 2^127: it cannot know more.
static constexpr Bound in_range(double roundings) { return {roundings, Unit::in_range}; }
static constexpr Bound of_terms(double roundings) { return {roundings, Unit::terms}; }
static constexpr Bound of_largest(double roundings) { return {roundings, Unit::largest}; }
static constexpr Bound of_slope(double roundings) { return {roundings, Unit::slope}; }
static constexpr Bound saturated(double roundings) { return {roundings, Unit::dy_x_x}; }

struct PrecisionCase {
  const char *op, *about;
  Variable (*f)(Variables);
  std::vector<Tensor> (*inputs)();
  Bound forward, gradient;
  std::vector<int> scales = {0, -100, 100};  // the first input times 2 to the power of each
};

// --- inputs: floats, in both programs --------------------------------------------------------------

static constexpr double infinity = std::numeric_limits<double>::infinity();
static constexpr double nan = std::numeric_limits<double>::quiet_NaN();

static real nearest_float(double x) { return real(static_cast<float>(x)); }

static Tensor floats(std::vector<double> numbers, Shape shape = {}) {
  std::vector<real> result;
  for (const double x : numbers) result.push_back(nearest_float(x));
  if (shape.rank() == 0) shape = {Index(result.size())};
  return Tensor(shape, result);
}

static Tensor random_floats(Shape shape, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<double> numbers;
  for (Index i = 0; i < shape.size(); ++i) numbers.push_back(rng.normal());
  return floats(numbers, shape);
}

// Incoming gradients: 1 <= |dy| < 2, so that they are not what makes a gradient small.
static Tensor incoming(Shape shape) {
  Rng rng(99);
  std::vector<double> numbers;
  for (Index i = 0; i < shape.size(); ++i) {
    const double size = 1 + rng.uniform() / 2;
    numbers.push_back(rng.below(2) ? size : -size);
  }
  return shape.rank() == 0 ? Tensor(Shape{}, nearest_float(numbers[0])) : floats(numbers, shape);
}

static Tensor planted(Tensor x, std::vector<std::pair<Index, double>> places) {
  for (const auto& [place, value] : places) x.data()[place] = real(value);
  return x;
}

// Both signs of every power of two that a float has, down to the smallest denormal, and a number above
// each; zeros, infinities and NaN.
static std::vector<double> everything(int step) {
  std::vector<double> numbers = {0.0, -0.0, infinity, -infinity, nan, 0x1.fffffep127, 0x1p-126};
  for (int exponent = -149; exponent <= 127; exponent += step) {
    for (const double mantissa : {1.0, 1.37, -1.0, -1.71})
      numbers.push_back(std::ldexp(mantissa, exponent));
  }
  return numbers;
}

// Every magnitude, and the numbers that functions are used on.
static std::vector<Tensor> sweep() {
  std::vector<double> numbers = everything(1);
  for (int i = -3000; i <= 3000; ++i) numbers.push_back(i / 150.0);
  return {floats(numbers)};
}

// Where gelu is not 0: it becomes 0 a little below -10, for which every_float.cpp has a bound.
static std::vector<Tensor> sweep_of_gelu() {
  std::vector<Tensor> inputs = sweep();
  for (real *x = inputs[0].data(), *end = x + inputs[0].size(); x != end; ++x)
    *x = *x < -10 && *x > -20 ? -*x : *x;
  return inputs;
}

// Each magnitude, with each.
static std::vector<Tensor> pairs() {
  std::vector<double> left, right;
  for (const double x : everything(23)) {
    for (const double y : everything(23)) left.push_back(x), right.push_back(y);
  }
  return {floats(left), floats(right)};
}

template <class... Shapes>
static std::vector<Tensor> randoms(Shapes... shapes) {
  std::uint64_t seed = 11;
  return {random_floats(shapes, seed++)...};
}

// --- counts of roundings ---------------------------------------------------------------------------

// On the way of one term through a sum of n: 4 vectors run side by side, then their halves are added,
// and what fills no vector of at most 16 follows one by one.
static constexpr double in_sum(double n) { return n < n / 16 + 24 ? n : n / 16 + 24; }
static constexpr double in_exp = 4;  // 2 ulps, see every_float.cpp
// x - m, exp, the sum, its inverse, the product; in the adjoint, y twice and a sum of products.
static constexpr double in_softmax(double n) { return 1 + in_exp + in_sum(n) + 2; }
static constexpr double in_softmax_adjoint(double n) { return 2 * in_softmax(n) + in_sum(n) + 3; }
// The mean, x - mean, the variance (of which the root halves the error), 1 / root, weight, bias.
static constexpr double in_layer_norm(double n) { return 2 * in_sum(n) + 12; }
// The same in x̂, twice, in mean(h) and mean(h x̂), and their sum.
static constexpr double in_layer_norm_adjoint(double n) { return 4 * in_sum(n) + 32; }
// Scores of `width` products, scale, softmax over `length`, as many products, the quotient.
static constexpr double in_attention(double width, double length) {
  return width + 3 + in_exp + 2 * length + 3;
}
// The weights again, D = dy · y, dP = dy Vᵀ, dS, and its product with K or Q.
static constexpr double in_attention_adjoint(double width, double length) {
  return 2 * in_attention(width, length) + 2 * width + length + 5;
}

// --- the table -------------------------------------------------------------------------------------

static const Indices repeated({2, 3}, {4, 0, 4, 2, 4, 0});
static const Indices some_keys({2, 4}, {1, 1, 0, 1, 1, 0, 0, 1});
static const std::vector<int> as_it_is = {0};
// Logits of size 1, 2^-100 and 10,000.
static const std::vector<int> of_logits = {0, -100, 13};

// clang-format off
static const std::vector<PrecisionCase> cases = {
    // One operation of the processor, exact to the last bit, on every magnitude with each.
    {"operator+", "same shapes", [](Variables x) { return x[0] + x[1]; }, pairs, rounded, exact, as_it_is},
    {"operator+", "Variable and number", [](Variables x) { return x[0] + real(1.5); },
     sweep, rounded, exact, as_it_is},
    {"operator+", "number and Variable", [](Variables x) { return real(1.5) + x[0]; },
     sweep, rounded, exact, as_it_is},
    {"operator+", "broadcast both ways", [](Variables x) { return x[0] + x[1]; },
     [] { return randoms(Shape{6, 1, 40}, Shape{5, 1}); }, rounded, of_terms(in_sum(40) + 6)},
    {"operator-", "same shapes", [](Variables x) { return x[0] - x[1]; }, pairs, rounded, exact, as_it_is},
    {"operator-", "negated", [](Variables x) { return -x[0]; }, sweep, exact, exact, as_it_is},
    {"operator-", "Variable and number", [](Variables x) { return x[0] - real(1.5); },
     sweep, rounded, exact, as_it_is},
    {"operator-", "number and Variable", [](Variables x) { return real(1.5) - x[0]; },
     sweep, rounded, exact, as_it_is},
    {"operator*", "same shapes", [](Variables x) { return x[0] * x[1]; }, pairs, rounded, rounded, as_it_is},
    {"operator*", "Variable and number", [](Variables x) { return x[0] * real(-2.5); },
     sweep, rounded, rounded, as_it_is},
    {"operator*", "number and Variable", [](Variables x) { return real(-2.5) * x[0]; },
     sweep, rounded, rounded, as_it_is},
    {"operator*", "broadcast both ways", [](Variables x) { return x[0] * x[1]; },
     [] { return randoms(Shape{6, 1, 40}, Shape{5, 1}); }, rounded, of_terms(1 + in_sum(40) + 6)},
    // db = -dy y / b: y, dy y and the quotient.
    {"operator/", "same shapes", [](Variables x) { return x[0] / x[1]; },
     pairs, rounded, in_range(3), as_it_is},
    // x (1 / 3): the inverse is rounded too.
    {"operator/", "Variable and number", [](Variables x) { return x[0] / real(3); },
     sweep, of_result(2), of_result(2), as_it_is},
    {"operator/", "number over a Variable", [](Variables x) { return real(2) / x[0]; },
     sweep, rounded, in_range(3), as_it_is},

    // Every mean is a sum times 1 / n, which is rounded.
    {"sum", "of all", [](Variables x) { return sum(x[0]); },
     [] { return randoms(Shape{3000}); }, of_terms(in_sum(3000)), exact},
    {"sum", "first axis", [](Variables x) { return sum(x[0], 0); },
     [] { return randoms(Shape{200, 3}); }, of_terms(200), exact},
    {"sum", "last axis", [](Variables x) { return sum(x[0], -1); },
     [] { return randoms(Shape{3, 200}); }, of_terms(in_sum(200)), exact},
    {"sum", "infinity and NaN", [](Variables x) { return sum(x[0], -1); },
     [] { return std::vector{planted(random_floats({4, 40}, 1), {{3, infinity}, {45, -infinity},
     {90, nan}})}; },
     of_terms(in_sum(40)), exact},
    {"mean", "of all", [](Variables x) { return mean(x[0]); },
     [] { return randoms(Shape{3000}); }, of_terms(in_sum(3000) + 2), of_result(2)},
    {"mean", "first axis", [](Variables x) { return mean(x[0], 0, Keep::yes); },
     [] { return randoms(Shape{200, 3}); }, of_terms(200 + 2), of_result(2)},
    {"broadcast_to", "new and repeated axes", [](Variables x) { return broadcast_to(x[0], {6, 3, 40}); },
     [] { return randoms(Shape{3, 1}); }, exact, of_terms(in_sum(40) + 6)},
    {"sum_to", "new and repeated axes", [](Variables x) { return sum_to(x[0], {3, 1}); },
     [] { return randoms(Shape{6, 3, 40}); }, of_terms(in_sum(40) + 6), exact},

    // Bounds of the forward as in every_float.cpp; gradients read y, of 4 (tanh: 6) roundings.
    {"exp", "every magnitude", [](Variables x) { return exp(x[0]); },
     sweep, of_result(2), in_range(in_exp + 1), as_it_is},
    {"log", "every magnitude", [](Variables x) { return log(x[0]); }, sweep, of_result(2), rounded, as_it_is},
    {"sqrt", "every magnitude", [](Variables x) { return sqrt(x[0]); }, sweep, rounded, of_result(2), as_it_is},
    {"tanh", "every magnitude", [](Variables x) { return tanh(x[0]); },
     sweep, of_result(3), of_slope(2 * 6 + 3), as_it_is},
    {"relu", "every magnitude", [](Variables x) { return relu(x[0]); }, sweep, exact, exact, as_it_is},
    {"gelu", "every magnitude", [](Variables x) { return gelu(x[0]); },
     sweep_of_gelu, of_terms(10), of_slope(4 + 0.5), as_it_is},
    // 1 / (1 - rate) and the product.
    {"dropout", "every magnitude", [](Variables x) { Rng rng(3); return dropout(x[0], real(0.25), rng); },
     sweep,
     of_result(2), of_result(2), as_it_is},

    // A product of depth k is k products added one after the other.
    {"matmul", "depth 40", [](Variables x) { return matmul(x[0], x[1]); },
     [] { return randoms(Shape{6, 40}, Shape{40, 24}); }, of_terms(40 + 1), of_terms(24 + 1)},
    {"matmul", "depth 1200, in blocks", [](Variables x) { return matmul(x[0], x[1]); },
     [] { return randoms(Shape{2, 1200}, Shape{1200, 3}); }, of_terms(1200 + 1), of_terms(3 + 1)},
    {"matmul", "both transposed", [](Variables x) { return matmul(x[0], x[1], Transpose::both); },
     [] { return randoms(Shape{40, 6}, Shape{24, 40}); }, of_terms(40 + 1), of_terms(24 + 1)},
    {"matmul", "batched", [](Variables x) { return matmul(x[0], x[1], Transpose::right); },
     [] { return randoms(Shape{3, 5, 8}, Shape{3, 4, 8}); }, of_terms(8 + 1), of_terms(5 + 1)},
    {"matmul", "infinity and NaN", [](Variables x) { return matmul(x[0], x[1]); },
     [] { return std::vector{planted(random_floats({6, 20}, 1), {{3, infinity}, {45, -infinity}, {90, nan}}),
                             random_floats({20, 9}, 2)}; }, of_terms(20 + 1), of_terms(9 + 1)},
    {"linear", "a batch", [](Variables x) { return linear(x[0], x[1], x[2]); },
     [] { return randoms(Shape{3, 5, 40}, Shape{24, 40}, Shape{24}); }, of_terms(40 + 2), of_terms(24 + 1)},

    // dy_i - sum_j dy_j y_j cancels where y_i is near 1: an ulp of the largest dy.
    {"softmax", "rows", [](Variables x) { return softmax(x[0]); },
     [] { return randoms(Shape{8, 33}); },
     of_terms(in_softmax(33)), of_slope(in_softmax_adjoint(33)), of_logits},
    {"softmax", "rows with hidden numbers", [](Variables x) { return softmax(x[0]); },
     [] { return std::vector{planted(random_floats({4, 9}, 1), {{0, -infinity}, {8, -infinity},
     {10, -infinity}})}; },
     of_terms(in_softmax(9)), of_slope(in_softmax_adjoint(9)), of_logits},
    {"softmax", "infinity and NaN", [](Variables x) { return softmax(x[0]); },
     [] { return std::vector{planted(random_floats({4, 19}, 1), {{3, infinity}, {19, nan}, {56, nan}})}; },
     of_terms(in_softmax(19)), of_slope(in_softmax_adjoint(19)), as_it_is},
    // x² must not overflow: numbers up to 2^60. A wrong mean moves a row as a whole, which the terms of
    // a number that its neighbours hardly move do not tell: of the largest.
    {"layer_norm", "a batch", [](Variables x) { return layer_norm(x[0], x[1], x[2]); },
     [] { return randoms(Shape{2, 3, 33}, Shape{33}, Shape{33}); },
     of_largest(in_layer_norm(33)), of_largest(in_layer_norm_adjoint(33) + 6), {0, -100, 60}},
    {"layer_norm", "rows of nearly equal numbers", [](Variables x) { return layer_norm(x[0], x[1], x[2]); },
     [] { return std::vector{floats({3, 3, 3, 3, 100, 100.001, 100.002, 100.004}, {2, 4}), random_floats({4},
     2), random_floats({4}, 3)}; },
     of_largest(in_layer_norm(4)), of_largest(in_layer_norm_adjoint(4) + 2), {0, -100, 60}},

    // The log of a sum near 1 is wrong by an ulp of 1, however small it is itself: `slope` is between 1
    // and 1.5, and half an ulp of 1 is lost in the sum. Else the terms are larger.
    {"cross_entropy", "targets", [](Variables x) { return cross_entropy(x[0], Indices({5},
     {0, 4, 2, ignored, 32})); },
     [] { return randoms(Shape{5, 33}); },
     of_terms(in_softmax(33) + in_sum(5) + 3), of_slope(in_softmax(33) + 4), of_logits},
    {"cross_entropy", "hidden logits", [](Variables x) { return cross_entropy(x[0], Indices({2}, {1, 4})); },
     [] { return std::vector{planted(random_floats({2, 9}, 1), {{0, -infinity}, {8, -infinity},
     {10, -infinity}})}; },
     of_terms(in_softmax(9) + 5), of_slope(in_softmax(9) + 4), of_logits},
    {"cross_entropy", "one row that is sure", [](Variables x) { return cross_entropy(x[0], Indices({1}, 0)); },
     [] { return std::vector{floats({20, 0, 3}, {1, 3})}; },
     of_slope(in_softmax(3)), of_slope(in_softmax(3) + 4), {0, 3, 9}},
    // x - target, its square, the mean; back: the mean's two roundings, the product, two equal terms.
    {"mean_squared_error", "both", [](Variables x) { return mean_squared_error(x[0], x[1]); },
     [] { return randoms(Shape{20, 30}, Shape{20, 30}); },
     of_terms(3 + in_sum(600) + 2), of_terms(5), {0, -40, 40}},

    {"embedding", "repeated and missing ids", [](Variables x) { return embedding(x[0], repeated); },
     [] { return randoms(Shape{6, 7}); }, exact, of_terms(3)},
    {"scatter_add_rows", "repeated and missing ids", [](Variables x) { return scatter_add_rows(x[0], repeated, 6); },
     [] { return randoms(Shape{2, 3, 7}); }, of_terms(3), exact},

    {"attention", "two heads", [](Variables x) { return attention(x[0], 2); },
     [] { return randoms(Shape{2, 5, 24}); },
     of_largest(in_attention(4, 5)), of_largest(in_attention_adjoint(4, 5)), {0, -40, 2}},
    {"attention", "causal, some keys",
     [](Variables x) { return attention(x[0], 2, {.causal = true, .keys = some_keys}); },
     [] { return randoms(Shape{2, 4, 24}); },
     of_largest(in_attention(4, 4)), of_largest(in_attention_adjoint(4, 4)), {0, -40, 2}},
    {"attention", "a bias, causal", [](Variables x) { return attention(x[0], 2, x[1], {.causal = true}); },
     [] { return randoms(Shape{2, 5, 24}, Shape{2, 5, 5}); },
     of_largest(in_attention(4, 5) + 1), of_largest(in_attention_adjoint(4, 5) + 2), {0, -40, 2}},
    // Scores of up to 10,000: each row has one weight of 1, and dP - D cancels.
    {"attention", "saturated", [](Variables x) { return attention(x[0], 2, {.causal = true}); },
     [] { return randoms(Shape{2, 5, 24}); },
     of_largest(in_attention(4, 5)), saturated(in_attention_adjoint(4, 5)), {6}},
    {"attention_weights", "causal, some keys",
     [](Variables x) { return attention_weights(x[0], 2, {.causal = true, .keys = some_keys}); },
     [] { return randoms(Shape{2, 4, 24}); },
     of_largest(in_attention(4, 4)), of_largest(in_attention_adjoint(4, 4)), {0, -40, 2}},
    {"attention_weights", "a bias", [](Variables x) { return attention_weights(x[0], 2, x[1], {}); },
     [] { return randoms(Shape{2, 5, 24}, Shape{2, 5, 5}); },
     of_largest(in_attention(4, 5) + 1), of_largest(in_attention_adjoint(4, 5) + 2), {0, -40, 2}},
    // Cosine or sine, the product, the sum.
    {"rotary", "two heads", [](Variables x) { return rotary(x[0], 2); },
     [] { return randoms(Shape{2, 9, 24}); }, of_terms(3), of_terms(3)},

    // The same numbers in other places.
    {"reshape", "every magnitude", [](Variables x) { return reshape(x[0], {1, x[0].shape()[0]}); },
     sweep, exact, exact, as_it_is},
    {"reshape", "one extent left open", [](Variables x) { return reshape(x[0], {-1, 1}); },
     sweep, exact, exact, as_it_is},
    {"permute", "no axis stays", [](Variables x) { return permute(x[0], {2, 0, 1}); },
     [] { return randoms(Shape{2, 3, 4}); }, exact, exact},
    {"slice", "in the middle", [](Variables x) { return slice(x[0], 0, 1, 99); },
     sweep, exact, exact, as_it_is},
    {"pad", "both sides", [](Variables x) { return pad(x[0], 0, 1, 2); }, sweep, exact, exact, as_it_is},
    {"concatenate", "three parts", [](Variables x) { return concatenate({x[0], x[1], x[2]}, 1); },
     [] { return randoms(Shape{2, 1}, Shape{2, 3}, Shape{2, 2}); }, exact, exact},
};
// clang-format on

// --- running a case --------------------------------------------------------------------------------

static std::vector<Tensor> scaled_inputs(const PrecisionCase& c, int scale) {
  std::vector<Tensor> inputs = c.inputs();
  for (real *x = inputs[0].data(), *end = x + inputs[0].size(); x != end; ++x)
    *x = nearest_float(std::ldexp(double(*x), scale));
  return inputs;
}

// The value, then the gradient of every input.
static std::vector<Tensor> results(const PrecisionCase& c, const std::vector<Tensor>& inputs,
                                   const Tensor& dy) {
  std::vector<Variable> xs;
  for (const Tensor& input : inputs) xs.push_back(Parameter(input));
  const Variable y = c.f(xs);
  std::vector<Tensor> all = {y.value()};
  for (const Variable& dx : gradients(sum(y * Variable(dy)), xs)) all.push_back(dx.value());
  return all;
}

static Tensor incoming_of(const PrecisionCase& c, const std::vector<Tensor>& inputs) {
  const NoGrad inference;
  return incoming(c.f({inputs.begin(), inputs.end()}).shape());
}

// Writes inputs and results; reads them back in the other program.
static void write(const Tensor& x) {
  for (const real number : x) {
    const float bits = static_cast<float>(number);
    std::fwrite(&bits, sizeof bits, 1, stdout);
  }
}
static std::vector<double> read(Index count) {
  std::vector<double> numbers;
  for (Index i = 0; i < count; ++i) {
    float bits;
    check(std::fread(&bits, sizeof bits, 1, stdin) == 1,
          "ops_in_double: the results of ops_in_float, got too few. Run: ops_in_float | "
          "ops_in_double");
    numbers.push_back(double(bits));
  }
  return numbers;
}

// |y| + sum_j |x_j dy / dx_j| for every number of every result; dy counts as an input.
static std::vector<Tensor> terms_of(const PrecisionCase& c, std::vector<Tensor> inputs,
                                    const Tensor& dy, const std::vector<Tensor>& at) {
  constexpr double nudge = 0x1p-20;
  std::vector<Tensor> terms = at;
  for (Tensor& t : terms) {
    for (real *x = t.data(), *end = x + t.size(); x != end; ++x) *x = std::abs(*x);
  }
  inputs.push_back(dy);
  const auto results_here = [&] {
    return results(c, {inputs.begin(), inputs.end() - 1}, inputs.back());
  };
  for (Tensor& input : inputs) {
    for (Index j = 0; j < input.size(); ++j) {
      const real x = input.begin()[j];
      if (x == 0 || !std::isfinite(x)) continue;
      input.data()[j] = real(double(x) * (1 + nudge));
      const std::vector<Tensor> up = results_here();
      input.data()[j] = real(double(x) * (1 - nudge));
      const std::vector<Tensor> down = results_here();
      input.data()[j] = x;
      for (std::size_t k = 0; k < terms.size(); ++k) {
        for (Index i = 0; i < terms[k].size(); ++i) {
          const double moved = double(up[k].begin()[i]) - double(down[k].begin()[i]);
          if (std::isfinite(moved)) terms[k].data()[i] += real(std::abs(moved) / (2 * nudge));
        }
      }
    }
  }
  return terms;
}

// --- comparing -------------------------------------------------------------------------------------

static double largest_finite(const Tensor& x) {
  double largest = 0;
  for (const real number : x) {
    if (std::isfinite(number)) largest = std::max(largest, std::abs(double(number)));
  }
  return largest;
}

struct WorstOf {
  double ulps = 0;
  Index skipped = 0;
};

static WorstOf compare(const std::vector<double>& got, const Tensor& want, const Tensor& y,
                       const Tensor& terms, const Bound& bound, double slope, double input,
                       const std::string& name) {
  const double scale_of_all = bound.unit == Unit::largest  ? largest_finite(terms)
                              : bound.unit == Unit::dy_x_x ? slope * input * input
                                                           : slope;
  WorstOf worst;
  for (Index i = 0; i < want.size(); ++i) {
    const double g = got[std::size_t(i)], w = double(want.begin()[i]);
    if (bound.unit == Unit::in_range) {
      const double result = std::abs(double(y.begin()[i]));
      if (result != 0 && std::isfinite(result) && !(result >= 0x1p-126 && result < 0x1p127)) {
        ++worst.skipped;
        continue;
      }
    }
    const bool of_itself = bound.unit == Unit::result || bound.unit == Unit::in_range;
    const double scale = of_itself                   ? w
                         : bound.unit == Unit::terms ? double(terms.begin()[i])
                                                     : scale_of_all;
    const double ulps = ulps_apart(g, w, scale);
    if (ulps > worst.ulps) worst.ulps = ulps;
    if (!(ulps <= bound.ulps)) {
      fmt::print("FAIL {}, number {}: float {:.9g}, double {:.17g}: {:.3g} ulps, allowed {}\n",
                 name, i, g, w, ulps, bound.ulps);
      break;
    }
  }
  return worst;
}

static const char* name_of(Unit unit) {
  static const char* const names[] = {"result", "result", "terms", "largest", "slope", "dy x x"};
  return names[int(unit)];
}

static bool compare_case(const PrecisionCase& c) {
  WorstOf forward, gradient;
  for (const int scale : c.scales) {
    const std::vector<Tensor> inputs = scaled_inputs(c, scale);
    const Tensor dy = incoming_of(c, inputs);
    const std::vector<Tensor> want = results(c, inputs, dy);
    const auto counts_terms = [](const Bound& b) {
      return b.unit == Unit::terms || b.unit == Unit::largest;
    };
    std::vector<Tensor> terms = want;
    if (counts_terms(c.forward) || counts_terms(c.gradient)) terms = terms_of(c, inputs, dy, want);
    for (const Tensor& input : inputs) {
      const std::vector<double> theirs = read(input.size());
      for (Index i = 0; i < input.size(); ++i) {
        check(ulps_apart(theirs[std::size_t(i)], double(input.begin()[i]), 0) == 0,
              "ops_in_double: {}, {}: the same inputs in both programs, got others.", c.op,
              c.about);
      }
    }
    for (std::size_t k = 0; k < want.size(); ++k) {
      const std::string name =
          fmt::format("{} ({}), times 2^{}, {}", c.op, c.about, scale,
                      k == 0 ? std::string("value") : fmt::format("gradient {}", k - 1));
      WorstOf& worst = k == 0 ? forward : gradient;
      const WorstOf now =
          compare(read(want[k].size()), want[k], want[0], terms[k], k == 0 ? c.forward : c.gradient,
                  largest_finite(dy), largest_finite(inputs[0]), name);
      worst.ulps = std::max(worst.ulps, now.ulps), worst.skipped += now.skipped;
    }
  }
  const bool ok = forward.ulps <= c.forward.ulps && gradient.ulps <= c.gradient.ulps;
  fmt::print("{:44}{:8.2f} of {:<6.4g}{:8}{:10.2f} of {:<6.4g}{:8}{}{}\n",
             fmt::format("{}, {}", c.op, c.about), forward.ulps, c.forward.ulps,
             name_of(c.forward.unit), gradient.ulps, c.gradient.ulps, name_of(c.gradient.unit),
             gradient.skipped == 0 ? "" : fmt::format("{} out of range", gradient.skipped),
             ok ? "" : "  FAIL");
  return ok;
}

static bool write_case(const PrecisionCase& c) {
  for (const int scale : c.scales) {
    const std::vector<Tensor> inputs = scaled_inputs(c, scale);
    for (const Tensor& input : inputs) write(input);
    for (const Tensor& result : results(c, inputs, incoming_of(c, inputs))) write(result);
  }
  return true;
}

// FNV-1a, 64 bits, of the value and of all gradients.
static bool print_hashes(const PrecisionCase& c) {
  std::uint64_t hashes[] = {0xCBF29CE484222325, 0xCBF29CE484222325};
  for (const int scale : c.scales) {
    const std::vector<Tensor> inputs = scaled_inputs(c, scale);
    const std::vector<Tensor> all = results(c, inputs, incoming_of(c, inputs));
    for (std::size_t k = 0; k < all.size(); ++k) {
      for (const real number : all[k]) {
        unsigned char bytes[sizeof number] = {};  // of a NaN no bits: which one it is means nothing
        if (!std::isnan(number)) std::memcpy(bytes, &number, sizeof number);
        std::uint64_t& hash = hashes[k == 0 ? 0 : 1];
        for (const unsigned char byte : bytes) hash = (hash ^ byte) * 0x100000001B3;
      }
    }
  }
  fmt::print("{:016x} {:016x}  {}, {}\n", hashes[0], hashes[1], c.op, c.about);
  return true;
}

}  // namespace locus

int main(int argc, char** argv) try {
  using namespace locus;
  if (argc == 2 && std::string(argv[1]) == "--hashes") {
    for (const PrecisionCase& c : cases) print_hashes(c);
    return 0;
  }
  const bool writes = sizeof(real) == sizeof(float);
  bool ok = true;
  if (!writes) {
    fmt::print("{} kernels; worst error in ulps of allowed, and an ulp of what\n", kernels().name);
    fmt::print("{:44}{:18}{:>8}{:>16}\n", "", "   value", "", "gradients");
  }
  for (const PrecisionCase& c : cases) ok = (writes ? write_case(c) : compare_case(c)) && ok;
  return ok ? 0 : 1;
} catch (const std::exception& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 2;
}
