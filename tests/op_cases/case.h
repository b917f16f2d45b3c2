// What tests/op_cases/ is made of: the three kinds of case that every op of autograd/ops.h has, and the
// inputs they draw. One header per file of autograd/ops/ holds the cases of its ops, side by side:
//   GradientCase    worked out, checked against finite differences       (tests/gradients/ops.cpp)
//   RandomCase      the same on inputs drawn at random                   (tests/gradients/random.cpp)
//   PrecisionCase   float against double                                 (tests/precision/ops.cpp)
// tests/style fails while an op lacks one of the three.
#pragma once

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "autograd/gradient_check.h"
#include "autograd/ops.h"
#include "tests/random_shapes.h"

namespace locus {

using Variables = const std::vector<Variable>&;
using V = const Variable&;

struct GradientCase {
  std::string op, about;
  Function f;
  std::vector<Tensor> (*inputs)();
};

// A function, and inputs drawn for it.
struct Drawn {
  Function f;
  std::vector<Tensor> inputs;
};

struct RandomCase {
  std::string op, about;
  Drawn (*draw)(Rng&);
};

// What is allowed in a PrecisionCase is counted, not measured: one ulp (unit in the last place of a float)
// for each rounding on the longest way from an input to a result; half an ulp where there is only one, as
// it is exact to the last bit. Where terms cancel no count of ulps of the result would do, so each bound
// says an ulp of what:
//   result    of the result itself
//   in_range  of the result, where it is a normal float below 2^127: for a rule that reads the op's result
//             and cannot know more
//   terms     of |y| + sum_j |x_j dy / dx_j|, over all elements of all inputs, measured by finite
//             differences in double: what the result would move if each input were wrong by its last
//             bit. For an inner product it is sum_i |a_i b_i|, twice, and |y|
//   largest   of the largest `terms` in the tensor: softmax turns an error of one score into one of all
//   slope     of the largest incoming gradient: 1 - y² and softmax - onehot end near 0
//   dy_x_x    of the largest incoming gradient times the square of the largest input: what meets in dP K
enum class Unit { result, in_range, terms, largest, slope, dy_x_x };

struct Bound {
  double ulps;
  Unit unit;
};

inline constexpr Bound exact = {0, Unit::result}, rounded = {0.5, Unit::result};
constexpr Bound of_result(double roundings) { return {roundings, Unit::result}; }
constexpr Bound in_range(double roundings) { return {roundings, Unit::in_range}; }
constexpr Bound of_terms(double roundings) { return {roundings, Unit::terms}; }
constexpr Bound of_largest(double roundings) { return {roundings, Unit::largest}; }
constexpr Bound of_slope(double roundings) { return {roundings, Unit::slope}; }
constexpr Bound saturated(double roundings) { return {roundings, Unit::dy_x_x}; }

struct PrecisionCase {
  std::string op, about;
  Variable (*f)(Variables);
  std::vector<Tensor> (*inputs)();
  Bound forward, gradient;
  std::vector<int> scales = {0, -100, 100};  // the first input times 2 to the power of each
};
inline const std::vector<int> as_it_is = {0};
inline const std::vector<int> of_logits = {0, -100, 13};  // of size 1, 2^-100 and 10,000

using OpCases = std::vector<std::variant<GradientCase, RandomCase, PrecisionCase>>;

// --- inputs of gradient cases --------------------------------------------------------------------

inline Tensor positive(Shape shape, std::uint64_t seed) {
  Rng rng(seed);
  return uniform(shape, real(0.5), 2, rng);
}

// Away from 0, where relu and others have two slopes.
inline Tensor off_zero(Shape shape, std::uint64_t seed) {
  Tensor x = random_tensor(shape, seed);
  for (real *number = x.data(), *end = number + x.size(); number != end; ++number) {
    *number += *number < 0 ? real(-0.1) : real(0.1);
  }
  return x;
}

// Random tensors of these shapes.
template <class... Shapes>
std::vector<Tensor> randoms(Shapes... shapes) {
  std::uint64_t seed = 11;
  return {random_tensor(shapes, seed++)...};
}

inline Variable constant(Shape shape) { return Variable(random_tensor(shape, 77)); }

// Extent 0 along the first axis, of an input whose elements finite differences move: none matters.
inline Variable no_rows(const Variable& x) { return slice(x, 0, 0, 0); }

inline const Indices repeated({2, 3}, {4, 0, 4, 2, 4, 0});  // of 6 rows; 1, 3 and 5 are missing

// --- inputs drawn at random ----------------------------------------------------------------------

// Up to three axes, one in eight shapes with an extent of 0.
inline Shape any_shape(Rng& rng, Index least_rank = 0) {
  const Shape shape = random_shape(between(least_rank, 3, rng), rng, 3);
  if (shape.rank() == 0 || rng.below(8) > 0) return shape;
  return shape.with(int(rng.below(shape.rank())), 0);
}

inline Index any_extent(Rng& rng) { return rng.below(12) == 0 ? 0 : between(1, 3, rng); }

inline int any_axis(const Shape& shape, Rng& rng) {
  return int(between(-shape.rank(), shape.rank() - 1, rng));
}

inline Tensor any(const Shape& shape, Rng& rng) { return normal(shape, 1, rng); }
inline Tensor positive(const Shape& shape, Rng& rng) { return uniform(shape, real(0.5), 2, rng); }

inline Tensor off_zero(const Shape& shape, Rng& rng) {
  const Tensor x = any(shape, rng);
  return x + Tensor(shape, real(0.1)) * (x / sqrt(x * x));
}

inline Indices any_ids(const Shape& shape, Index first, Index last, Rng& rng) {
  Indices ids(shape);
  for (Index i = 0; i < ids.size(); ++i) ids[i] = between(first, last, rng);
  return ids;
}

// Two operands, of which either may be repeated along an axis, and both may be the same.
template <class Op>
Drawn two(Rng& rng, Op op, Tensor (*right)(const Shape&, Rng&) = any) {
  const Shape shape = any_shape(rng), small = shrunk(shape, rng);
  if (rng.below(4) == 0) return {[op](Variables x) { return op(x[0], x[0]); }, {right(shape, rng)}};
  const bool swap = rng.below(2) == 0;
  return {[op](Variables x) { return op(x[0], x[1]); },
          {any(swap ? small : shape, rng), right(swap ? shape : small, rng)}};
}

template <class Op>
Drawn one(Rng& rng, Op op, Tensor (*input)(const Shape&, Rng&) = any, Index least_rank = 0) {
  return {[op](Variables x) { return op(x[0]); }, {input(any_shape(rng, least_rank), rng)}};
}

// An op along an axis: op(x, axis).
template <class Op>
Drawn along(Rng& rng, Op op) {
  const Shape shape = any_shape(rng, 1);
  const int axis = any_axis(shape, rng);
  return {[op, axis](Variables x) { return op(x[0], axis); }, {any(shape, rng)}};
}

// --- inputs of precision cases: floats, in both programs -----------------------------------------

inline constexpr double inf = std::numeric_limits<double>::infinity();
inline constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

inline real nearest_float(double x) { return real(static_cast<float>(x)); }

inline Tensor floats(std::vector<double> numbers, Shape shape = {}) {
  std::vector<real> result;
  for (const double x : numbers) result.push_back(nearest_float(x));
  if (shape.rank() == 0) shape = {Index(result.size())};
  return Tensor(shape, result);
}

inline Tensor random_float(Shape shape, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<double> numbers;
  for (Index i = 0; i < shape.size(); ++i) numbers.push_back(rng.normal());
  return floats(numbers, shape);
}

template <class... Shapes>
std::vector<Tensor> random_floats(Shapes... shapes) {
  std::uint64_t seed = 11;
  return {random_float(shapes, seed++)...};
}

// x, with other values at some indices.
inline Tensor planted(Tensor x, std::vector<std::pair<Index, double>> values) {
  for (const auto& [index, value] : values) x.data()[index] = real(value);
  return x;
}

// Both signs of every power of two that a float has, down to the smallest denormal, and a number above
// each; zeros, infinities and NaN.
inline std::vector<double> everything(int step) {
  std::vector<double> numbers = {0.0, -0.0, inf, -inf, not_a_number, 0x1.fffffep127, 0x1p-126};
  for (int exponent = -149; exponent <= 127; exponent += step) {
    for (const double mantissa : {1.0, 1.37, -1.0, -1.71})
      numbers.push_back(std::ldexp(mantissa, exponent));
  }
  return numbers;
}

// Every magnitude, and the numbers that functions are used on.
inline std::vector<Tensor> sweep() {
  std::vector<double> numbers = everything(1);
  for (int i = -3000; i <= 3000; ++i) numbers.push_back(i / 150.0);
  return {floats(numbers)};
}

// --- counts of roundings -------------------------------------------------------------------------

// On the way of one term through a sum of n: 4 vectors run side by side, then their halves are added,
// and what fills no vector of at most 16 follows one by one.
constexpr double in_sum(double n) { return n < n / 16 + 24 ? n : n / 16 + 24; }
inline constexpr double in_exp = 4;  // 2 ulps, see every_float.cpp
// x - m, exp, the sum, its inverse, the product; in the adjoint, y twice and a sum of products.
constexpr double in_softmax(double n) { return 1 + in_exp + in_sum(n) + 2; }
constexpr double in_softmax_adjoint(double n) { return 2 * in_softmax(n) + in_sum(n) + 3; }

}  // namespace locus
