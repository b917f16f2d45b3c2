// Wrong calls of autograd/*.h: the ops for Variables, the engine, and what looks at graphs.
#include "autograd/draw.h"
#include "autograd/gradient_check.h"
#include "autograd/ops.h"
#include "autograd/record.h"
#include "tests/wrong_calls/wrong_calls.h"

namespace locus {

static Variable parameter(const char* name, Shape shape, std::uint64_t seed) {
  Variable x = Parameter(random_tensor(shape, seed), name);
  x.set_grad(random_tensor(shape, seed + 100));
  return x;
}

TEST(WrongCalls, OfOps) {
  Variable matrix = parameter("matrix", {2, 3}, 1), row = parameter("row", {3}, 2),
           four = parameter("four", {4}, 3), square = parameter("square", {4, 4}, 4),
           number = parameter("number", {}, 5), no_rows = Variable(Tensor(Shape{0, 2})), empty;
  Indices ids({2}, {1, 0}), far({2}, {0, 9});
  Rng rng(1);
  const std::vector<WrongCall> calls = {
      {CALL(matrix + four),
       "add: shapes must agree or be 1 on every axis, got (2, 3) and (4): 3 is not 4."},
      {CALL(matrix - square),
       "subtract: shapes must agree or be 1 on every axis, got (2, 3) and (4, 4): 3 is not 4."},
      {CALL(four * row),
       "multiply: shapes must agree or be 1 on every axis, got (4) and (3): 4 is not 3."},
      {CALL(row / four),
       "divide: shapes must agree or be 1 on every axis, got (3) and (4): 3 is not 4."},
      {CALL(empty + row),
       "Variable: it must have been given a value, got an empty one. Assign a Tensor or the result "
       "of an op to it."},
      {CALL(row * empty),
       "Variable: it must have been given a value, got an empty one. Assign a Tensor or the result "
       "of an op to it."},
      {CALL(real(2) / empty),
       "Variable: it must have been given a value, got an empty one. Assign a Tensor or the result "
       "of an op to it."},
      {CALL(exp(empty)),
       "Variable: it must have been given a value, got an empty one. Assign a Tensor or the result "
       "of an op to it."},
      {CALL(sum(matrix, 2)), "sum: axis must be from -2 to 1, got 2 for the shape (2, 3)."},
      {CALL(sum(number, -1, Keep::yes)),
       "sum: a shape with an axis, got axis -1 for the shape () of a single number."},
      {CALL(mean(no_rows)), "mean: at least one number, got the shape (0, 2)."},
      {CALL(mean(no_rows, 0)), "mean: at least one entry along the axis, got the shape (0, 2)."},
      {CALL(mean(matrix, 3)), "mean: axis must be from -2 to 1, got 3 for the shape (2, 3)."},
      {CALL(broadcast_to(matrix, {3})),
       "broadcast_to: (2, 3) must broadcast to (3), got an axis that would shrink."},
      {CALL(sum_to(matrix, {4})),
       "sum_to: shapes must agree or be 1 on every axis, got (4) and (2, 3): 4 is not 3."},
      {CALL(clamp(matrix, 2, 1)), "clamp: low must not be above high, got 2 and 1."},
      {CALL(where(matrix.value(), row, four)),
       "where: shapes must agree or be 1 on every axis, got (3) and (4): 3 is not 4."},
      {CALL(max(no_rows, 0)), "max: at least one entry along the axis, got the shape (0, 2)."},
      {CALL(logsumexp(no_rows, 0)),
       "logsumexp: at least one entry along the axis, got the shape (0, 2)."},
      {CALL(log_softmax(number)),
       "log_softmax: a shape with an axis, got axis -1 for the shape () of a single number."},
      {CALL(cumsum(matrix, 2)), "cumsum: axis must be from -2 to 1, got 2 for the shape (2, 3)."},
      {CALL(unsqueeze(matrix, 3)),
       "unsqueeze: axis must be from -3 to 2, got 3 for the shape (2, 3)."},
      {CALL(squeeze(matrix, 1)),
       "squeeze: the extent of axis 1 must be 1, got 3 in the shape (2, 3)."},
      {CALL(stack({row, four}, 0)), "stack: all shapes must be the same, got (3) and (4)."},
      {CALL(dropout(matrix, 1, rng)), "dropout: the rate must be in [0, 1), got 1."},
      {CALL(dropout(matrix, real(-0.5), rng)), "dropout: the rate must be in [0, 1), got -0.5."},
      {CALL(dropout(matrix, nan, rng)), "dropout: the rate must be in [0, 1), got nan."},
      {CALL(dropout(matrix, infinity, rng)), "dropout: the rate must be in [0, 1), got inf."},
      {CALL(matmul(matrix, square)),
       "matmul: the inner extents must agree, got (2, 3) x (4, 4): 3 is not 4."},
      {CALL(matmul(matrix, matrix, Transpose::none)),
       "matmul: the inner extents must agree, got (2, 3) x (2, 3): 3 is not 2."},
      {CALL(matmul(matrix, square, Transpose::left)),
       "matmul: the inner extents must agree, got (2, 3) x (4, 4): 2 is not 4."},
      {CALL(matmul(matrix, square, Transpose::right)),
       "matmul: the inner extents must agree, got (2, 3) x (4, 4): 3 is not 4."},
      {CALL(matmul(matrix, row, Transpose::both)),
       "matmul: matrices have two axes or more, got (2, 3) x (3)."},
      {CALL(linear(matrix, square, four)),
       "linear: x (.., k) and weight (m, k) must agree in k, got (2, 3) and (4, 4)."},
      {CALL(linear(four, square, row)), "linear: the bias must have shape (4), got (3)."},
      {CALL(linear(four, square, empty)),
       "Variable: it must have been given a value, got an empty one. Assign a Tensor or the result "
       "of an op to it."},
      {CALL(softmax(number)), "softmax: rows of numbers, got the shape () of a single number."},
      {CALL(layer_norm(matrix, four, row)),
       "layer_norm: weight and bias have one number per column, got (4) for (2, 3)."},
      {CALL(layer_norm(matrix, row, row, nan)),
       "layer_norm: epsilon must be finite and 0 or more, got nan."},
      {CALL(cross_entropy(matrix, far)),
       "cross_entropy: targets must be 0 or more and below 3, or -1 (ignored), got 9 at place 1 of "
       "(2)."},
      {CALL(cross_entropy(row, ids)),
       "cross_entropy: one target per row of logits, got targets (2) for logits (3)."},
      {CALL(mean_squared_error(matrix, row)),
       "mean_squared_error: both shapes must be the same, got (2, 3) and (3)."},
      {CALL(mean_squared_error(no_rows, no_rows)),
       "mean: at least one number, got the shape (0, 2)."},
      {CALL(embedding(matrix, far)),
       "embedding: ids must be 0 or more and below 2, got 9 at place 1 of (2)."},
      {CALL(embedding(row, ids)), "embedding: the table has shape (rows, width), got (3)."},
      {CALL(scatter_add_rows(matrix, far, 9)),
       "scatter_add_rows: ids must be 0 or more and below 9, got 9 at place 1 of (2)."},
      {CALL(scatter_add_rows(square, ids, 4)),
       "scatter_add_rows: one row per id, got rows (4, 4) for ids (2)."},
      {CALL(attention(matrix, 1)),
       "attention: qkv has shape (batch, length, 3 dim) with dim a multiple of the 1 heads, got "
       "(2, 3)."},
      {CALL(reshape(matrix, {4, -1})),
       "reshape: 6 numbers must divide into groups of 4, got 2 over."},
      {CALL(reshape(matrix, Shape{5})),
       "reshape: the new shape must hold as many numbers, got (5) for 6 of (2, 3)."},
      {CALL(permute(matrix, {1})), "permute: one entry per axis, got 1 for the shape (2, 3)."},
      {CALL(permute(matrix, {1, 1})), "permute: every axis once, got axis 1 twice."},
      {CALL(permute(matrix, {0, 5})),
       "permute: axis must be from -2 to 1, got 5 for the shape (2, 3)."},
      {CALL(slice(matrix, 0, 1, 3)),
       "slice: 0 <= first <= last <= 2 along axis 0, got first 1 and last 3."},
      {CALL(slice(matrix, 2, 0, 1)),
       "slice: axis must be from -2 to 1, got 2 for the shape (2, 3)."},
      {CALL(slice(matrix, 0, 0, -huge)),
       "slice: 0 <= first <= last <= 2 along axis 0, got first 0 and last -9223372036854775807."},
      {CALL(pad(matrix, 0, -1, 0)),
       "pad: counts must be from 0 to 2305843009213693951, got -1 before and 0 after."},
      {CALL(pad(matrix, 0, huge, huge)),
       "pad: counts must be from 0 to 2305843009213693951, got 9223372036854775807 before and "
       "9223372036854775807 after."},
      {CALL(pad(matrix, -3, 0, 0)), "pad: axis must be from -2 to 1, got -3 for the shape (2, 3)."},
      {CALL(concatenate(std::vector<Variable>{}, 0)), "concatenate: at least one part, got none."},
      {CALL(concatenate(std::vector<Variable>{matrix, row}, 1)),
       "concatenate: all extents but that of axis 1 must agree, got (2, 3) and (3)."},
      {CALL(concatenate(std::vector<Variable>{matrix, matrix}, 2)),
       "concatenate: axis must be from -2 to 1, got 2 for the shape (2, 3)."},
      {CALL(concatenate(std::vector<Variable>{matrix, empty}, 0)),
       "Variable: it must have been given a value, got an empty one. Assign a Tensor or the result "
       "of an op to it."},
  };
  expect_refused(calls, bits_of(matrix, row, four, square, number, no_rows, empty, ids, far, rng));
}

TEST(WrongCalls, OfAttentionAndRotary) {
  Variable packed = parameter("packed", {2, 3, 12}, 1), bias = parameter("bias", {2, 3, 3}, 2),
           narrow = parameter("narrow", {2, 3, 3}, 3);
  Indices hidden({2, 3}, {1, 1, 1, 0, 0, 0});
  const std::vector<WrongCall> calls = {
      {CALL(attention(packed, 3)),
       "attention: qkv has shape (batch, length, 3 dim) with dim a multiple of the 3 heads, got "
       "(2, 3, 12)."},
      {CALL(attention(packed, huge)),
       "attention: qkv has shape (batch, length, 3 dim) with dim a multiple of the "
       "9223372036854775807 heads, got (2, 3, 12)."},
      {CALL(attention(packed, 2, {.keys = hidden})),
       "attention: every token must see a key, got a mask that hides all keys from a token of item "
       "1. Pad at the end of the sequence."},
      {CALL(attention(packed, 4, bias, {})),
       "attention: the bias has one number per head, query and key, (4, 3, 3), got (2, 3, 3)."},
      {CALL(attention(packed, -1, bias, {})),
       "attention: qkv has shape (batch, length, 3 dim) with dim a multiple of the -1 heads, got "
       "(2, 3, 12)."},
      {CALL(attention_weights(packed, 0)),
       "attention: qkv has shape (batch, length, 3 dim) with dim a multiple of the 0 heads, got "
       "(2, 3, 12)."},
      {CALL(attention_weights(packed, huge)),
       "attention: qkv has shape (batch, length, 3 dim) with dim a multiple of the "
       "9223372036854775807 heads, got (2, 3, 12)."},
      {CALL(attention_weights(packed, 1, bias, {})),
       "attention: the bias has one number per head, query and key, (1, 3, 3), got (2, 3, 3)."},
      {CALL(attention_weights(packed, 2, bias, {.keys = hidden})),
       "attention: every token must see a key, got a mask that hides all keys from a token of item "
       "1. Pad at the end of the sequence."},
      {CALL(rotary(packed, 4)),
       "rotary: qkv has shape (batch, length, 3 dim) with an even head_dim for each of the 4 "
       "heads, got (2, 3, 12)."},
      {CALL(rotary(packed, 0)),
       "rotary: qkv has shape (batch, length, 3 dim) with an even head_dim for each of the 0 "
       "heads, got (2, 3, 12)."},
      {CALL(rotary(packed, huge)),
       "rotary: qkv has shape (batch, length, 3 dim) with an even head_dim for each of the "
       "9223372036854775807 heads, got (2, 3, 12)."},
      {CALL(rotary(narrow, 1)),
       "rotary: qkv has shape (batch, length, 3 dim) with an even head_dim for each of the 1 "
       "heads, got (2, 3, 3)."},
  };
  expect_refused(calls, bits_of(packed, bias, narrow, hidden));
}

TEST(WrongCalls, OfVariables) {
  Variable x = parameter("x", {2}, 1), y = x * x, constant(Tensor({2}, 1)), empty;
  const std::vector<WrongCall> calls = {
      {CALL(empty.value()),
       "Variable: it must have been given a value, got an empty one. Assign a Tensor or the result "
       "of an op to it."},
      {CALL(empty.shape()),
       "Variable: it must have been given a value, got an empty one. Assign a Tensor or the result "
       "of an op to it."},
      {CALL(empty.name()),
       "Variable: it must have been given a value, got an empty one. Assign a Tensor or the result "
       "of an op to it."},
      {CALL(empty.requires_grad()),
       "Variable: it must have been given a value, got an empty one. Assign a Tensor or the result "
       "of an op to it."},
      {CALL(empty.grad()),
       "Variable: it must have been given a value, got an empty one. Assign a Tensor or the result "
       "of an op to it."},
      {CALL(empty.zero_grad()),
       "Variable: it must have been given a value, got an empty one. Assign a Tensor or the result "
       "of an op to it."},
      {CALL(empty.detach()),
       "Variable: it must have been given a value, got an empty one. Assign a Tensor or the result "
       "of an op to it."},
      {CALL(x.item()), "item: the tensor must hold one number, got the shape (2)."},
      {CALL(x.set_value(Tensor({3}))), "set_value: the shape must stay (2), got (3)."},
      {CALL(x.set_grad(Tensor({1}))), "set_grad: the gradient must have the shape (2), got (1)."},
      {CALL(x.set_grad(Tensor())), "set_grad: the gradient must have the shape (2), got (0)."},
      {CALL(y.set_value(Tensor({2}))),
       "set_value: only a leaf can be changed, got the result of 'multiply'. Change what it was "
       "computed from, or take its detach()."},
      {CALL(y.set_grad(Tensor({2}))),
       "set_grad: only a leaf can be changed, got the result of 'multiply'. Change what it was "
       "computed from, or take its detach()."},
      {CALL(y.set_name("y")),
       "set_name: only a leaf can be changed, got the result of 'multiply'. Change what it was "
       "computed from, or take its detach()."},
      {CALL(y.mutable_value()),
       "mutable_value: only a leaf can be changed, got the result of 'multiply'. Change what it "
       "was computed from, or take its detach()."},
      {CALL(empty.mutable_value()),
       "Variable: it must have been given a value, got an empty one. Assign a Tensor or the result "
       "of an op to it."},
      {CALL(draw(empty)), "draw: a Variable with a value, got an empty one. Give it one first."},
  };
  expect_refused(calls, bits_of(x, y, constant, empty));
}

// Half of its input comes back.
static Variable halved(const Variable& x) {
  return record("halved", x.value(),
                {
                    {x, [](const Variable& dy, const Variable&) { return slice(dy, 0, 0, 1); }},
                });
}

// An op with two inputs.
static Variable first_of(const Variable& a, const Variable& b) {
  const Rule rule = [](const Variable& dy, const Variable&) { return dy; };
  return record("first_of", Tensor({2}), {{a, rule}, {b, rule}});
}

TEST(WrongCalls, OfRecord) {
  Variable x = parameter("x", {2}, 1), constant(Tensor({2}, 1)), empty;
  const auto unrecorded = [&] {
    const NoGrad guard;
    first_of(x, empty);
  };
  const std::string message =
      "Variable: it must have been given a value, got an empty one. Assign a Tensor or the "
      "result of an op to it.";
  const std::vector<WrongCall> calls = {
      {CALL(first_of(x, empty)), message, "Variable"},
      {CALL(first_of(empty, x)), message, "Variable"},
      {CALL(first_of(constant, empty)), message, "Variable"},
      {CALL(unrecorded()), message, "Variable"},
  };
  expect_refused(calls, bits_of(x, constant, empty));
}

TEST(WrongCalls, OfBackward) {
  Variable x = parameter("x", {2}, 1), zero = Parameter(Tensor({2}), "zero"),
           constant(Tensor({2}, 1)), empty, used = Parameter(Tensor({2}, 1), "used");
  Variable gone = sum(used * used), stale = sum(exp(used * used));
  gone.backward();
  used.mutable_value();
  used.zero_grad();
  const auto unrecorded = [&] {
    const NoGrad guard;
    return sum(x * x);
  };
  const auto differentiable = [&] {
    const NoGrad guard;
    gradients(sum(x), {x}, {.differentiable = true});
  };
  const std::vector<WrongCall> calls = {
      {CALL(empty.backward()),
       "backward: a Variable with a value, got an empty one. Give it one first."},
      {CALL((x * x).backward()),
       "backward: the result must be one number, got the shape (2). Sum it first."},
      {CALL(sum(constant).backward()),
       "backward: 'sum' must depend on a parameter while recording, got a constant. "
       "Parameter makes one; no NoGrad guard may live."},
      {CALL(unrecorded().backward()),
       "backward: 'sum' must depend on a parameter while recording, got a constant. "
       "Parameter makes one; no NoGrad guard may live."},
      {CALL(gone.backward()),
       "backward: the graph behind 'sum' must be whole, got one that was freed by an earlier "
       "backward. Compute it again, or pass {.keep_graph = true} to the earlier one."},
      {CALL(stale.backward()),
       "backward: every leaf must be as it was, got 'used', which was changed after 'multiply' "
       "used it. Compute the result again before backward."},
      {CALL(sum(halved(x)).backward()),
       "backward: the rule of 'halved' for input 0 must return the input's shape (2), got (1)."},
      {CALL(sum(log(zero)).backward({.find_nan = true})),
       "backward: the gradient of 'log' for input 0 must be finite, got inf at place 0 of (2)."},
      {CALL(gradients(x * x, {x})),
       "backward: the result must be one number, got the shape (2). Sum it first.", "backward"},
      {CALL(gradients(empty, {x})),
       "backward: a Variable with a value, got an empty one. Give it one first.", "backward"},
      {CALL(gradients(sum(x), {x, constant})),
       "gradients: every x must need a gradient, got a constant or an empty one. "
       "Parameter makes one that does."},
      {CALL(gradients(sum(x), {empty})),
       "gradients: every x must need a gradient, got a constant or an empty one. "
       "Parameter makes one that does."},
      {CALL(differentiable()),
       "gradients: differentiable ones must be recorded, got a NoGrad guard. End its scope "
       "first.",
       "gradients"},
      {CALL(gradients(gone, {x})),
       "backward: the graph behind 'sum' must be whole, got one that was freed by an earlier "
       "backward. Compute it again, or pass {.keep_graph = true} to the earlier one.",
       "backward"},
  };
  expect_refused(calls, bits_of(x, zero, constant, empty, used, gone, stale));
}

TEST(WrongCalls, OfGradientCheck) {
  const auto f = [](const std::vector<Variable>& x) { return x[0]; };
  const auto plus_three = [](const std::vector<Variable>& x) {
    return x[0] + Variable(Tensor({3}));
  };
  Tensor none, two({2}, 1);
  const std::vector<WrongCall> calls = {
      {CALL(gradient_check("f", f, {none})),
       "gradient_check: f has no element to vary, got 1 inputs, all empty."},
      {CALL(gradient_check("f", f, {})),
       "gradient_check: f has no element to vary, got 0 inputs, all empty."},
      {CALL(second_gradient_check("f", f, {none, none})),
       "gradient_check: f, second has no element to vary, got 2 inputs, all empty."},
      {CALL(gradient_check("add", plus_three, {two})),
       "add: shapes must agree or be 1 on every axis, got (2) and (3): 2 is not 3.", "add"},
  };
  expect_refused(calls, bits_of(none, two));
}

}  // namespace locus
