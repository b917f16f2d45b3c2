// Every op of autograd/ops.h against finite differences, once and twice differentiated, on inputs drawn
// at random: shapes with missing axes and extents of 1 and of 0, ids that repeat and leave rows out, the
// same Variable on both sides, inputs that are constants. The cases are those of tests/op_cases/.
#include "tests/gradients/names.h"
#include "tests/op_cases/all.h"
#include "tests/support.h"

namespace locus {

static void PrintTo(const RandomCase& c, std::ostream* out) { *out << c.op << ", " << c.about; }

// One in three inputs becomes a constant, as long as another stays. A number that is added to the
// result is nudged, too: in some draws there is no other.
static Drawn completed(Drawn drawn, Rng& rng) {
  std::vector<Variable> all;
  std::vector<bool> constant;
  std::vector<Tensor> inputs;
  std::size_t left = drawn.inputs.size();
  for (const Tensor& input : drawn.inputs) {
    constant.push_back(left > 1 && rng.below(3) == 0);
    left -= constant.back();
    all.push_back(Variable(input));
    if (!constant.back()) inputs.push_back(input);
  }
  inputs.push_back(any({}, rng));
  const auto f = [f = drawn.f, all, constant](Variables given) {
    std::vector<Variable> x = all;
    std::size_t next = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
      if (!constant[i]) x[i] = given[next++];
    const Variable y = f(x);
    Rng weights(9);
    return sum(y * Variable(any(y.shape(), weights))) + given.back();
  };
  return {f, inputs};
}

class EveryOpAtRandom : public testing::TestWithParam<RandomCase> {};

TEST_P(EveryOpAtRandom, HasTheSlopesThatNudgingMeasures) {
  const RandomCase& c = GetParam();
  for_seeds([&](Rng& rng) {
    const Drawn drawn = completed(c.draw(rng), rng);
    const std::string name = fmt::format("{} ({})", c.op, c.about);
    const GradientReport first = gradient_check(name, drawn.f, drawn.inputs, {.tolerance = 1e-7});
    EXPECT_TRUE(first.ok) << first.text();
    const GradientReport second =
        second_gradient_check(name, drawn.f, drawn.inputs, {.tolerance = 1e-5});
    EXPECT_TRUE(second.ok) << second.text();
  });
}

INSTANTIATE_TEST_SUITE_P(Gradients, EveryOpAtRandom, testing::ValuesIn(all_cases<RandomCase>()),
                         test_name<RandomCase>);

}  // namespace locus
