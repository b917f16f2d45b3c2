// Every op of autograd/ops.h against finite differences, once and twice differentiated. A new op gets a
// line in the table below; tests/style fails until it has one.
#include "autograd/ops.h"
#include "autograd/gradient_check.h"
#include "tests/gradients/error_table.h"
#include "tests/gradients/names.h"
#include "tests/support.h"

namespace locus {

using Variables = const std::vector<Variable>&;

struct GradientCase {
  std::string op, about;
  Function f;
  std::vector<Tensor> (*inputs)();
};

static void PrintTo(const GradientCase& c, std::ostream* out) { *out << c.op << ", " << c.about; }

static Tensor positive(Shape shape, std::uint64_t seed) {
  Rng rng(seed);
  return uniform(shape, real(0.5), 2, rng);
}

// Away from 0, where relu has two slopes.
static Tensor off_zero(Shape shape, std::uint64_t seed) {
  Tensor x = random_tensor(shape, seed);
  for (real *number = x.data(), *end = number + x.size(); number != end; ++number) {
    *number += *number < 0 ? real(-0.1) : real(0.1);
  }
  return x;
}

// Random tensors of these shapes.
template <class... Shapes>
static std::vector<Tensor> randoms(Shapes... shapes) {
  std::uint64_t seed = 11;
  return {random_tensor(shapes, seed++)...};
}

static Variable constant(Shape shape) { return Variable(random_tensor(shape, 77)); }

// Extent 0 along the first axis, of an input that has numbers to nudge: none of them matters.
static Variable no_rows(const Variable& x) { return slice(x, 0, 0, 0); }

static const Indices repeated({2, 3}, {4, 0, 4, 2, 4, 0});  // of 6 rows; 1, 3 and 5 are missing
static const Indices some_keys({2, 4}, {1, 1, 0, 1, 1, 0, 0, 1});  // the first key is seen by all

// clang-format off
static const std::vector<GradientCase> gradient_cases = {
    {"operator+", "same shapes", [](Variables x) { return x[0] + x[1]; },
     [] { return randoms(Shape{2, 3}, Shape{2, 3}); }},
    {"operator+", "broadcast both ways", [](Variables x) { return x[0] + x[1]; },
     [] { return randoms(Shape{2, 1, 3}, Shape{4, 1}); }},
    {"operator+", "one number and a matrix", [](Variables x) { return x[0] + x[1]; },
     [] { return randoms(Shape{}, Shape{3, 2}); }},
    {"operator+", "the same on both sides", [](Variables x) { return x[0] + x[0]; },
     [] { return randoms(Shape{3}); }},
    {"operator+", "a constant", [](Variables x) { return x[0] + constant({2, 3}); },
     [] { return randoms(Shape{3}); }},
    {"operator+", "Variable and number", [](Variables x) { return x[0] + real(1.5); },
     [] { return randoms(Shape{2, 2}); }},
    {"operator+", "number and Variable", [](Variables x) { return real(1.5) + x[0]; },
     [] { return randoms(Shape{2, 2}); }},
    {"operator+", "no rows", [](Variables x) { return no_rows(x[0]) + x[1]; },
     [] { return randoms(Shape{2, 3}, Shape{3}); }},
    {"operator-", "same shapes", [](Variables x) { return x[0] - x[1]; },
     [] { return randoms(Shape{2, 3}, Shape{2, 3}); }},
    {"operator-", "broadcast both ways", [](Variables x) { return x[0] - x[1]; },
     [] { return randoms(Shape{2, 1, 3}, Shape{4, 1}); }},
    {"operator-", "an extent of 1 in the middle", [](Variables x) { return x[0] - x[1]; },
     [] { return randoms(Shape{2, 1, 2}, Shape{2, 3, 2}); }},
    {"operator-", "the same on both sides", [](Variables x) { return x[0] - x[0]; },
     [] { return randoms(Shape{3}); }},
    {"operator-", "a constant", [](Variables x) { return constant({2, 3}) - x[0]; },
     [] { return randoms(Shape{3}); }},
    {"operator-", "no rows", [](Variables x) { return no_rows(x[0]) - x[1]; },
     [] { return randoms(Shape{2, 3}, Shape{3}); }},
    {"operator-", "a product, the same on both sides", [](Variables x) { return x[0] * x[0] - x[0]; },
     [] { return randoms(Shape{3}); }},
    {"operator-", "negated", [](Variables x) { return -x[0]; }, [] { return randoms(Shape{2, 2}); }},
    {"operator-", "Variable and number", [](Variables x) { return x[0] - real(1.5); },
     [] { return randoms(Shape{2, 2}); }},
    {"operator-", "number and Variable", [](Variables x) { return real(1.5) - x[0]; },
     [] { return randoms(Shape{2, 2}); }},
    {"operator*", "same shapes", [](Variables x) { return x[0] * x[1]; },
     [] { return randoms(Shape{2, 3}, Shape{2, 3}); }},
    {"operator*", "broadcast both ways", [](Variables x) { return x[0] * x[1]; },
     [] { return randoms(Shape{2, 1, 3}, Shape{4, 1}); }},
    {"operator*", "an extent of 1 in the middle", [](Variables x) { return x[0] * x[1]; },
     [] { return randoms(Shape{2, 1, 2}, Shape{2, 3, 2}); }},
    {"operator*", "the same on both sides", [](Variables x) { return x[0] * x[0]; },
     [] { return randoms(Shape{4}); }},
    {"operator*", "no rows", [](Variables x) { return no_rows(x[0]) * x[1]; },
     [] { return randoms(Shape{2, 3}, Shape{3}); }},
    {"operator*", "a constant", [](Variables x) { return constant({2, 3}) * x[0]; },
     [] { return randoms(Shape{2, 1}); }},
    {"operator*", "Variable and number", [](Variables x) { return x[0] * real(-2.5); },
     [] { return randoms(Shape{2, 2}); }},
    {"operator*", "number and Variable", [](Variables x) { return real(-2.5) * x[0]; },
     [] { return randoms(Shape{2, 2}); }},
    {"operator/", "same shapes", [](Variables x) { return x[0] / x[1]; },
     [] { return std::vector{random_tensor({2, 3}, 1), positive({2, 3}, 2)}; }},
    {"operator/", "broadcast both ways", [](Variables x) { return x[0] / x[1]; },
     [] { return std::vector{random_tensor({2, 1, 3}, 1), positive({4, 1}, 2)}; }},
    {"operator/", "an extent of 1 in the middle", [](Variables x) { return x[0] / x[1]; },
     [] { return std::vector{random_tensor({2, 1, 2}, 1), positive({2, 3, 2}, 2)}; }},
    {"operator/", "the same on both sides", [](Variables x) { return x[0] / x[0]; },
     [] { return std::vector{positive({3}, 2)}; }},
    {"operator/", "over a constant", [](Variables x) { return x[0] / Variable(positive({3}, 7)); },
     [] { return randoms(Shape{2, 3}); }},
    {"operator/", "no rows", [](Variables x) { return no_rows(x[0]) / x[1]; },
     [] { return std::vector{random_tensor({2, 3}, 1), positive({3}, 2)}; }},
    {"operator/", "a constant over a Variable", [](Variables x) { return constant({3}) / x[0]; },
     [] { return std::vector{positive({2, 3}, 2)}; }},
    {"operator/", "number over a Variable", [](Variables x) { return real(2) / x[0]; },
     [] { return std::vector{positive({2, 3}, 2)}; }},
    {"operator/", "Variable and number", [](Variables x) { return x[0] / real(4); },
     [] { return randoms(Shape{2, 2}); }},

    {"sum", "of all", [](Variables x) { return sum(x[0] * x[0]); }, [] { return randoms(Shape{2, 3}); }},
    {"sum", "first axis", [](Variables x) { return sum(x[0], 0); }, [] { return randoms(Shape{2, 3, 2}); }},
    {"sum", "middle axis, kept", [](Variables x) { return sum(x[0], 1, Keep::yes); },
     [] { return randoms(Shape{2, 3, 2}); }},
    {"sum", "last axis, of extent 1", [](Variables x) { return sum(x[0], -1); },
     [] { return randoms(Shape{3, 1}); }},
    {"sum", "of no numbers", [](Variables x) { return sum(no_rows(x[0])); }, [] { return randoms(Shape{2, 3}); }},
    {"sum", "along an axis of extent 0", [](Variables x) { return sum(no_rows(x[0]), 0); },
     [] { return randoms(Shape{2, 3}); }},
    {"mean", "of all", [](Variables x) { return mean(x[0] * x[0]); }, [] { return randoms(Shape{2, 3}); }},
    {"mean", "along the last axis, kept", [](Variables x) { return mean(x[0], -1, Keep::yes); },
     [] { return randoms(Shape{2, 3}); }},
    {"mean", "along an axis of extent 1", [](Variables x) { return mean(x[0], 1); },
     [] { return randoms(Shape{2, 1, 3}); }},
    {"mean", "no rows", [](Variables x) { return mean(no_rows(x[0]), -1); }, [] { return randoms(Shape{2, 3}); }},
    {"broadcast_to", "new and repeated axes", [](Variables x) { return broadcast_to(x[0], {2, 3, 4}); },
     [] { return randoms(Shape{3, 1}); }},
    {"broadcast_to", "of one number", [](Variables x) { return broadcast_to(x[0], {2, 2}); },
     [] { return randoms(Shape{}); }},
    {"broadcast_to", "to no rows", [](Variables x) { return broadcast_to(x[0], {0, 3}); },
     [] { return randoms(Shape{3}); }},
    {"sum_to", "new and repeated axes", [](Variables x) { return sum_to(x[0], {3, 1}); },
     [] { return randoms(Shape{2, 3, 4}); }},
    {"sum_to", "of all", [](Variables x) { return sum_to(x[0], {}); }, [] { return randoms(Shape{2, 3}); }},
    {"sum_to", "extents of 1", [](Variables x) { return sum_to(x[0], {1, 3, 1}); },
     [] { return randoms(Shape{2, 3, 1}); }},
    {"sum_to", "of no rows", [](Variables x) { return sum_to(no_rows(x[0]), {3}); },
     [] { return randoms(Shape{2, 3}); }},

    {"exp", "a matrix", [](Variables x) { return exp(x[0]); }, [] { return randoms(Shape{2, 3}); }},
    {"exp", "one number and no rows",
     [](Variables x) { return exp(x[0]) + sum(exp(no_rows(x[1]))); },
     [] { return std::vector{random_tensor({}, 5), random_tensor({2, 3}, 6)}; }},
    {"log", "positive numbers", [](Variables x) { return log(x[0]); },
     [] { return std::vector{positive({2, 3}, 5)}; }},
    {"log", "one number and no rows",
     [](Variables x) { return log(x[0]) + sum(log(no_rows(x[1]))); },
     [] { return std::vector{positive({}, 5), positive({2, 3}, 5)}; }},
    {"sqrt", "positive numbers", [](Variables x) { return sqrt(x[0]); },
     [] { return std::vector{positive({2, 3}, 5)}; }},
    {"sqrt", "one number and no rows",
     [](Variables x) { return sqrt(x[0]) + sum(sqrt(no_rows(x[1]))); },
     [] { return std::vector{positive({}, 5), positive({2, 3}, 5)}; }},
    {"tanh", "a matrix", [](Variables x) { return tanh(x[0]); }, [] { return randoms(Shape{2, 3}); }},
    {"tanh", "one number and no rows",
     [](Variables x) { return tanh(x[0]) + sum(tanh(no_rows(x[1]))); },
     [] { return std::vector{random_tensor({}, 5), random_tensor({2, 3}, 6)}; }},
    {"relu", "away from 0", [](Variables x) { return relu(x[0]); },
     [] { return std::vector{off_zero({3, 4}, 5)}; }},
    {"relu", "its square", [](Variables x) { return relu(x[0]) * relu(x[0]); },
     [] { return std::vector{off_zero({3, 4}, 5)}; }},
    {"relu", "one number and no rows",
     [](Variables x) { return relu(x[0]) + sum(relu(no_rows(x[1]))); },
     [] { return std::vector{off_zero({}, 5), off_zero({2, 3}, 5)}; }},
    {"gelu", "a matrix", [](Variables x) { return gelu(x[0]); }, [] { return randoms(Shape{3, 4}); }},
    {"gelu", "one number and no rows",
     [](Variables x) { return gelu(x[0]) + sum(gelu(no_rows(x[1]))); },
     [] { return std::vector{random_tensor({}, 5), random_tensor({2, 3}, 6)}; }},
    {"dropout", "a fixed seed", [](Variables x) { Rng rng(3); return dropout(x[0], real(0.4), rng); },
     [] { return randoms(Shape{4, 4}); }},
    {"dropout", "rate 0", [](Variables x) { Rng rng(3); return dropout(x[0], 0, rng); },
     [] { return randoms(Shape{2}); }},
    {"dropout", "no rows", [](Variables x) { Rng rng(3); return dropout(no_rows(x[0]), real(0.4), rng); },
     [] { return randoms(Shape{2, 3}); }},

    {"matmul", "plain", [](Variables x) { return matmul(x[0], x[1]); },
     [] { return randoms(Shape{2, 3}, Shape{3, 4}); }},
    {"matmul", "left", [](Variables x) { return matmul(x[0], x[1], Transpose::left); },
     [] { return randoms(Shape{3, 2}, Shape{3, 4}); }},
    {"matmul", "right", [](Variables x) { return matmul(x[0], x[1], Transpose::right); },
     [] { return randoms(Shape{2, 3}, Shape{4, 3}); }},
    {"matmul", "both", [](Variables x) { return matmul(x[0], x[1], Transpose::both); },
     [] { return randoms(Shape{3, 2}, Shape{4, 3}); }},
    {"matmul", "batched", [](Variables x) { return matmul(x[0], x[1]); },
     [] { return randoms(Shape{2, 2, 3}, Shape{2, 3, 2}); }},
    {"matmul", "one matrix on the right", [](Variables x) { return matmul(x[0], x[1]); },
     [] { return randoms(Shape{2, 2, 3}, Shape{3, 2}); }},
    {"matmul", "one matrix on the left", [](Variables x) { return matmul(x[0], x[1]); },
     [] { return randoms(Shape{2, 3}, Shape{2, 2, 3, 2}); }},
    {"matmul", "left, one on the right", [](Variables x) { return matmul(x[0], x[1], Transpose::left); },
     [] { return randoms(Shape{2, 3, 2}, Shape{3, 2}); }},
    {"matmul", "left, one column, one on the right", [](Variables x) { return matmul(x[0], x[1], Transpose::left); },
     [] { return randoms(Shape{2, 3, 1}, Shape{3, 2}); }},
    {"matmul", "right, one on the left", [](Variables x) { return matmul(x[0], x[1], Transpose::right); },
     [] { return randoms(Shape{2, 3}, Shape{2, 2, 3}); }},
    {"matmul", "both, one on the right", [](Variables x) { return matmul(x[0], x[1], Transpose::both); },
     [] { return randoms(Shape{2, 3, 2}, Shape{2, 3}); }},
    {"matmul", "extents of 1", [](Variables x) { return matmul(x[0], x[1]); },
     [] { return randoms(Shape{3, 1}, Shape{1, 2}); }},
    {"matmul", "with itself", [](Variables x) { return matmul(x[0], x[0]); }, [] { return randoms(Shape{3, 3}); }},
    {"matmul", "with itself, right", [](Variables x) { return matmul(x[0], x[0], Transpose::right); },
     [] { return randoms(Shape{2, 3}); }},
    {"matmul", "no rows", [](Variables x) { return matmul(no_rows(x[0]), x[1]); },
     [] { return randoms(Shape{2, 3}, Shape{3, 2}); }},
    {"matmul", "of depth 0",
     [](Variables x) { return matmul(no_rows(x[0]), no_rows(x[1]), Transpose::left); },
     [] { return randoms(Shape{2, 3}, Shape{2, 4}); }},
    {"matmul", "a batch of none", [](Variables x) { return matmul(no_rows(x[0]), x[1]); },
     [] { return randoms(Shape{2, 2, 3}, Shape{3, 2}); }},
    {"matmul", "a constant on the right", [](Variables x) { return matmul(x[0], constant({3, 2})); },
     [] { return randoms(Shape{2, 2, 3}); }},
    {"matmul", "a constant", [](Variables x) { return matmul(constant({2, 3}), x[0]); },
     [] { return randoms(Shape{3, 2}); }},
    {"linear", "a matrix", [](Variables x) { return linear(x[0], x[1], x[2]); },
     [] { return randoms(Shape{3, 4}, Shape{2, 4}, Shape{2}); }},
    {"linear", "a batch", [](Variables x) { return linear(x[0], x[1], x[2]); },
     [] { return randoms(Shape{2, 3, 4}, Shape{2, 4}, Shape{2}); }},
    {"linear", "a vector", [](Variables x) { return linear(x[0], x[1], x[2]); },
     [] { return randoms(Shape{4}, Shape{2, 4}, Shape{2}); }},
    {"linear", "extents of 1", [](Variables x) { return linear(x[0], x[1], x[2]); },
     [] { return randoms(Shape{1, 1}, Shape{1, 1}, Shape{1}); }},
    {"linear", "no rows", [](Variables x) { return linear(no_rows(x[0]), x[1], x[2]); },
     [] { return randoms(Shape{3, 4}, Shape{2, 4}, Shape{2}); }},
    {"linear", "the same as x and weight", [](Variables x) { return linear(x[0], x[0], x[1]); },
     [] { return randoms(Shape{3, 3}, Shape{3}); }},
    {"linear", "a constant x", [](Variables x) { return linear(constant({3, 4}), x[0], x[1]); },
     [] { return randoms(Shape{2, 4}, Shape{2}); }},
    {"linear", "a constant weight and bias", [](Variables x) { return linear(x[0], constant({2, 4}), constant({2})); },
     [] { return randoms(Shape{3, 4}); }},

    {"softmax", "rows", [](Variables x) { return softmax(x[0]); }, [] { return randoms(Shape{2, 5}); }},
    {"softmax", "rows of one", [](Variables x) { return softmax(x[0]); }, [] { return randoms(Shape{3, 1}); }},
    {"softmax", "no rows", [](Variables x) { return softmax(no_rows(x[0])); }, [] { return randoms(Shape{2, 5}); }},
    {"layer_norm", "a batch", [](Variables x) { return layer_norm(x[0], x[1], x[2]); },
     [] { return randoms(Shape{2, 3, 5}, Shape{5}, Shape{5}); }},
    {"layer_norm", "one row, a large epsilon", [](Variables x) { return layer_norm(x[0], x[1], x[2], real(0.3)); },
     [] { return randoms(Shape{4}, Shape{4}, Shape{4}); }},
    {"layer_norm", "rows of one", [](Variables x) { return layer_norm(x[0], x[1], x[2]); },
     [] { return randoms(Shape{3, 1}, Shape{1}, Shape{1}); }},
    {"layer_norm", "no rows", [](Variables x) { return layer_norm(no_rows(x[0]), x[1], x[2]); },
     [] { return randoms(Shape{2, 4}, Shape{4}, Shape{4}); }},
    {"layer_norm", "the same as x, weight and bias", [](Variables x) { return layer_norm(x[0], x[0], x[0]); },
     [] { return randoms(Shape{4}); }},
    {"layer_norm", "a constant x", [](Variables x) { return layer_norm(constant({2, 4}), x[0], x[1]); },
     [] { return randoms(Shape{4}, Shape{4}); }},
    {"layer_norm", "a constant weight and bias",
     [](Variables x) { return layer_norm(x[0], constant({4}), constant({4})); },
     [] { return randoms(Shape{2, 4}); }},

    {"cross_entropy", "targets", [](Variables x) { return cross_entropy(x[0], Indices({3}, {0, 4, 2})); },
     [] { return randoms(Shape{3, 5}); }},
    {"cross_entropy", "ignored targets",
     [](Variables x) { return cross_entropy(x[0], Indices({2, 2}, {1, ignored, ignored, 0})); },
     [] { return randoms(Shape{2, 2, 3}); }},
    {"cross_entropy", "one logit a row", [](Variables x) { return cross_entropy(x[0], Indices({3}, 0)); },
     [] { return randoms(Shape{3, 1}); }},
    {"cross_entropy", "one row without an axis of rows",
     [](Variables x) { return cross_entropy(x[0], Indices(Shape{}, 2)); },
     [] { return randoms(Shape{4}); }},
    {"mean_squared_error", "both", [](Variables x) { return mean_squared_error(x[0], x[1]); },
     [] { return randoms(Shape{2, 3}, Shape{2, 3}); }},
    {"mean_squared_error", "a constant target", [](Variables x) { return mean_squared_error(x[0], constant({2, 3})); },
     [] { return randoms(Shape{2, 3}); }},
    {"mean_squared_error", "a constant x", [](Variables x) { return mean_squared_error(constant({}), x[0]); },
     [] { return randoms(Shape{}); }},
    {"mean_squared_error", "the same on both sides", [](Variables x) { return mean_squared_error(x[0], x[0]); },
     [] { return randoms(Shape{2, 3}); }},
    {"embedding", "repeated and missing ids", [](Variables x) { return embedding(x[0], repeated); },
     [] { return randoms(Shape{6, 2}); }},
    {"embedding", "one id", [](Variables x) { return embedding(x[0], Indices(Shape{}, 1)); },
     [] { return randoms(Shape{3, 2}); }},
    {"embedding", "a table of one row", [](Variables x) { return embedding(x[0], Indices({3}, 0)); },
     [] { return randoms(Shape{1, 2}); }},
    {"embedding", "no ids", [](Variables x) { return embedding(x[0], Indices({2, 0})); },
     [] { return randoms(Shape{3, 2}); }},
    {"scatter_add_rows", "repeated and missing ids", [](Variables x) { return scatter_add_rows(x[0], repeated, 6); },
     [] { return randoms(Shape{2, 3, 2}); }},
    {"scatter_add_rows", "into one row", [](Variables x) { return scatter_add_rows(x[0], Indices({3}, 0), 1); },
     [] { return randoms(Shape{3, 1}); }},
    {"scatter_add_rows", "no ids", [](Variables x) { return scatter_add_rows(no_rows(x[0]), Indices(Shape{0}), 4); },
     [] { return randoms(Shape{3, 2}); }},

    {"attention", "one head", [](Variables x) { return attention(x[0], 1); },
     [] { return randoms(Shape{2, 4, 6}); }},
    {"attention", "three heads", [](Variables x) { return attention(x[0], 3); },
     [] { return randoms(Shape{2, 3, 18}); }},
    {"attention", "causal", [](Variables x) { return attention(x[0], 2, {.causal = true}); },
     [] { return randoms(Shape{2, 4, 12}); }},
    {"attention", "some keys", [](Variables x) { return attention(x[0], 2, {.keys = some_keys}); },
     [] { return randoms(Shape{2, 4, 12}); }},
    {"attention", "causal, some keys",
     [](Variables x) { return attention(x[0], 2, {.causal = true, .keys = some_keys}); },
     [] { return randoms(Shape{2, 4, 12}); }},
    {"attention", "one token", [](Variables x) { return attention(x[0], 1, {.causal = true}); },
     [] { return randoms(Shape{1, 1, 6}); }},
    {"attention", "two blocks of queries", [](Variables x) { return attention(x[0], 1, {.causal = true}); },
     [] { return randoms(Shape{1, 66, 3}); }},
    {"attention", "heads of one number", [](Variables x) { return attention(x[0], 2); },
     [] { return randoms(Shape{1, 3, 6}); }},
    {"attention", "a batch of none", [](Variables x) { return attention(no_rows(x[0]), 2); },
     [] { return randoms(Shape{2, 3, 6}); }},
    {"attention", "a constant bias", [](Variables x) { return attention(x[0], 2, constant({2, 3, 3}), {}); },
     [] { return randoms(Shape{2, 3, 12}); }},
    {"attention", "a bias, constant otherwise",
     [](Variables x) { return attention(constant({2, 3, 12}), 2, x[0], {.causal = true}); },
     [] { return randoms(Shape{2, 3, 3}); }},
    {"attention", "a bias", [](Variables x) { return attention(x[0], 2, x[1], {}); },
     [] { return randoms(Shape{2, 3, 12}, Shape{2, 3, 3}); }},
    {"attention", "a bias, causal, some keys",
     [](Variables x) { return attention(x[0], 1, x[1], {.causal = true, .keys = some_keys}); },
     [] { return randoms(Shape{2, 4, 6}, Shape{1, 4, 4}); }},
    {"attention_weights", "two heads", [](Variables x) { return attention_weights(x[0], 2); },
     [] { return randoms(Shape{2, 3, 12}); }},
    {"attention_weights", "causal, some keys",
     [](Variables x) { return attention_weights(x[0], 1, {.causal = true, .keys = some_keys}); },
     [] { return randoms(Shape{2, 4, 6}); }},
    {"attention_weights", "one token", [](Variables x) { return attention_weights(x[0], 2); },
     [] { return randoms(Shape{2, 1, 6}); }},
    {"attention_weights", "a batch of none", [](Variables x) { return attention_weights(no_rows(x[0]), 1); },
     [] { return randoms(Shape{2, 3, 6}); }},
    {"attention_weights", "a bias, causal, some keys",
     [](Variables x) { return attention_weights(x[0], 2, x[1], {.causal = true, .keys = some_keys}); },
     [] { return randoms(Shape{2, 4, 12}, Shape{2, 4, 4}); }},
    {"rotary", "two heads of two pairs", [](Variables x) { return rotary(x[0], 2); },
     [] { return randoms(Shape{2, 3, 24}); }},
    {"rotary", "at another direction", [](Variables x) { return rotary(x[0] * x[0], 1, real(-0.3)); },
     [] { return randoms(Shape{1, 4, 6}); }},
    {"rotary", "one token", [](Variables x) { return rotary(x[0], 1); }, [] { return randoms(Shape{2, 1, 6}); }},
    {"rotary", "a batch of none", [](Variables x) { return rotary(no_rows(x[0]), 1); },
     [] { return randoms(Shape{1, 4, 6}); }},
    {"rotary", "into attention", [](Variables x) { return attention(rotary(x[0], 1), 1, {.causal = true}); },
     [] { return randoms(Shape{1, 3, 12}); }},

    {"reshape", "two axes into one", [](Variables x) { return reshape(x[0], {6}); },
     [] { return randoms(Shape{2, 3}); }},
    {"reshape", "one extent left open", [](Variables x) { return reshape(x[0], {3, -1}); },
     [] { return randoms(Shape{2, 3}); }},
    {"reshape", "one number", [](Variables x) { return reshape(x[0], {1, 1}); }, [] { return randoms(Shape{}); }},
    {"reshape", "no numbers", [](Variables x) { return reshape(no_rows(x[0]), {3, 0}); },
     [] { return randoms(Shape{2, 3}); }},
    {"permute", "no axis stays", [](Variables x) { return permute(x[0], {2, 0, 1}); },
     [] { return randoms(Shape{2, 3, 4}); }},
    {"permute", "counted from the back", [](Variables x) { return permute(x[0], {-1, 0, -2}); },
     [] { return randoms(Shape{2, 1, 3}); }},
    {"permute", "no rows", [](Variables x) { return permute(no_rows(x[0]), {1, 0}); },
     [] { return randoms(Shape{2, 3}); }},
    {"slice", "in the middle", [](Variables x) { return slice(x[0], 1, 1, 3); },
     [] { return randoms(Shape{2, 4, 2}); }},
    {"slice", "from the back", [](Variables x) { return slice(x[0], -1, 0, 1); },
     [] { return randoms(Shape{2, 3}); }},
    {"slice", "nothing", [](Variables x) { return slice(x[0], 1, 2, 2); }, [] { return randoms(Shape{2, 3}); }},
    {"slice", "everything", [](Variables x) { return slice(x[0], 1, 0, 3); }, [] { return randoms(Shape{1, 3}); }},
    {"pad", "both sides", [](Variables x) { return pad(x[0], 0, 1, 2); }, [] { return randoms(Shape{2, 3}); }},
    {"pad", "from the back", [](Variables x) { return pad(x[0], -1, 2, 0); }, [] { return randoms(Shape{2, 3}); }},
    {"pad", "by nothing", [](Variables x) { return pad(x[0], 0, 0, 0); }, [] { return randoms(Shape{2, 3}); }},
    {"pad", "no rows", [](Variables x) { return pad(no_rows(x[0]), 0, 1, 1); }, [] { return randoms(Shape{2, 3}); }},
    {"concatenate", "three parts", [](Variables x) { return concatenate({x[0], x[1], x[2]}, 1); },
     [] { return randoms(Shape{2, 1}, Shape{2, 3}, Shape{2, 2}); }},
    {"concatenate", "the same part twice", [](Variables x) { return concatenate({x[0], x[0]}, 0); },
     [] { return randoms(Shape{2, 2}); }},
    {"concatenate", "a part with no rows", [](Variables x) { return concatenate({x[0], no_rows(x[1])}, 0); },
     [] { return randoms(Shape{2, 2}, Shape{3, 2}); }},
    {"concatenate", "one part and a constant", [](Variables x) { return concatenate({x[0], constant({2, 1})}, -1); },
     [] { return randoms(Shape{2, 2}); }},
};
// clang-format on

static ErrorTable* const errors_of_ops =
    static_cast<ErrorTable*>(testing::AddGlobalTestEnvironment(new ErrorTable("op")));

class EveryOp : public testing::TestWithParam<GradientCase> {};

TEST_P(EveryOp, HasTheSlopeThatNudgingMeasures) {
  const GradientCase& c = GetParam();
  const GradientReport report =
      gradient_check(c.op + " (" + c.about + ")", c.f, c.inputs(), {.allowed = 1e-7});
  EXPECT_TRUE(report.ok) << report.text();
  errors_of_ops->keep_first(c.op, report);
}

TEST_P(EveryOp, HasTheSecondDerivativeThatNudgingMeasures) {
  const GradientCase& c = GetParam();
  const GradientReport report =
      second_gradient_check(c.op + " (" + c.about + ")", c.f, c.inputs(), {.allowed = 1e-5});
  EXPECT_TRUE(report.ok) << report.text();
  errors_of_ops->keep_second(c.op, report);
}

// Some ops have a fused adjoint for training and one of recorded ops for second derivatives.
TEST_P(EveryOp, HasTheSameGradientFusedAndRecorded) {
  const GradientCase& c = GetParam();
  std::vector<Variable> xs;
  for (const Tensor& input : c.inputs()) xs.push_back(Parameter(input));
  const Variable y = c.f(xs);
  const Variable loss = sum(y * Variable(random_tensor(y.shape(), 5)));
  const std::vector<Variable> recorded = gradients(loss, xs, {.differentiable = true});
  const std::vector<Variable> fused = gradients(loss, xs);
  for (std::size_t i = 0; i < xs.size(); ++i)
    expect_close(fused[i].value(), recorded[i].value(), 64);
}

INSTANTIATE_TEST_SUITE_P(Gradients, EveryOp, testing::ValuesIn(gradient_cases),
                         test_name<GradientCase>);

// Longer than one block of queries, so that blocks meet: 130 = 64 + 64 + 2.
TEST(AttentionAcrossBlocks, AgreesWithItsWeightsTimesTheValues) {
  const Index batch = 2, length = 130, dim = 4, heads = 2;
  Indices keys({batch, length}, 1);
  for (Index i = 1; i < keys.size(); i += 3) keys[i] = 0;
  keys[length] = 1;  // the first key of the second item
  for (const AttentionMask& mask :
       {AttentionMask{}, AttentionMask{.causal = true}, AttentionMask{.keys = keys},
        AttentionMask{.causal = true, .keys = keys}}) {
    SCOPED_TRACE(fmt::format("causal {}, keys {}", mask.causal, mask.keys.size()));
    const Variable qkv = Parameter(random_tensor({batch, length, 3 * dim}, 3));
    const Variable values =
        permute(reshape(slice(qkv, -1, 2 * dim, 3 * dim), {batch, length, heads, dim / heads}),
                {0, 2, 1, 3});
    const Variable product = matmul(attention_weights(qkv, heads, mask), values);
    const Variable slow = reshape(permute(product, {0, 2, 1, 3}), {batch, length, dim});
    const Variable fused = attention(qkv, heads, mask);
    expect_close(fused.value(), slow.value(), 64);
    const Variable w(random_tensor(fused.shape(), 4));
    const Tensor slow_gradient = gradients(sum(slow * w), {qkv})[0].value();
    expect_close(gradients(sum(fused * w), {qkv}, {.keep_graph = true})[0].value(), slow_gradient,
                 256);
    expect_close(gradients(sum(fused * w), {qkv}, {.differentiable = true})[0].value(),
                 slow_gradient, 256);
  }
}

}  // namespace locus
