// The worked example of the README: an op of one's own, checked. tests/style compares the two.
#include <gtest/gtest.h>

// clang-format off
// [readme
#include "autograd/gradient_check.h"
#include "autograd/ops.h"
#include "autograd/record.h"

using namespace locus;

// y = log(1 + exp x)     dx = dy / (1 + exp(-x))
Variable softplus(const Variable& x) {
  return record("softplus", log(exp(x.value()) + 1), {
      {x, [x](const Variable& dy, const Variable&) { return dy * sigmoid(x); }},
  });
}

GradientReport check_softplus() {
  Rng rng(1);
  const auto f = [](const std::vector<Variable>& x) { return softplus(x[0]); };
  return gradient_check("softplus", f, {normal({2, 3}, /*stddev=*/1, rng)});
}
// readme]
// clang-format on

TEST(Readme, ItsOpHasTheRightGradient) {
  if (sizeof(real) == 4) GTEST_SKIP() << "finite differences in float are too coarse";
  EXPECT_TRUE(check_softplus().ok) << check_softplus();
}
