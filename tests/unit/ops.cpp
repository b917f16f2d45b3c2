// Values and edges of the ops that tensor/math.h lacks or that take an axis; gradients are in
// tests/gradients.
#include "autograd/ops.h"
#include "tests/support.h"

namespace locus {

static std::vector<real> slopes(const Variable& y, const Variable& x) {
  return numbers(gradients(sum(y), {x})[0].value());
}
static Variable parameter(std::initializer_list<real> values) {
  return Parameter(Tensor({Index(values.size())}, values));
}

// sigmoid(ln 3) = 1 / (1 + 1/3) = 3/4; silu(ln 3) = 3/4 ln 3.
TEST(Ops, SigmoidAndSiluDoNotOverflow) {
  const real ln3 = real(1.0986122886681098);
  const Variable x(Tensor({6}, {0, ln3, -ln3, real(1e30), real(-1e30), -infinity}));
  expect_close(sigmoid(x).value(), Tensor({6}, {0.5, 0.75, 0.25, 1, 0, 0}), 2);
  const Variable finite(Tensor({4}, {0, ln3, real(1e30), real(-1e30)}));
  expect_close(silu(finite).value(), Tensor({4}, {0, real(0.75) * ln3, real(1e30), 0}), 2);
  const Variable far = parameter({real(1e30), real(-1e30)});
  EXPECT_EQ(slopes(sigmoid(far), far), (std::vector<real>{0, 0}));
  EXPECT_TRUE(std::isnan(sigmoid(parameter({std::numeric_limits<real>::quiet_NaN()})).value()(0)));
}

TEST(Ops, PowAtZeroOneAndTwo) {
  const Variable x = parameter({-3, 0, 2});
  EXPECT_EQ(numbers(pow(x, 2).value()), (std::vector<real>{9, 0, 4}));
  EXPECT_EQ(slopes(pow(x, 2), x), (std::vector<real>{-6, 0, 4}));
  EXPECT_EQ(slopes(pow(x, 1), x), (std::vector<real>{1, 1, 1}));
  EXPECT_EQ(numbers(pow(x, 0).value()), (std::vector<real>{1, 1, 1}));
  EXPECT_EQ(slopes(pow(x, 0), x), (std::vector<real>{0, 0, 0}));
  EXPECT_TRUE(std::isnan(pow(x, 0.5).value()(0)));
  EXPECT_EQ(slopes(pow(x, 0.5), x)[1], infinity);
}

TEST(Ops, KinksOfAbsClampAndMax) {
  const Variable x = parameter({-2, 0, 2, 3});
  EXPECT_EQ(slopes(abs(x), x), (std::vector<real>{-1, 0, 1, 1}));
  EXPECT_EQ(slopes(clamp(x, -2, 2), x), (std::vector<real>{1, 1, 1, 0}));
  const Variable ties = parameter({1, 5, 5, 2});
  EXPECT_EQ(max(ties, 0).value().item(), 5);
  EXPECT_EQ(slopes(max(ties, 0), ties), (std::vector<real>{0, 1, 0, 0}));
  const Variable hidden = parameter({-infinity, 4});
  EXPECT_EQ(max(hidden, 0).value().item(), 4);
}

// log(1 + 1 + 2) around any shift: log 4 = 1.3862943611.
TEST(Ops, LogsumexpAndLogSoftmaxAreStable) {
  const real ln2 = real(0.6931471805599453);
  for (const real shift : {real(0), real(1e4), real(-1e4)}) {
    const Variable x = parameter({shift, shift, shift + ln2, -infinity});
    expect_close(logsumexp(x, 0).value(), Tensor(Shape{}, shift + 2 * ln2), 4);
    const std::vector<real> dx = slopes(logsumexp(x, 0), x);
    expect_close(Tensor({4}, dx), Tensor({4}, {0.25, 0.25, 0.5, 0}), shift == 0 ? 8 : 1e4);
    const Tensor y = log_softmax(x).value();
    EXPECT_EQ(y(3), -infinity);
    expect_close(slice(y, 0, 0, 3), Tensor({3}, {-2 * ln2, -2 * ln2, -ln2}), shift == 0 ? 8 : 1e4);
  }
  EXPECT_EQ(logsumexp(parameter({-infinity, -infinity}), 0).value().item(), -infinity);
  EXPECT_EQ(logsumexp(parameter({infinity, 0}), 0).value().item(), infinity);
}

TEST(Ops, WhereDoesNotLeakWhatIsNotChosen) {
  const Variable a = parameter({1, 2}), b = parameter({infinity, -infinity});
  const Variable y = where(Tensor({2}, {1, 1}), a, b);
  EXPECT_EQ(numbers(y.value()), (std::vector<real>{1, 2}));
  EXPECT_EQ(slopes(y * y, b), (std::vector<real>{0, 0}));
}

}  // namespace locus
