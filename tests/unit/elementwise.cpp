// What tensor/math.h promises of functions that work number by number. Loops: see kernels.cpp.
#include "autograd/ops.h"
#include "tensor/kernels/kernels.h"
#include "tests/support.h"

namespace locus {

TEST(Elementwise, OperandsOfTheSameShape) {
  const Tensor a({3}, {1, 2, 3}), b({3}, {4, 8, 2});
  EXPECT_EQ(numbers(a + b), (std::vector<real>{5, 10, 5}));
  EXPECT_EQ(numbers(a - b), (std::vector<real>{-3, -6, 1}));
  EXPECT_EQ(numbers(a * b), (std::vector<real>{4, 16, 6}));
  EXPECT_EQ(numbers(a / b), (std::vector<real>{0.25, 0.25, 1.5}));
  EXPECT_EQ(numbers(a + 10), (std::vector<real>{11, 12, 13}));
  EXPECT_EQ(numbers(a * -2), (std::vector<real>{-2, -4, -6}));
  EXPECT_EQ(numbers(-a), (std::vector<real>{-1, -2, -3}));
}

// (2, 1) + (3): rows 1 and 10 meet columns 1, 2, 3.
TEST(Elementwise, OperandsBroadcast) {
  const Tensor column({2, 1}, {1, 10}), row({3}, {1, 2, 3});
  EXPECT_EQ(numbers(column + row), (std::vector<real>{2, 3, 4, 11, 12, 13}));
  EXPECT_EQ((column + row).shape(), (Shape{2, 3}));
  EXPECT_EQ(numbers(row - column), (std::vector<real>{0, 1, 2, -9, -8, -7}));
  EXPECT_EQ(numbers(Tensor(Shape{}, 5) * row), (std::vector<real>{5, 10, 15}));
  EXPECT_EQ((Tensor({2, 0}) + Tensor({2, 1})).shape(), (Shape{2, 0}));
}

// Every walk through two operands against indexing: extents 1, 2, 3 in all combinations of three axes.
TEST(Elementwise, EveryBroadcastMatchesIndexing) {
  int count = 0;
  for (int code = 0; code < 64; ++code) {
    Index x_extents[3], y_extents[3], extents[3] = {2, 3, 4};
    for (int axis = 0; axis < 3; ++axis) {
      x_extents[axis] = code >> axis & 1 ? 1 : extents[axis];
      y_extents[axis] = code >> (axis + 3) & 1 ? 1 : extents[axis];
    }
    const Tensor x = random_tensor(Shape(x_extents, x_extents + 3), 1);
    const Tensor y = random_tensor(Shape(y_extents, y_extents + 3), 2);
    const Tensor z = x - y;
    for (Index i = 0; i < z.shape()[0]; ++i) {
      for (Index j = 0; j < z.shape()[1]; ++j) {
        for (Index k = 0; k < z.shape()[2]; ++k, ++count) {
          const real left = x(i % x_extents[0], j % x_extents[1], k % x_extents[2]);
          const real right = y(i % y_extents[0], j % y_extents[1], k % y_extents[2]);
          ASSERT_EQ(z(i, j, k), left - right) << "code " << code;
        }
      }
    }
  }
  EXPECT_GT(count, 500);
}

TEST(Elementwise, KnownValues) {
  expect_close(exp(Tensor({3}, {0, 1, -1})),
               Tensor({3}, {1, real(2.718281828459045), real(0.36787944117144233)}), 2);
  expect_close(log(Tensor({3}, {1, real(2.718281828459045), 8})),
               Tensor({3}, {0, 1, real(2.0794415416798357)}), 2);
  EXPECT_EQ(numbers(sqrt(Tensor({3}, {0, 4, 9}))), (std::vector<real>{0, 2, 3}));
  expect_close(tanh(Tensor({3}, {0, real(0.5), -20})),
               Tensor({3}, {0, real(0.46211715726000973), -1}), 2);
  EXPECT_EQ(numbers(relu(Tensor({3}, {-2, 0, 3}))), (std::vector<real>{0, 0, 3}));
  EXPECT_EQ(numbers(relu_backward(Tensor({3}, 5), Tensor({3}, {-2, 0, 3}))),
            (std::vector<real>{0, 0, 5}));
}

// gelu_tanh(1) = (1 + tanh(0.7978845608 * 1.044715)) / 2 = (1 + tanh 0.8335620) / 2 = 0.8411920;
// gelu_tanh'(0) = 1/2; far out it is x or 0, and its slope 1 or 0.
TEST(Elementwise, Gelu) {
  expect_close(gelu_tanh(Tensor({4}, {0, 1, 30, -30})),
               Tensor({4}, {0, real(0.8411919906082768), 30, 0}), 2);
  expect_close(gelu_tanh_backward(Tensor({3}, 2), Tensor({3}, {0, 30, -30})),
               Tensor({3}, {1, 2, 0}), 2);
}

TEST(AddInPlace, LeavesCopiesOfTheSumAlone) {
  Tensor total({2}, {1, 2});
  const Tensor before = total;
  add_in_place(total, Tensor({2}, {10, 20}));
  EXPECT_EQ(numbers(total), (std::vector<real>{11, 22}));
  EXPECT_EQ(numbers(before), (std::vector<real>{1, 2}));
  add_in_place(total, total);
  EXPECT_EQ(numbers(total), (std::vector<real>{22, 44}));
}

TEST(AllFinite, SeesInfinityAndNan) {
  EXPECT_TRUE(all_finite(Tensor({2}, {1, std::numeric_limits<real>::max()})));
  EXPECT_FALSE(all_finite(Tensor({2}, {1, infinity})));
  EXPECT_FALSE(all_finite(Tensor({2}, {std::numeric_limits<real>::quiet_NaN(), 0})));
  EXPECT_TRUE(all_finite(Tensor()));
}

// Not times 1 / b, which is rounded, and may be infinite where the quotient is not.
TEST(Elementwise, DivisionByANumberIsRoundedOnce) {
  const real tiny = std::numeric_limits<real>::denorm_min();
  EXPECT_EQ(numbers(Tensor({2}, {0, tiny}) / tiny), (std::vector<real>{0, 1}));
  for (int b = 1; b < 200; ++b) {
    EXPECT_EQ((Tensor(Shape{}, real(b)) / real(b)).item(), 1) << b;
    EXPECT_EQ((Variable(Tensor(Shape{}, real(b))) / real(b)).item(), 1) << b;
  }
}

TEST(BroadcastTo, RepeatsNumbers) {
  EXPECT_EQ(numbers(broadcast_to(Tensor({2, 1}, {1, 2}), {2, 3})),
            (std::vector<real>{1, 1, 1, 2, 2, 2}));
  EXPECT_EQ(numbers(broadcast_to(Tensor({2}, {1, 2}), {2, 2})), (std::vector<real>{1, 2, 1, 2}));
}

// First step of Adam with rate 0.1, betas 0.5, from averages of 0: m = 0.5 g, v = 0.5 g², and with the
// corrections 1 / (1 - 0.5) = 2 both are g and g²; x loses 0.1 g / |g| = 0.1, after it shrank by 0.1 * 0.5.
TEST(AdamUpdate, FirstStepByHand) {
  Tensor x({2}, {1, 2}), average({2}), square({2});
  adam_update(x, average, square, Tensor({2}, {4, -8}),
              {.learning_rate = real(0.1),
               .beta1 = real(0.5),
               .beta2 = real(0.5),
               .epsilon = 0,
               .correction1 = 2,
               .correction2 = 2,
               .weight_decay = real(0.5)});
  expect_close(x, Tensor({2}, {real(0.85), real(2.0)}), 4);  // 1 * 0.95 - 0.1,  2 * 0.95 + 0.1
  EXPECT_EQ(numbers(average), (std::vector<real>{2, -4}));
  EXPECT_EQ(numbers(square), (std::vector<real>{8, 32}));
}

TEST(Elementwise, SaysWhatMustHold) {
  const Tensor a({2, 3}), b({2, 4});
  const std::string rest =
      ": shapes must agree or be 1 on every axis, got (2, 3) and (2, 4): 3 is not 4.";
  EXPECT_EQ(message_of([&] { a + b; }), "add" + rest);
  EXPECT_EQ(message_of([&] { a - b; }), "subtract" + rest);
  EXPECT_EQ(message_of([&] { a* b; }), "multiply" + rest);
  EXPECT_EQ(message_of([&] { a / b; }), "divide" + rest);
  EXPECT_EQ(message_of([&] { relu_backward(a, b); }),
            "relu_backward: the gradient must have the input's shape, got (2, 3) and (2, 4).");
  EXPECT_EQ(message_of([&] { gelu_tanh_backward(a, b); }),
            "gelu_tanh_backward: the gradient must have the input's shape, got (2, 3) and (2, 4).");
  Tensor sum = a;
  EXPECT_EQ(message_of([&] { add_in_place(sum, b); }),
            "add_in_place: both shapes must be the same, got (2, 3) and (2, 4).");
  EXPECT_EQ(message_of([&] { broadcast_to(Tensor({3}), {1}); }),
            "broadcast_to: (3) must broadcast to (1), got an axis that would shrink.");
  EXPECT_EQ(message_of([&] { adam_update(sum, sum, sum, b, {}); }),
            "adam_update: all shapes must be the parameter's (2, 3), got (2, 4).");
}

// gelu(1) = (1 + erf(0.7071067812)) / 2 = 0.8413447461; gelu(-6) = -6 Φ(-6) = -6 · 9.865876450e-10.
TEST(Elementwise, ExactGeluKeepsTheDigitsOfItsTail) {
  expect_close(gelu(Tensor({4}, {0, 1, 30, -30})),
               Tensor({4}, {0, real(0.8413447460685429), 30, 0}), 2);
  EXPECT_NEAR(double(gelu(Tensor({1}, {-6}))(0)) / -5.91952586984e-9, 1,
              8 * epsilon_of_real + 1e-10);
  expect_close(gelu_backward(Tensor({3}, 2), Tensor({3}, {0, 30, -30})), Tensor({3}, {1, 2, 0}), 2);
}

TEST(Elementwise, SinCosAbsPowClampAndWhere) {
  const Tensor x({3}, {-2, 0, 2});
  const real s = real(0.9092974268256817), c = real(-0.4161468365471424);
  expect_close(sin(x), Tensor({3}, {-s, 0, s}), 1);
  expect_close(cos(x), Tensor({3}, {c, 1, c}), 1);
  EXPECT_EQ(numbers(abs(x)), (std::vector<real>{2, 0, 2}));
  EXPECT_EQ(numbers(pow(x, 3)), (std::vector<real>{-8, 0, 8}));
  EXPECT_EQ(numbers(clamp(x, -1, 1.5)), (std::vector<real>{-1, 0, 1.5}));
  EXPECT_TRUE(
      std::isnan(clamp(Tensor(Shape{}, std::numeric_limits<real>::quiet_NaN()), -1, 1).item()));
  EXPECT_EQ(numbers(where(x, Tensor({2, 1}, {7, 8}), Tensor(Shape{}, 1))),
            (std::vector<real>{7, 1, 7, 8, 1, 8}));
}

}  // namespace locus
