// Wrong calls of tensor/*.h.
#include <climits>

#include "tensor/kernels/kernels.h"
#include "tensor/matmul.h"
#include "tensor/memory.h"
#include "tensor/parallel.h"
#include "tests/wrong_calls/wrong_calls.h"

namespace locus {

TEST(WrongCalls, OfShapesAndTensors) {
  const Shape shape{2, 3};
  Tensor matrix = random_tensor({2, 3}, 1), number = random_tensor({}, 2), none;
  Indices ids({2}, {1, 0});
  const std::vector<WrongCall> calls = {
      {CALL(Shape{1, 2, 3, 4, 5, 6, 7}), "Shape: at most 6 axes, got 7. Merge some with reshape."},
      {CALL(Shape{2, -1}), "Shape: an extent must be 0 or more, got -1 on axis 1."},
      {CALL(Shape{-huge}),
       "Shape: an extent must be 0 or more, got -9223372036854775807 on axis 0."},
      {CALL(Shape{huge, huge}),
       fmt::format("Shape: at most {} numbers can be addressed, got 1 times an extent of {}.",
                   most_numbers, huge)},
      {CALL(Shape{3, Index(1) << 60}), fmt::format("Shape: at most {} numbers can be addressed, "
                                                   "got 3 times an extent of 1152921504606846976.",
                                                   most_numbers)},
      {CALL(Shape{Index(1) << 31, Index(1) << 31, 2}),
       fmt::format("Shape: at most {} numbers can be addressed, got 2147483648 times an extent of "
                   "2147483648.",
                   most_numbers)},
      {CALL(shape.resolve(2)), "Shape: axis must be from -2 to 1, got 2 for the shape (2, 3)."},
      {CALL(shape.resolve(-3)), "Shape: axis must be from -2 to 1, got -3 for the shape (2, 3)."},
      {CALL(shape.resolve(INT_MIN)),
       "Shape: axis must be from -2 to 1, got -2147483648 for the shape (2, 3)."},
      {CALL(number.shape().resolve(0)),
       "Shape: a shape with an axis, got axis 0 for the shape () of a single number."},
      {CALL(shape[2]), "Shape: axis must be from -2 to 1, got 2 for the shape (2, 3)."},
      {CALL(shape.with(5, 1)), "Shape: axis must be from -2 to 1, got 5 for the shape (2, 3)."},
      {CALL(shape.with(0, -4)), "Shape: an extent must be 0 or more, got -4 on axis 0."},
      {CALL(shape.without(-3)), "Shape: axis must be from -2 to 1, got -3 for the shape (2, 3)."},
      {CALL(broadcast(shape, {4}, "broadcast")),
       "broadcast: shapes must agree or be 1 on every axis, got (2, 3) and (4): 3 is not 4."},
      {CALL(Tensor({2, 3}, {1, 2, 3, 4, 5})), "Tensor: the shape (2, 3) holds 6 numbers, got 5."},
      {CALL(Tensor({0}, {1})), "Tensor: the shape (0) holds 0 numbers, got 1."},
      {CALL(Tensor(Shape{-1, 3})), "Shape: an extent must be 0 or more, got -1 on axis 0."},
      {CALL(Tensor(Shape{Index(1) << 59})),
       fmt::format("Buffer: the system must have room for {} numbers ({} bytes), got none. Make "
                   "the batch, the length or the model smaller.",
                   Index(1) << 59, (Index(1) << 59) * Index(sizeof(real)))},
      {CALL(Tensor::uninitialized({Index(1) << 30, Index(1) << 29})),
       fmt::format("Buffer: the system must have room for {} numbers ({} bytes), got none. Make "
                   "the batch, the length or the model smaller.",
                   Index(1) << 59, (Index(1) << 59) * Index(sizeof(real)))},
      {CALL(broadcast_to(number, {Index(1) << 59})),
       fmt::format("Buffer: the system must have room for {} numbers ({} bytes), got none. Make "
                   "the batch, the length or the model smaller.",
                   Index(1) << 59, (Index(1) << 59) * Index(sizeof(real)))},
      {CALL(Buffer{most_numbers}),
       fmt::format("Buffer: the system must have room for {} numbers ({} bytes), got none. Make "
                   "the batch, the length or the model smaller.",
                   most_numbers, most_numbers * Index(sizeof(real)))},
      {CALL(matrix(0)), "Tensor: one index per axis, got 1 for the shape (2, 3).", "Tensor"},
      {CALL(matrix(0, 1, 2)), "Tensor: one index per axis, got 3 for the shape (2, 3).", "Tensor"},
      {CALL(matrix(2, 0)),
       "Tensor: the index on axis 0 must be 0 or more and below 2, got 2 for the shape (2, 3).",
       "Tensor"},
      {CALL(matrix(0, -1)),
       "Tensor: the index on axis 1 must be 0 or more and below 3, got -1 for the shape (2, 3).",
       "Tensor"},
      {CALL(matrix(huge, huge)),
       "Tensor: the index on axis 0 must be 0 or more and below 2, got 9223372036854775807 for the "
       "shape (2, 3).",
       "Tensor"},
      {CALL(matrix.at({1, 3}) = 1),
       "Tensor: the index on axis 1 must be 0 or more and below 3, got 3 for the shape (2, 3).",
       "Tensor"},
      {CALL(matrix.at({1}) = 1), "Tensor: one index per axis, got 1 for the shape (2, 3).",
       "Tensor"},
      {CALL(number(0)), "Tensor: one index per axis, got 1 for the shape ().", "Tensor"},
      {CALL(matrix.item()), "item: the tensor must hold one number, got the shape (2, 3)."},
      {CALL(none.item()), "item: the tensor must hold one number, got the shape (0)."},
      {CALL(matrix.reshaped({7})),
       "reshape: the new shape must hold as many numbers, got (7) for 6 of (2, 3)."},
      {CALL(matrix.reshaped({4, -1})),
       "reshape: 6 numbers must divide into groups of 4, got 2 over."},
      {CALL(matrix.reshaped({-1, -1})), "Shape: an extent must be 0 or more, got -1 on axis 1."},
      {CALL(matrix.reshaped({0, -1})),
       "reshape: 6 numbers must divide into groups of 0, got 0 over."},
      {CALL(matrix.reshaped({2, -3})), "Shape: an extent must be 0 or more, got -3 on axis 1."},
      {CALL(matrix.reshaped(Shape{3, 3})),
       "reshape: the new shape must hold as many numbers, got (3, 3) for 6 of (2, 3)."},
      {CALL(Indices({2}, {1, 2, 3})), "Indices: the shape (2) holds 2 numbers, got 3."},
      {CALL(Indices({3}, std::vector<Index>{})), "Indices: the shape (3) holds 3 numbers, got 0."},
      {CALL(Indices(Shape{-2})), "Shape: an extent must be 0 or more, got -2 on axis 0."},
      {CALL(Indices::range(-1)), "Shape: an extent must be 0 or more, got -1 on axis 0."},
      {CALL(set_threads(0)), "set_threads: at least 1 thread, got 0."},
      {CALL(set_threads(INT_MIN)), "set_threads: at least 1 thread, got -2147483648."},
  };
  expect_refused(calls, bits_of(matrix, number, none, ids));
}

TEST(WrongCalls, OfRandomNumbers) {
  Rng rng(1);
  const std::vector<WrongCall> calls = {
      {CALL(rng.below(0)), "Rng::below: the bound must be at least 1, got 0."},
      {CALL(rng.below(-huge)),
       "Rng::below: the bound must be at least 1, got -9223372036854775807."},
      {CALL(rng.permutation(-1)), "Shape: an extent must be 0 or more, got -1 on axis 0."},
      {CALL(normal({2}, nan, rng)), "normal: the stddev must be finite and 0 or more, got nan."},
      {CALL(normal({2}, -1, rng)), "normal: the stddev must be finite and 0 or more, got -1."},
      {CALL(normal({2}, infinity, rng)),
       "normal: the stddev must be finite and 0 or more, got inf."},
      {CALL(normal(Shape{-2}, 1, rng)), "Shape: an extent must be 0 or more, got -2 on axis 0."},
      {CALL(uniform({2}, 1, 0, rng)),
       "uniform: low and high must be finite, as must high - low, and low not above high, got 1 "
       "and 0."},
      {CALL(uniform({2}, nan, 1, rng)),
       "uniform: low and high must be finite, as must high - low, and low not above high, got nan "
       "and 1."},
      {CALL(uniform({2}, 0, infinity, rng)),
       "uniform: low and high must be finite, as must high - low, and low not above high, got 0 "
       "and inf."},
  };
  expect_refused(calls, bits_of(rng));
}

TEST(WrongCalls, OfTensorMath) {
  Tensor matrix = random_tensor({2, 3}, 1), square = random_tensor({4, 4}, 2),
         row = random_tensor({3}, 3), four = random_tensor({4}, 4), number = random_tensor({}, 5),
         none, no_columns{Shape{2, 0}}, batch = random_tensor({2, 3, 4}, 6),
         batches = random_tensor({5, 4, 3}, 7), deep = random_tensor({1, 1, 1, 1, 1, 1}, 8);
  Indices ids({2}, {1, 0});
  const AdamStep step = {};
  const std::vector<WrongCall> calls = {
      {CALL(matrix + four),
       "add: shapes must agree or be 1 on every axis, got (2, 3) and (4): 3 is not 4."},
      {CALL(matrix - square),
       "subtract: shapes must agree or be 1 on every axis, got (2, 3) and (4, 4): 3 is not 4."},
      {CALL(matrix * none),
       "multiply: shapes must agree or be 1 on every axis, got (2, 3) and (0): 3 is not 0."},
      {CALL(batch / batches),
       "divide: shapes must agree or be 1 on every axis, got (2, 3, 4) and (5, 4, 3): 4 is not 3."},
      {CALL(relu_backward(row, four)),
       "relu_backward: the gradient must have the input's shape, got (3) and (4)."},
      {CALL(gelu_tanh_backward(matrix, row)),
       "gelu_tanh_backward: the gradient must have the input's shape, got (2, 3) and (3)."},
      {CALL(add_in_place(matrix, row)),
       "add_in_place: both shapes must be the same, got (2, 3) and (3)."},
      {CALL(add_in_place(number, none)),
       "add_in_place: both shapes must be the same, got () and (0)."},
      {CALL(adam_update(matrix, row, matrix, matrix, step)),
       "adam_update: all shapes must be the parameter's (2, 3), got (3)."},
      {CALL(adam_update(matrix, matrix, none, matrix, step)),
       "adam_update: all shapes must be the parameter's (2, 3), got (0)."},
      {CALL(adam_update(row, row, row, four, step)),
       "adam_update: all shapes must be the parameter's (3), got (4)."},
      {CALL(sum(matrix, 2)), "sum: axis must be from -2 to 1, got 2 for the shape (2, 3)."},
      {CALL(sum(number, 0)),
       "sum: a shape with an axis, got axis 0 for the shape () of a single number."},
      {CALL(mean(none)), "mean: at least one number, got the shape (0)."},
      {CALL(mean(no_columns, 1)), "mean: at least one entry along the axis, got the shape (2, 0)."},
      {CALL(mean(matrix, -3)), "mean: axis must be from -2 to 1, got -3 for the shape (2, 3)."},
      {CALL(max(no_columns, -1)), "max: at least one entry along the axis, got the shape (2, 0)."},
      {CALL(max(matrix, 7, Keep::yes)),
       "max: axis must be from -2 to 1, got 7 for the shape (2, 3)."},
      {CALL(gelu_backward(matrix, row)),
       "gelu_backward: the gradient must have the input's shape, got (2, 3) and (3)."},
      {CALL(clamp(matrix, 2, 1)), "clamp: low must not be above high, got 2 and 1."},
      {CALL(clamp(matrix, nan, 1)), "clamp: low must not be above high, got nan and 1."},
      {CALL(where(matrix, row, four)),
       "where: shapes must agree or be 1 on every axis, got (3) and (4): 3 is not 4."},
      {CALL(cumsum(matrix, 2)), "cumsum: axis must be from -2 to 1, got 2 for the shape (2, 3)."},
      {CALL(is_max(matrix, 2)), "is_max: axis must be from -2 to 1, got 2 for the shape (2, 3)."},
      {CALL(unsqueeze(matrix, 3)),
       "unsqueeze: axis must be from -3 to 2, got 3 for the shape (2, 3)."},
      {CALL(squeeze(matrix, 1)),
       "squeeze: the extent of axis 1 must be 1, got 3 in the shape (2, 3)."},
      {CALL(stack(std::vector<Tensor>{row, four})),
       "stack: all shapes must be the same, got (3) and (4)."},
      {CALL(stack(std::vector<Tensor>{})), "stack: at least one part, got none."},
      {CALL(argmax(number)), "argmax: rows of at least one number, got the shape ()."},
      {CALL(argmax(no_columns)), "argmax: rows of at least one number, got the shape (2, 0)."},
      {CALL(broadcast_to(matrix, {3})),
       "broadcast_to: (2, 3) must broadcast to (3), got an axis that would shrink."},
      {CALL(broadcast_to(four, {2, 3})),
       "broadcast_to: shapes must agree or be 1 on every axis, got (4) and (2, 3): 4 is not 3."},
      {CALL(sum_to(matrix, {2})),
       "sum_to: shapes must agree or be 1 on every axis, got (2) and (2, 3): 2 is not 3."},
      {CALL(sum_to(row, {2, 3})), "sum_to: (2, 3) must broadcast to the shape of x, got (3)."},
      {CALL(softmax(number)), "softmax: rows of numbers, got the shape () of a single number."},
      {CALL(softmax_backward(matrix, row)),
       "softmax_backward: both shapes must be the same, got (2, 3) and (3)."},
      {CALL(softmax_backward(number, number)),
       "softmax_backward: rows of numbers, got the shape () of a single number."},
      {CALL(layer_norm(matrix, four, row, 1)),
       "layer_norm: weight and bias have one number per column, got (4) for (2, 3)."},
      {CALL(layer_norm(matrix, row, four, 1)),
       "layer_norm: weight and bias have one number per column, got (4) for (2, 3)."},
      {CALL(layer_norm(Tensor({2, 0}), Tensor({0}), Tensor({0}), 1)),
       "layer_norm: a row needs a number to have a mean, got the shape (2, 0)."},
      {CALL(layer_norm(number, row, row, 1)),
       "layer_norm: rows of numbers, got the shape () of a single number."},
      {CALL(layer_norm(matrix, row, row, nan)),
       "layer_norm: epsilon must be finite and 0 or more, got nan."},
      {CALL(layer_norm(matrix, row, row, -1)),
       "layer_norm: epsilon must be finite and 0 or more, got -1."},
      {CALL(layer_norm_backward(matrix, matrix, row, four)),
       "layer_norm_backward: two mean_rstd per row, got (4) for (2, 3)."},
      {CALL(layer_norm_backward(row, matrix, row, matrix)),
       "layer_norm_backward: both shapes must be the same, got (3) and (2, 3)."},
      {CALL(layer_norm_weight_backward(row, matrix, four)),
       "layer_norm_weight_backward: both shapes must be the same, got (3) and (2, 3)."},
      {CALL(layer_norm_weight_backward(matrix, matrix, matrix)),
       "layer_norm_weight_backward: two mean_rstd per row, got (2, 3) for (2, 3)."},
      {CALL(cross_entropy(number, ids)),
       "cross_entropy: rows of numbers, got the shape () of a single number."},
      {CALL(cross_entropy(matrix, Indices({3}))),
       "cross_entropy: one target per row of logits, got targets (3) for logits (2, 3)."},
      {CALL(cross_entropy(matrix, Indices({2}, {0, 3}))),
       "cross_entropy: targets must be 0 or more and below 3, or -1 (ignored), got 3 at place 1 of "
       "(2)."},
      {CALL(cross_entropy(matrix, Indices({2}, {-2, 0}))),
       "cross_entropy: targets must be 0 or more and below 3, or -1 (ignored), got -2 at place 0 "
       "of (2)."},
      {CALL(cross_entropy(matrix, Indices({2}, ignored))),
       "cross_entropy: at least one target that counts, got none among (2)."},
      {CALL(cross_entropy_backward(row, matrix, ids)),
       "item: the tensor must hold one number, got the shape (3).", "item"},
      {CALL(cross_entropy_backward(number, square, ids)),
       "cross_entropy: one target per row of logits, got targets (2) for logits (4, 4)."},
      {CALL(embedding(row, ids)), "embedding: the table has shape (rows, width), got (3).",
       "embedding"},
      {CALL(embedding(matrix, Indices({2}, {0, 2}))),
       "embedding: ids must be 0 or more and below 2, got 2 at place 1 of (2).", "embedding"},
      {CALL(embedding(matrix, Indices({2}, -1))),
       "embedding: ids must be 0 or more and below 2, got -1 at place 0 of (2).", "embedding"},
      {CALL(embedding(matrix, Indices({1, 1, 1, 1, 1, 1}))),
       "embedding: ids of at most 5 axes, got (1, 1, 1, 1, 1, 1).", "embedding"},
      {CALL(scatter_add_rows(number, ids, 2)),
       "scatter_add_rows: rows of numbers, got the shape () of a single number."},
      {CALL(scatter_add_rows(row, ids, 2)),
       "scatter_add_rows: one row per id, got rows (3) for ids (2)."},
      {CALL(scatter_add_rows(matrix, ids, 1)),
       "scatter_add_rows: ids must be 0 or more and below 1, got 1 at place 0 of (2)."},
      {CALL(scatter_add_rows(matrix, ids, -1)),
       "scatter_add_rows: ids must be 0 or more and below -1, got 1 at place 0 of (2)."},
      {CALL(matmul(matrix, row)), "matmul: matrices have two axes or more, got (2, 3) x (3)."},
      {CALL(matmul(matrix, square)),
       "matmul: the inner extents must agree, got (2, 3) x (4, 4): 3 is not 4."},
      {CALL(matmul(matrix, matrix)),
       "matmul: the inner extents must agree, got (2, 3) x (2, 3): 3 is not 2."},
      {CALL(matmul(matrix, square, Transpose::both)),
       "matmul: the inner extents must agree, got (2, 3) x (4, 4): 2 is not 4."},
      {CALL(matmul(batch, batches)),
       "matmul: the leading extents must agree, or one operand is a single matrix, got (2, 3, 4) x "
       "(5, 4, 3)."},
      {CALL(linear(matrix, square, four)),
       "linear: x (.., k) and weight (m, k) must agree in k, got (2, 3) and (4, 4)."},
      {CALL(linear(matrix, matrix, four)), "linear: the bias must have shape (2), got (4)."},
      {CALL(linear(number, matrix, four)),
       "linear: x (.., k) and weight (m, k) must agree in k, got () and (2, 3)."},
      {CALL(permute(matrix, {0})), "permute: one entry per axis, got 1 for the shape (2, 3)."},
      {CALL(permute(matrix, {0, 0})), "permute: every axis once, got axis 0 twice."},
      {CALL(permute(matrix, {1, -1})), "permute: every axis once, got axis 1 twice."},
      {CALL(permute(matrix, {0, 2})),
       "permute: axis must be from -2 to 1, got 2 for the shape (2, 3)."},
      {CALL(slice(matrix, 2, 0, 1)),
       "slice: axis must be from -2 to 1, got 2 for the shape (2, 3)."},
      {CALL(slice(matrix, 1, 0, 4)),
       "slice: 0 <= first <= last <= 3 along axis 1, got first 0 and last 4."},
      {CALL(slice(matrix, 1, 2, 1)),
       "slice: 0 <= first <= last <= 3 along axis 1, got first 2 and last 1."},
      {CALL(slice(matrix, 0, -1, 1)),
       "slice: 0 <= first <= last <= 2 along axis 0, got first -1 and last 1."},
      {CALL(slice(matrix, 0, -huge, huge)),
       "slice: 0 <= first <= last <= 2 along axis 0, got first -9223372036854775807 and last "
       "9223372036854775807."},
      {CALL(pad(matrix, 0, -1, 0)),
       "pad: counts must be from 0 to 2305843009213693951, got -1 before and 0 after."},
      {CALL(pad(matrix, 0, 0, huge)),
       "pad: counts must be from 0 to 2305843009213693951, got 0 before and 9223372036854775807 "
       "after."},
      {CALL(pad(matrix, 5, 0, 0)), "pad: axis must be from -2 to 1, got 5 for the shape (2, 3)."},
      {CALL(concatenate({}, 0)), "concatenate: at least one part, got none."},
      {CALL(concatenate({matrix, row}, 0)),
       "concatenate: all extents but that of axis 0 must agree, got (2, 3) and (3)."},
      {CALL(concatenate({matrix, square}, 1)),
       "concatenate: all extents but that of axis 1 must agree, got (2, 3) and (4, 4)."},
      {CALL(concatenate({matrix, matrix}, 2)),
       "concatenate: axis must be from -2 to 1, got 2 for the shape (2, 3)."},
      {CALL(concatenate({number, number}, 0)),
       "concatenate: a shape with an axis, got axis 0 for the shape () of a single number."},
  };
  expect_refused(calls, bits_of(matrix, square, row, four, number, none, no_columns, batch, batches,
                                deep, ids));
}

TEST(WrongCalls, OfAttentionOnTensors) {
  Tensor packed = random_tensor({2, 3, 12}, 1), matrix = random_tensor({2, 3}, 2),
         y = random_tensor({2, 3, 4}, 3);
  const AttentionResult forward = attention(packed, 2, {});
  const Indices short_keys({2, 2}, 1), hidden({2, 3}, {1, 1, 1, 0, 0, 0}),
      late({2, 3}, {1, 1, 1, 0, 1, 1});
  const std::vector<WrongCall> calls = {
      {CALL(attention(matrix, 1, {})),
       "attention: qkv has shape (batch, length, 3 dim) with dim a multiple of the 1 heads, got "
       "(2, 3)."},
      {CALL(attention(packed, 0, {})),
       "attention: qkv has shape (batch, length, 3 dim) with dim a multiple of the 0 heads, got "
       "(2, 3, 12)."},
      {CALL(attention(packed, -2, {})),
       "attention: qkv has shape (batch, length, 3 dim) with dim a multiple of the -2 heads, got "
       "(2, 3, 12)."},
      {CALL(attention(packed, 3, {})),
       "attention: qkv has shape (batch, length, 3 dim) with dim a multiple of the 3 heads, got "
       "(2, 3, 12)."},
      {CALL(attention(packed, huge, {})),
       "attention: qkv has shape (batch, length, 3 dim) with dim a multiple of the "
       "9223372036854775807 heads, got (2, 3, 12)."},
      {CALL(attention(y, 1, {})),
       "attention: qkv has shape (batch, length, 3 dim) with dim a multiple of the 1 heads, got "
       "(2, 3, 4)."},
      {CALL(attention(packed, 2, {.keys = short_keys})),
       "attention: the key mask has shape (2, 3), got (2, 2)."},
      {CALL(attention(packed, 2, {.keys = hidden})),
       "attention: every token must see a key, got a mask that hides all keys from a token of item "
       "1. Pad at the end of the sequence."},
      {CALL(attention(packed, 2, {.causal = true, .keys = late})),
       "attention: every token must see a key, got a mask that hides all keys from a token of item "
       "1. Pad at the end of the sequence."},
      {CALL(attention_backward(packed, packed, forward, 2, {})),
       "attention_backward: the gradient must have shape (2, 3, 4), got (2, 3, 12)."},
      {CALL(attention_backward(y, packed, forward, 5, {})),
       "attention: qkv has shape (batch, length, 3 dim) with dim a multiple of the 5 heads, got "
       "(2, 3, 12)."},
      {CALL(attention_backward(y, packed, {}, 2, {})),
       "attention_backward: the forward's results must be those of qkv (2, 3, 12), got (0) and "
       "(0)."},
      {CALL(attention_backward(y, packed, forward, 1, {})),
       "attention_backward: the forward's results must be those of qkv (2, 3, 12), got (2, 3, 4) "
       "and (2, 2, 3, 2)."},
      {CALL(attention_backward(y, packed, forward, 2, {.keys = short_keys})),
       "attention: the key mask has shape (2, 3), got (2, 2)."},
      {CALL(attention_bias({.keys = short_keys}, 2, 3)),
       "attention: the key mask has shape (2, 3), got (2, 2)."},
      {CALL(attention_bias({.keys = hidden}, 2, 3)),
       "attention: every token must see a key, got a mask that hides all keys from a token of item "
       "1. Pad at the end of the sequence."},
  };
  expect_refused(calls, bits_of(packed, matrix, y, short_keys, hidden, late));
}

}  // namespace locus
