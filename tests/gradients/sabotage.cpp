// A checker nobody has seen fail is not a checker: wrong rules must be caught, and the report must say
// where. And the slope test: the error of nudging shrinks as its formula says.
#include <fmt/ranges.h>

#include "autograd/gradient_check.h"
#include "autograd/ops.h"
#include "autograd/record.h"
#include "tests/support.h"

namespace locus {

using Variables = const std::vector<Variable>&;

// Expects that the check fails for this input, and that the message holds name, place and both values.
static GradientReport expect_caught(const std::string& name, const Function& f,
                                    const std::vector<Tensor>& inputs, int input) {
  const GradientReport report = gradient_check(name, f, inputs);
  EXPECT_FALSE(report.ok) << report.text();
  EXPECT_GT(report.worst, 1e-3);
  EXPECT_EQ(report.input, input);
  const auto start = fmt::format(
      "gradient_check: {}, input {}, element {{{}}}: autograd says {:.10g}, finite differences say {:.10g} (",
      name, input, fmt::join(report.index, ", "), report.autograd, report.finite_difference);
  EXPECT_EQ(report.text().substr(0, start.size()), start);
  return report;
}

TEST(Sabotage, ASignIsCaught) {
  const auto report = expect_caught(
      "wrong_exp",
      [](Variables x) {
        return record("wrong_exp", exp(x[0].value()),
                      {
                          {x[0], [](const Variable& dy, const Variable& y) { return -(dy * y); }},
                      });
      },
      {random_tensor({2, 3}, 1)}, 0);
  EXPECT_NEAR(report.autograd, -report.finite_difference, 1e-7);
}

TEST(Sabotage, AMissingFactorIsCaught) {
  const auto report = expect_caught(
      "wrong_sqrt",
      [](Variables x) {
        return record("wrong_sqrt", sqrt(x[0].value()),
                      {
                          {x[0], [](const Variable& dy,
                                    const Variable& y) { return dy / y; }},  // not dy / (2 y)
                      });
      },
      {Tensor({3}, {1, 4, 9})}, 0);
  EXPECT_NEAR(report.autograd, 2 * report.finite_difference, 1e-6);
}

TEST(Sabotage, ATransposedMatrixIsCaught) {
  expect_caught(
      "wrong_matmul",
      [](Variables x) {
        return record(
            "wrong_matmul", matmul(x[0].value(), x[1].value()),
            {
                {x[0], [b = x[1]](const Variable& dc,
                                  const Variable&) { return matmul(dc, b, Transpose::right); }},
                {x[1], [a = x[0]](const Variable& dc,
                                  const Variable&) { return matmul(a, dc); }},  // not Aᵀ dC
            });
      },
      {random_tensor({3, 3}, 1), random_tensor({3, 3}, 2)}, 1);
}

static Variable wrong_softmax(Variables x) {
  return record("wrong_softmax", softmax(x[0].value()),
                {
                    {x[0], [](const Variable& dy,
                              const Variable& y) { return y * (dy - mean(dy, -1, Keep::yes)); }},
                });
}

TEST(Sabotage, TheMeanInPlaceOfTheWeightedMeanIsCaught) {
  expect_caught("wrong_softmax", wrong_softmax, {random_tensor({2, 4}, 1)}, 0);
}

// Why the check projects on random weights: dy is 1 everywhere for a plain sum, so y (dy - mean(dy)) is
// 0, and so is the true gradient of a sum that is always 1.
TEST(Sabotage, APlainSumWouldNotCatchIt) {
  const Variable x = Parameter(random_tensor({2, 4}, 1));
  const Tensor wrong = gradients(sum(wrong_softmax({x})), {x})[0].value();
  const Tensor right = gradients(sum(softmax(x)), {x})[0].value();
  expect_close(wrong, right, 4);
}

// The slope of x / |x| along x is 0: a projection onto x itself would let a rule of zeros pass.
TEST(Sabotage, AnInputDrawnFromTheSameSeedIsNoProjection) {
  const auto unit = [](Variables x) {
    const Tensor y = x[0].value() / sqrt(sum(x[0].value() * x[0].value(), -1, Keep::yes));
    return record("unit", y,
                  {{x[0], [](const Variable& dy, const Variable&) { return dy * real(0); }}});
  };
  Rng rng(1);
  expect_caught("unit", unit, {normal({4}, 1, rng)}, 0);
}

TEST(Sabotage, AMissingSumOfTheBiasIsCaught) {
  expect_caught(
      "wrong_linear",
      [](Variables x) {
        return record(
            "wrong_linear", linear(x[0].value(), x[1].value(), x[2].value()),
            {
                {x[0], [w = x[1]](const Variable& dy, const Variable&) { return matmul(dy, w); }},
                {x[1], [a = x[0]](const Variable& dy,
                                  const Variable&) { return matmul(dy, a, Transpose::left); }},
                {x[2], [](const Variable& dy,
                          const Variable&) { return slice(dy, 0, 0, 1); }},  // the first row alone
            });
      },
      {random_tensor({3, 4}, 1), random_tensor({2, 4}, 2), random_tensor({2}, 3)}, 2);
}

TEST(Sabotage, AnOffByOneRowIsCaught) {
  expect_caught(
      "wrong_embedding",
      [](Variables x) {
        const Indices ids({3}, {0, 2, 2}), next({3}, {1, 3, 3});
        return record("wrong_embedding", embedding(x[0].value(), ids),
                      {
                          {x[0], [next](const Variable& dy,
                                        const Variable&) { return scatter_add_rows(dy, next, 4); }},
                      });
      },
      {random_tensor({4, 2}, 1)}, 0);
}

TEST(Sabotage, OneWrongNumberAmongManyIsFound) {
  const auto report = expect_caught(
      "wrong_number",
      [](Variables x) {
        return record("wrong_number", x[0].value() + x[1].value(),
                      {
                          {x[0], [](const Variable& dy, const Variable&) { return dy; }},
                          {x[1],
                           [](const Variable& dy, const Variable&) {
                             Tensor spot({2, 3, 4});
                             spot.at({1, 0, 3}) = real(0.5);
                             return dy + Variable(spot);
                           }},
                      });
      },
      {random_tensor({2, 3, 4}, 1), random_tensor({2, 3, 4}, 2)}, 1);
  EXPECT_EQ(report.index, (std::vector<Index>{1, 0, 3}));
  EXPECT_NEAR(report.autograd - report.finite_difference, 0.5, 1e-7);
}

TEST(Sabotage, ANumberThatIsNotFiniteIsCaughtWhereverItStands) {
  for (Index place = 0; place < 3; ++place) {
    Tensor factor({3}, 2);
    factor.at({place}) = std::numeric_limits<real>::quiet_NaN();
    const auto f = [&](Variables x) {
      return record(
          "nan_rule", x[0].value() * 2,
          {
              {x[0], [=](const Variable& dy, const Variable&) { return dy * Variable(factor); }},
          });
    };
    EXPECT_FALSE(gradient_check("nan_rule", f, {random_tensor({3}, 1)}).ok) << place;
  }
}

// y = x²; the rule's 2 x is a plain tensor, so the first derivative is right and has no derivative itself.
TEST(Sabotage, ARuleThatCannotBeDifferentiatedIsCaughtByTheSecondCheck) {
  const Function square = [](Variables x) {
    return record(
        "half_square", x[0].value() * x[0].value(),
        {
            {x[0], [two_x = x[0].value() * 2](const Variable& dy,
                                              const Variable&) { return dy * Variable(two_x); }},
        });
  };
  const std::vector<Tensor> inputs = {random_tensor({3}, 1)};
  EXPECT_TRUE(gradient_check("half_square", square, inputs).ok);
  const GradientReport report = second_gradient_check("half_square", square, inputs);
  EXPECT_FALSE(report.ok);
  EXPECT_EQ(report.text().find("gradient_check: half_square, second, input 0, element {"), 0u)
      << report.text();
}

// Rows of a softmax sum to 1, so their gradients sum to 0 and a plain sum of them has no slope. This one's
// gradient is right and is a plain tensor, which has no derivative.
TEST(Sabotage, TheSecondCheckProjectsTheGradientToo) {
  const Function half_softmax = [](Variables x) {
    return record("half_softmax", softmax(x[0].value()),
                  {
                      {x[0],
                       [](const Variable& dy, const Variable& y) {
                         return Variable(softmax_backward(dy.value(), y.value()));
                       }},
                  });
  };
  const std::vector<Tensor> inputs = {random_tensor({2, 4}, 1)};
  EXPECT_TRUE(gradient_check("half_softmax", half_softmax, inputs).ok);
  EXPECT_FALSE(second_gradient_check("half_softmax", half_softmax, inputs).ok);
}

// y = factor x, whose rule says dx = factor dy (1 + wrong).
static Variable nearly_scaled(const Variable& x, real factor, real wrong) {
  return record(
      "nearly_scaled", x.value() * factor,
      {
          {x, [=](const Variable& dy, const Variable&) { return dy * (factor * (1 + wrong)); }},
      });
}

TEST(Sabotage, TheFirstWrongInputIsNamedAlthoughAnotherIsWorse) {
  expect_caught(
      "wrong_sum",
      [](Variables x) {
        return nearly_scaled(x[0], 1, real(0.1)) + nearly_scaled(x[1], 1, real(0.5));
      },
      {random_tensor({3}, 1), random_tensor({3}, 2)}, 0);
}

// A hundred-thousandth of a slope of 0.002 would pass beside 1; it is held against the slope.
// The place of a single number is {}, as is that of an error not yet found.
TEST(Sabotage, TheWorstErrorOfASingleNumberIsKept) {
  const auto f = [](Variables x) {
    return record(
        "off", x[0].value() * x[0].value() * (x[1].value() * real(0) + 1),
        {{x[0], [at = x[0]](const Variable& dy, const Variable&) { return dy * at * real(2.002); }},
         {x[1], [](const Variable& dy, const Variable&) { return dy * real(0); }}});
  };
  const GradientReport report =
      gradient_check("off", f, {Tensor(Shape{}, 1), Tensor({2}, 1)}, {.tolerance = 0.01});
  EXPECT_TRUE(report.ok) << report.text();
  EXPECT_NEAR(report.worst, 0.001, 1e-6);
  EXPECT_EQ(report.input, 0);
}

TEST(Sabotage, ASmallSlopeIsHeldToAsMuch) {
  const auto f = [](Variables x) { return nearly_scaled(x[0], real(0.002), real(1e-5)); };
  const GradientReport report = gradient_check("small", f, {random_tensor({3}, 1)});
  EXPECT_FALSE(report.ok) << report.text();
  EXPECT_NEAR(report.worst, 1e-5, 1e-7);
}

// ((x + h)³ - (x - h)³) / 2h = 3 x² + h²: the error of nudging is h², and for any smooth function
// nearly proportional to h², until rounding, about 1e-16 / h, takes over.
TEST(Slope, HalvingTheStepQuartersTheErrorUntilRoundingTakesOver) {
  const auto error = [](double step) {
    const auto f = [](Variables x) { return tanh(x[0]); };
    return gradient_check("tanh", f, {Tensor({1}, real(0.7))}, {.tolerance = 1, .step = step}).worst;
  };
  for (double h = 0.1; h > 1e-4; h /= 2) {
    const double ratio = error(h) / error(h / 2);
    EXPECT_NEAR(ratio, 4, 0.1) << "at step " << h;
  }
  EXPECT_GT(error(1e-12), error(1e-5) * 100);  // only rounding is left: about 1e-16 / 1e-12
}

// Near a million the last digit of x² is worth 0.0001: nudged by 6e-6 alone, the slope would be off by 10.
TEST(Slope, TheStepGrowsWithTheNumber) {
  const auto f = [](Variables x) { return x[0] * x[0]; };
  EXPECT_LT(gradient_check("square", f, {Tensor({1}, 1'000'003)}).worst, 1e-9);
}

TEST(Slope, TheDefaultStepIsNearTheBest) {
  const auto error = [](double step) {
    const auto f = [](Variables x) { return exp(tanh(x[0])); };
    return gradient_check("tanh", f, {random_tensor({20}, 1)}, {.tolerance = 1, .step = step}).worst;
  };
  EXPECT_LT(error(0), 1e-9);
  EXPECT_LT(error(0), error(1e-3));
  EXPECT_LT(error(0), error(1e-8));
}

}  // namespace locus
