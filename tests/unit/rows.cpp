#include "tests/support.h"

namespace locus {

// exp(0), exp(ln 2), exp(ln 5) = 1, 2, 5, which sum to 8.
TEST(Softmax, ByHand) {
  const Tensor x({1, 3}, {0, real(0.6931471805599453), real(1.6094379124341003)});
  expect_close(softmax(x), Tensor({1, 3}, {0.125, 0.25, 0.625}), 4);
}

TEST(Softmax, LargeAndHiddenNumbers) {
  const real hidden = -std::numeric_limits<real>::infinity();
  expect_close(softmax(Tensor({2, 2}, {10'000, 10'000, 5, hidden})),
               Tensor({2, 2}, {0.5, 0.5, 1, 0}), 2);
}

// y = (0.25, 0.75), dy = (1, 3): sum dy y = 2.5, so dx = (0.25 * -1.5, 0.75 * 0.5).
TEST(Softmax, AdjointByHand) {
  const Tensor dx = softmax_backward(Tensor({1, 2}, {1, 3}), Tensor({1, 2}, {0.25, 0.75}));
  EXPECT_EQ(numbers(dx), (std::vector<real>{-0.375, 0.375}));
}

// Row (1, 3): mean 2, variance 1, so x̂ = (-1, 1) for epsilon 0; times (2, 3), plus (10, 20).
TEST(LayerNorm, ByHand) {
  const Tensor x({1, 2}, {1, 3}), weight({2}, {2, 3}), bias({2}, {10, 20});
  EXPECT_EQ(numbers(layer_norm(x, weight, bias, 0).output), (std::vector<real>{8, 23}));
  // dweight = dy x̂, summed over two equal rows.
  const Tensor two({2, 2}, {1, 3, 1, 3}), dy({2, 2}, {5, 7, 1, 1});
  EXPECT_EQ(numbers(layer_norm_weight_backward(dy, two, Tensor({2, 2}, {2, 1, 2, 1}))),
            (std::vector<real>{-6, 8}));
}

// With two columns x̂ is (-1, 1) whatever x is, so dx = 0. With three: x = (-1, 0, 1), variance 2/3,
// s = √1.5; h = dy = (1, 0, 0): mean h = 1/3, mean(h x̂) = -s/3, dx = s (2/3 - s²/3, -1/3, -1/3 + s²/3).
TEST(LayerNorm, AdjointByHand) {
  const Tensor one({2}, 1), x2({1, 2}, {1, 3}), dy2({1, 2}, {1, 0});
  EXPECT_EQ(numbers(layer_norm_backward(dy2, x2, one, Tensor({1, 2}, {2, 1}))),
            (std::vector<real>{0, 0}));
  const double s = std::sqrt(1.5);
  const Tensor x({1, 3}, {-1, 0, 1}), dy({1, 3}, {1, 0, 0}), weight({3}, 1);
  expect_close(layer_norm_backward(dy, x, weight, Tensor({1, 2}, {0, real(s)})),
               Tensor({1, 3}, {real(s * (2 / 3. - 0.5)), real(-s / 3), real(s * (0.5 - 1 / 3.))}),
               8);
}

// A row of equal numbers has variance 0: epsilon keeps it finite.
TEST(LayerNorm, EpsilonKeepsConstantRowsFinite) {
  EXPECT_EQ(
      numbers(layer_norm(Tensor({1, 2}, 3), Tensor({2}, 1), Tensor({2}, 7), real(1e-5)).output),
      (std::vector<real>{7, 7}));
}

// Rows with exp 1, 3 and 1, 1: -log(3/4) and -log(1/2); the third does not count.
TEST(CrossEntropy, IsTheMeanOverTheRowsThatCount) {
  const Tensor logits({3, 2}, {0, real(1.0986122886681098), 0, 0, 50, -50});
  const Indices targets({3}, {1, 0, ignored});
  EXPECT_NEAR(double(cross_entropy(logits, targets).item()),
              (0.2876820724517809 + 0.6931471805599453) / 2, 1e-6);
  // (softmax - onehot) * dy / 2 with dy = 4.
  expect_close(cross_entropy_backward(Tensor(Shape{}, 4), logits, targets),
               Tensor({3, 2}, {0.5, -0.5, -1, 1, 0, 0}), 4);
}

TEST(CrossEntropy, LargeLogitsStayFinite) {
  EXPECT_EQ(cross_entropy(Tensor({1, 2}, {10'000, 0}), Indices({1}, 1)).item(), 10'000);
}

TEST(GatherRows, TakesRowsAndScatterAddsThemBack) {
  const Tensor table({3, 2}, {1, 2, 3, 4, 5, 6});
  const Indices ids({2, 2}, {2, 0, 2, 2});
  const Tensor y = embedding(table, ids);
  EXPECT_EQ(y.shape(), (Shape{2, 2, 2}));
  EXPECT_EQ(numbers(y), (std::vector<real>{5, 6, 1, 2, 5, 6, 5, 6}));
  // Row 0 is met once, row 1 never, row 2 three times.
  EXPECT_EQ(numbers(scatter_add_rows(y, ids, 3)), (std::vector<real>{1, 2, 0, 0, 15, 18}));
  EXPECT_EQ(embedding(table, Indices(Shape{}, 1)).shape(), (Shape{2}));
  EXPECT_EQ(embedding(table, Indices()).shape(), (Shape{0, 2}));
}

TEST(Rows, SayWhatMustHold) {
  const Tensor number(Shape{}, 1), x({2, 3}), w({3}), w2({2});
  EXPECT_EQ(message_of([&] { softmax(number); }),
            "softmax: rows of numbers, got the shape () of a single number.");
  EXPECT_EQ(message_of([&] { softmax_backward(w, x); }),
            "softmax_backward: both shapes must be the same, got (3) and (2, 3).");
  EXPECT_EQ(message_of([&] { layer_norm(x, w2, w, 0); }),
            "layer_norm: weight and bias have one number per column, got (2) for (2, 3).");
  EXPECT_EQ(message_of([&] { layer_norm(x, w, w2, 0); }),
            "layer_norm: weight and bias have one number per column, got (2) for (2, 3).");
  EXPECT_EQ(message_of([&] { layer_norm(number, w, w, 0); }),
            "layer_norm: rows of numbers, got the shape () of a single number.");
  const Tensor mean_rstd({2, 2});
  EXPECT_EQ(message_of([&] { layer_norm_backward(w, x, w, mean_rstd); }),
            "layer_norm_backward: both shapes must be the same, got (3) and (2, 3).");
  EXPECT_EQ(message_of([&] { layer_norm_weight_backward(w, x, mean_rstd); }),
            "layer_norm_weight_backward: both shapes must be the same, got (3) and (2, 3).");
  EXPECT_EQ(message_of([&] { layer_norm_backward(x, x, w, w); }),
            "layer_norm_backward: two mean_rstd per row, got (3) for (2, 3).");
  EXPECT_EQ(message_of([&] { layer_norm_weight_backward(x, x, w); }),
            "layer_norm_weight_backward: two mean_rstd per row, got (3) for (2, 3).");
}

TEST(CrossEntropy, SaysWhatMustHold) {
  const Tensor logits({2, 3});
  EXPECT_EQ(message_of([&] { cross_entropy(logits, Indices({3})); }),
            "cross_entropy: one target per row of logits, got targets (3) for logits (2, 3).");
  EXPECT_EQ(message_of([&] {
              cross_entropy(logits, Indices({2}, {0, 3}));
            }),
            "cross_entropy: targets must be 0 or more and below 3, or -1 (ignored), got 3 at place "
            "1 of (2).");
  EXPECT_EQ(message_of([&] {
              cross_entropy(logits, Indices({2}, {-2, 0}));
            }),
            "cross_entropy: targets must be 0 or more and below 3, or -1 (ignored), got -2 at "
            "place 0 of (2).");
  EXPECT_EQ(message_of([&] { cross_entropy(logits, Indices({2}, ignored)); }),
            "cross_entropy: at least one target that counts, got none among (2).");
}

TEST(GatherRows, SaysWhatMustHold) {
  const Tensor table({512, 4});
  Indices ids({2, 8}, 5);
  ids[3] = 640;
  EXPECT_EQ(message_of([&] { embedding(table, ids); }),
            "embedding: ids must be 0 or more and below 512, got 640 at place 3 of (2, 8).");
  ids[3] = -1;
  EXPECT_EQ(message_of([&] { embedding(table, ids); }),
            "embedding: ids must be 0 or more and below 512, got -1 at place 3 of (2, 8).");
  EXPECT_EQ(message_of([&] { embedding(Tensor({4}), ids); }),
            "embedding: the table has shape (rows, width), got (4).");
  EXPECT_EQ(message_of([&] {
              embedding(table, Indices({1, 1, 1, 1, 1, 1}, 0));
            }),
            "embedding: ids of at most 5 axes, got (1, 1, 1, 1, 1, 1).");
  EXPECT_EQ(message_of([&] {
              scatter_add_rows(Tensor({3, 4}), Indices({2}), 5);
            }),
            "scatter_add_rows: one row per id, got rows (3, 4) for ids (2).");
  EXPECT_EQ(message_of([&] {
              scatter_add_rows(Tensor({1, 4}), Indices({1}, 5), 5);
            }),
            "scatter_add_rows: ids must be 0 or more and below 5, got 5 at place 0 of (1).");
}

}  // namespace locus
