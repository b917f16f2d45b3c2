#include "nn/dropout.h"

#include "autograd/ops.h"
#include "tests/support.h"

namespace locus {

TEST(Dropout, ZeroesSomeAndScalesUpTheOthers) {
  Rng rng(1);
  Dropout dropout(real(0.75), rng);
  const Tensor y = dropout(Variable(Tensor({1000}, 3))).value();
  Index zeros = 0;
  for (const real number : y) {
    EXPECT_TRUE(number == 0 || number == 12) << number;  // 3 / (1 - 0.75)
    zeros += number == 0;
  }
  EXPECT_NEAR(double(zeros), 750, 60);  // 4.4 deviations of √(1000 0.75 0.25)
}

TEST(Dropout, KeepsTheExpectation) {
  Rng rng(2);
  Dropout dropout(real(0.3), rng);
  const Index count = 100000;
  // The deviation of the mean is √(0.3 / 0.7 / count) = 0.002.
  EXPECT_NEAR(double(mean(dropout(Variable(Tensor({count}, 1)))).item()), 1, 0.01);
}

TEST(Dropout, TheSameChoiceHoldsForTheGradient) {
  Rng rng(3);
  Dropout dropout(real(0.5), rng);
  const Variable x = Parameter(Tensor({50}, 1));
  const Variable y = dropout(x);
  sum(y).backward();
  EXPECT_TRUE(same_bits(x.grad(), y.value()));  // both are 0 or 2
}

TEST(Dropout, IsReproducibleFromTheRngItIsMadeWith) {
  const Variable x(Tensor({100}, 1));
  Rng a(7), b(7), c(8);
  Dropout first(real(0.5), a), second(real(0.5), b), other(real(0.5), c);
  const Tensor y = first(x).value();
  EXPECT_TRUE(same_bits(y, second(x).value()));
  EXPECT_FALSE(same_bits(y, other(x).value()));
  EXPECT_FALSE(same_bits(y, first(x).value()));  // every call draws anew
}

TEST(Dropout, GoesOnFromASavedState) {
  const Variable x(Tensor({100}, 1));
  Rng rng(7);
  Dropout dropout(real(0.5), rng);
  dropout(x);
  const Rng saved = dropout.rng;
  const Tensor y = dropout(x).value();
  dropout.rng = Rng(saved.seed(), saved.counter());
  EXPECT_TRUE(same_bits(dropout(x).value(), y));
}

TEST(Dropout, EachDrawsFromAnRngOfItsOwn) {
  Rng rng(7);
  Dropout first(real(0.5), rng), second(real(0.5), rng);
  const Variable x(Tensor({100}, 1));
  EXPECT_FALSE(same_bits(first(x).value(), second(x).value()));
}

TEST(Dropout, DoesNothingInEvaluationAndDrawsNothing) {
  Rng rng(1);
  Dropout dropout(real(0.5), rng);
  const Variable x(random_tensor({20}, 1));
  const std::uint64_t counter = dropout.rng.counter();
  dropout.eval();
  EXPECT_TRUE(same_bits(dropout(x).value(), x.value()));
  EXPECT_EQ(dropout.rng.counter(), counter);
}

TEST(Dropout, ARateOfZeroKeepsEverything) {
  Rng rng(1);
  Dropout dropout(0, rng);
  const Variable x(random_tensor({20}, 1));
  EXPECT_TRUE(same_bits(dropout(x).value(), x.value()));
}

TEST(Dropout, ARateOutsideTheRangeIsAnError) {
  Rng rng(1);
  EXPECT_EQ(message_of([&] { Dropout(1, rng); }), "Dropout: the rate must be in [0, 1), got 1.");
  EXPECT_EQ(message_of([&] { Dropout(real(-0.5), rng); }),
            "Dropout: the rate must be in [0, 1), got -0.5.");
  EXPECT_EQ(message_of([&] { Dropout(std::numeric_limits<real>::quiet_NaN(), rng); }),
            "Dropout: the rate must be in [0, 1), got nan.");
}

}  // namespace locus
