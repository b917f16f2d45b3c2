#include "autograd/gradient_check.h"

#include "autograd/ops.h"
#include "tests/support.h"

namespace locus {

TEST(GradientReport, TextNamesOpInputIndexAndBothValues) {
  GradientReport report;
  report.name = "softmax", report.input = 0, report.index = {1, 3};
  report.autograd = 0.2114, report.finite_difference = 0.2093, report.worst = 0.01, report.tolerance = 1e-7;
  EXPECT_EQ(
      report.text(),
      "gradient_check: softmax, input 0, element {1, 3}: autograd says 0.2114, finite differences say 0.2093 "
      "(error 0.01, tolerance 1e-07).");
}

// y = 3 x is linear, so nudging by any step measures 3 w but for rounding, also in float.
TEST(GradientCheck, PassesARightRuleAndSaysWhatBothSay) {
  const auto f = [](const std::vector<Variable>& x) { return x[0] * real(3); };
  const GradientReport report =
      gradient_check("scale", f, {Tensor({2}, {1, 2})}, {.tolerance = 1e-2, .step = 0.5});
  EXPECT_TRUE(report.ok) << report.text();
  EXPECT_NEAR(report.autograd, report.finite_difference, 1e-2);
  EXPECT_EQ(report.name, "scale");
}

TEST(GradientCheck, SameSeedSameProjection) {
  const auto f = [](const std::vector<Variable>& x) { return x[0] * real(3); };
  const auto rule = [&](std::uint64_t seed) {
    return gradient_check("scale", f, {Tensor({1}, {1})}, {.tolerance = 1, .step = 0.5, .seed = seed})
        .autograd;
  };
  EXPECT_EQ(rule(1), rule(1));
  EXPECT_NE(rule(1), rule(2));
}

TEST(GradientCheck, NeedsANumberToNudge) {
  const auto f = [](const std::vector<Variable>& x) { return x[0]; };
  EXPECT_EQ(message_of([&] { gradient_check("nothing", f, {Tensor()}); }),
            "gradient_check: nothing has no element to vary, got 1 inputs, all empty.");
}

}  // namespace locus
