// The worked example of the README: an op of one's own, checked. tests/style compares the two.
#include <gtest/gtest.h>

// clang-format off
// [readme
#include "autograd/gradient_check.h"
#include "autograd/ops.h"
#include "autograd/record.h"

using namespace locus;

// y = 1 / (1 + exp(-x))     dx = dy y (1 - y)
Variable sigmoid(const Variable& x) {
  return record("sigmoid", 1 / (exp(-x.value()) + 1), {
      {x, [](const Variable& dy, const Variable& y) { return dy * y * (1 - y); }},
  });
}

GradientReport check_sigmoid() {
  Rng rng(1);
  const auto f = [](const std::vector<Variable>& x) { return sigmoid(x[0]); };
  return gradient_check("sigmoid", f, {normal({2, 3}, /*stddev=*/1, rng)});
}
// readme]
// clang-format on

TEST(Readme, ItsOpHasTheRightGradient) {
  if (sizeof(real) == 4) GTEST_SKIP() << "nudging in float says too little";
  EXPECT_TRUE(check_sigmoid().ok) << check_sigmoid().text();
}
