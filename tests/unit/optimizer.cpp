#include "nn/optim/optimizer.h"

#include "autograd/ops.h"
#include "tests/support.h"

namespace locus {

static std::vector<NamedParameter> one_number(real start) {
  return {{"x", Parameter(Tensor({1}, start), "x")}};
}

// Where x stands after each step, when the gradient is as given. All fractions below are exact in
// binary.
static std::vector<real> walk(Optimizer& optimizer, Variable x,
                              const std::vector<real>& gradients) {
  std::vector<real> path;
  for (const real gradient : gradients) {
    x.set_grad(Tensor({1}, gradient));
    optimizer.step();
    path.push_back(x.item());
  }
  return path;
}

static std::vector<real> walk_of_sgd(SgdOptions options, const std::vector<real>& gradients) {
  const std::vector<NamedParameter> x = one_number(1);
  Sgd optimizer(x, options);
  return walk(optimizer, x[0].variable, gradients);
}

// --- Sgd -----------------------------------------------------------------------------------------

TEST(Sgd, StepsAgainstTheGradient) {  // 1 - 2/4, then + 4/4
  EXPECT_EQ(walk_of_sgd({.learning_rate = real(0.25)}, {2, -4}),
            (std::vector<real>{real(0.5), real(1.5)}));
}

// v = 2, 0.5·2 + 2 = 3, 0.5·3 + 0 = 1.5
TEST(Sgd, MomentumGoesOn) {
  EXPECT_EQ(walk_of_sgd({.learning_rate = real(0.25), .momentum = real(0.5)}, {2, 2, 0}),
            (std::vector<real>{real(0.5), real(-0.25), real(-0.625)}));
}

// g + v/2 with v as above: 2 + 1, 2 + 1.5, 0 + 0.75
TEST(Sgd, NesterovLooksAhead) {
  EXPECT_EQ(walk_of_sgd({.learning_rate = real(0.25), .momentum = real(0.5), .nesterov = true},
                        {2, 2, 0}),
            (std::vector<real>{real(0.25), real(-0.625), real(-0.8125)}));
}

// Decay 0.5: g = v = 2 + 0.5·1 = 2.5 -> 1 - 0.625 = 0.375;
// g = 0 + 0.5·0.375 = 0.1875, v = 0.5·2.5 + 0.1875 = 1.4375 -> 0.375 - 0.359375 = 0.015625
TEST(Sgd, WeightDecayIsAddedToTheGradientBeforeMomentum) {
  EXPECT_EQ(
      walk_of_sgd({.learning_rate = real(0.25), .momentum = real(0.5), .weight_decay = real(0.5)},
                  {2, 0}),
      (std::vector<real>{real(0.375), real(0.015625)}));
}

TEST(Sgd, NesterovWithoutMomentumIsPlain) {
  EXPECT_EQ(walk_of_sgd({.learning_rate = real(0.25), .nesterov = true}, {2, 1}),
            walk_of_sgd({.learning_rate = real(0.25)}, {2, 1}));
}

// --- Adam ----------------------------------------------------------------------------------------

// Algorithm 1 of the paper, number by number in double.
static std::vector<double> walk_by_the_book(AdamOptions o, bool decoupled,
                                            const std::vector<real>& gradients) {
  const double beta1 = double(o.beta1), beta2 = double(o.beta2), decay = double(o.weight_decay);
  double x = 1, m = 0, v = 0, t = 0;
  std::vector<double> path;
  for (const real gradient : gradients) {
    const double g = double(gradient) + (decoupled ? 0 : decay * x);
    if (decoupled) x -= double(o.learning_rate) * decay * x;
    ++t;
    m = beta1 * m + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * g * g;
    const double m_hat = m / (1 - std::pow(beta1, t)), v_hat = v / (1 - std::pow(beta2, t));
    x -= double(o.learning_rate) * m_hat / (std::sqrt(v_hat) + double(o.epsilon));
    path.push_back(x);
  }
  return path;
}

template <class Kind>
static std::vector<real> walk_of(AdamOptions options, const std::vector<real>& gradients) {
  const std::vector<NamedParameter> x = one_number(1);
  Kind optimizer(x, options);
  return walk(optimizer, x[0].variable, gradients);
}

TEST(Adam, FollowsAlgorithmOneWithEitherKindOfDecay) {
  const std::vector<real> gradients = {2, -1, real(0.5), real(0.001), 100};
  for (const real decay : {real(0), real(0.25)}) {
    for (const real beta2 : {real(0.999), real(0.5)}) {
      const AdamOptions options = {
          .learning_rate = real(0.125), .beta2 = beta2, .weight_decay = decay};
      const std::vector<double> coupled = walk_by_the_book(options, false, gradients);
      const std::vector<double> decoupled = walk_by_the_book(options, true, gradients);
      const std::vector<real> adam = walk_of<Adam>(options, gradients),
                              adamw = walk_of<AdamW>(options, gradients);
      for (std::size_t i = 0; i < gradients.size(); ++i) {
        // 1 - beta2^t is 0.001 at first: a thousand roundings.
        EXPECT_NEAR(double(adam[i]), coupled[i], 1000 * epsilon_of_real) << i;
        EXPECT_NEAR(double(adamw[i]), decoupled[i], 1000 * epsilon_of_real) << i;
      }
    }
  }
}

// m̂ / √v̂ = g / |g|, whatever the gradient's size.
TEST(Adam, TheFirstStepHasTheSizeOfTheRate) {
  for (const real gradient : {real(1e-3), real(1), real(1e3)}) {
    EXPECT_NEAR(double(walk_of<Adam>({.learning_rate = real(0.25)}, {gradient})[0]), 0.75, 1e-4)
        << gradient;
    EXPECT_NEAR(double(walk_of<Adam>({.learning_rate = real(0.25)}, {-gradient})[0]), 1.25, 1e-4)
        << gradient;
  }
}

TEST(Adam, EpsilonIsAddedToTheRoot) {  // 1 - 0.25 · 1 / (1 + 1)
  EXPECT_NEAR(double(walk_of<Adam>({.learning_rate = real(0.25), .epsilon = 1}, {1})[0]), 0.875,
              1e-4);
}

TEST(Adam, AGradientOfZeroMovesNothing) {
  EXPECT_EQ(walk_of<Adam>({.learning_rate = real(0.25)}, {0, 0}), (std::vector<real>{1, 1}));
}

// With g = 0 decoupled decay shrinks x by rate · decay = 1/8; coupled decay is scaled like a
// gradient, so its first step is the whole rate.
TEST(AdamW, DecoupledDecayDiffersFromCoupledDecay) {
  const AdamOptions options = {.learning_rate = real(0.25), .weight_decay = real(0.5)};
  EXPECT_EQ(walk_of<AdamW>(options, {0, 0}), (std::vector<real>{real(0.875), real(0.765625)}));
  EXPECT_NEAR(double(walk_of<Adam>(options, {0})[0]), 0.75, 1e-4);
}

TEST(AdamW, WithoutDecayIsAdam) {
  EXPECT_EQ(walk_of<AdamW>({.learning_rate = real(0.25)}, {1, -2, 3}),
            walk_of<Adam>({.learning_rate = real(0.25)}, {1, -2, 3}));
}

// Adam works on pieces of 16,384 numbers.
TEST(Adam, ALongTensorStepsAsItsEndWouldAlone) {
  const Index n = 40'000, first = 30'000;
  const Tensor start = random_tensor({n}, 1);
  const Variable whole = Parameter(start), end = Parameter(slice(start, 0, first, n));
  Adam of_whole({{"whole", whole}}, {.learning_rate = real(0.1)}),
      of_end({{"end", end}}, {.learning_rate = real(0.1)});
  for (const std::uint64_t seed : {2, 3}) {
    const Tensor gradient = random_tensor({n}, seed);
    Variable(whole).set_grad(gradient), Variable(end).set_grad(slice(gradient, 0, first, n));
    of_whole.step(), of_end.step();
  }
  expect_close(slice(whole.value(), 0, first, n), end.value());
}

// --- all of them ---------------------------------------------------------------------------------

template <class F>
static void for_every_optimizer(const std::vector<NamedParameter>& parameters, F f) {
  Sgd sgd(parameters,
          {.learning_rate = real(0.1), .momentum = real(0.9), .weight_decay = real(0.1)});
  Adam adam(parameters, {.learning_rate = real(0.1), .weight_decay = real(0.1)});
  AdamW adamw(parameters, {.learning_rate = real(0.1), .weight_decay = real(0.1)});
  f(sgd), f(adam), f(adamw);
}

TEST(Optimizer, ParametersWithoutAGradientStayBitwise) {
  const Variable used = Parameter(random_tensor({5}, 1)), unused = Parameter(random_tensor({5}, 2));
  const Tensor before = unused.value();
  for_every_optimizer({{"used", used}, {"unused", unused}}, [&](Optimizer& optimizer) {
    const Tensor last = used.value();
    optimizer.zero_grad();
    sum(used * used).backward();
    optimizer.step();
    EXPECT_FALSE(same_bits(used.value(), last));
    EXPECT_TRUE(same_bits(unused.value(), before));
    optimizer.zero_grad();
    const Tensor here = used.value();
    optimizer.step();  // nothing has a gradient now, not even momentum moves
    EXPECT_TRUE(same_bits(used.value(), here));
  });
}

TEST(Optimizer, ClearGradTakesAllGradientsAway) {
  const Variable x = Parameter(Tensor({2}, 1));
  for_every_optimizer({{"x", x}}, [&](Optimizer& optimizer) {
    sum(x).backward();
    EXPECT_TRUE(x.has_grad());
    optimizer.zero_grad();
    EXPECT_FALSE(x.has_grad());
  });
}

TEST(Optimizer, TheRateCanChangeBeforeEveryStep) {
  const std::vector<NamedParameter> x = one_number(1);
  for_every_optimizer(x, [&](Optimizer& optimizer) {
    const real before = x[0].variable.item();
    optimizer.learning_rate = 0;
    EXPECT_EQ(walk(optimizer, x[0].variable, {1})[0], before);
    optimizer.learning_rate = real(0.5);
    EXPECT_LT(walk(optimizer, x[0].variable, {1})[0], before);
  });
}

TEST(Optimizer, AllOfThemFindTheBottomOfABowl) {
  Variable x = Parameter(Tensor({2}));
  const Variable bottom(Tensor({2}, {1, 4}));
  for_every_optimizer({{"x", x}}, [&](Optimizer& optimizer) {
    x.set_value(Tensor({2}, {3, -2}));
    for (int step = 0; step < 300; ++step) {
      optimizer.learning_rate = real(0.3) / (1 + real(step) / 30);
      optimizer.zero_grad();
      sum((x - bottom) * (x - bottom)).backward();
      optimizer.step();
    }
    EXPECT_LT(difference(x.value(), bottom.value()), 0.15);  // from 1.5; decay pulls towards 0
  });
}

TEST(Optimizer, MessagesNameWhatIsWrong) {
  EXPECT_EQ(message_of([] { Sgd({}, {.learning_rate = 1}); }),
            "Optimizer: at least one parameter, got none. A module's parameters() lists them.");
  EXPECT_EQ(message_of([] { AdamW({}, {.learning_rate = 1}); }),
            "Optimizer: at least one parameter, got none. A module's parameters() lists them.");
  EXPECT_EQ(message_of([] { Adam(one_number(1), {.learning_rate = -1}); }),
            "Optimizer: a finite learning rate of 0 or more, got -1. Give .learning_rate in the "
            "options.");
  EXPECT_EQ(message_of([] { Sgd(one_number(1), {.learning_rate = 1, .momentum = 1}); }),
            "Sgd: a momentum in [0, 1), got 1.");
  EXPECT_EQ(
      message_of([] { Adam(one_number(1), {.learning_rate = 1, .beta1 = real(0.5), .beta2 = 1}); }),
      "Adam: betas in [0, 1), got 0.5 and 1.");
}

// --- clip_grad_norm ------------------------------------------------------------------------------

static NamedParameter with_gradient(const Tensor& gradient) {
  NamedParameter parameter = {"x", Parameter(Tensor(gradient.shape()))};
  parameter.variable.set_grad(gradient);
  return parameter;
}

TEST(ClipGradients, ScalesAllOfThemTogether) {  // √(3² + 4²) = 5 -> 2.5
  const NamedParameter a = with_gradient(Tensor({2}, {3, 0})), b = with_gradient(Tensor({1}, 4));
  EXPECT_EQ(clip_grad_norm({a, b}, real(2.5)), 5);
  EXPECT_EQ(numbers(a.variable.grad()), (std::vector<real>{real(1.5), 0}));
  EXPECT_EQ(b.variable.grad().item(), 2);
}

TEST(ClipGradients, LeavesAShortGradientBitwise) {
  const Tensor g = random_tensor({10}, 1);
  const NamedParameter a = with_gradient(g);
  EXPECT_NEAR(double(clip_grad_norm({a}, 100)), std::sqrt(inner_product(g, g)),
              16 * epsilon_of_real);
  EXPECT_TRUE(same_bits(a.variable.grad(), g));
}

TEST(ClipGradients, PassesOverParametersWithoutAGradient) {
  const NamedParameter a = with_gradient(Tensor({1}, 8)), none = {"none", Parameter(Tensor({3}))};
  EXPECT_EQ(clip_grad_norm({none, a}, 2), 8);
  EXPECT_EQ(a.variable.grad().item(), 2);
  EXPECT_FALSE(none.variable.has_grad());
}

TEST(ClipGradients, ANormThatIsNotFiniteIsAnErrorAndChangesNothing) {
  const NamedParameter good = with_gradient(Tensor({1}, 8));
  for (const real bad : {infinity, std::numeric_limits<real>::quiet_NaN()}) {
    const NamedParameter other = with_gradient(Tensor({2}, {1, bad}));
    EXPECT_EQ(message_of([&] {
                clip_grad_norm({good, other}, 1);
              }),
              fmt::format("clip_grad_norm: the norm must be finite, got {}. "
                          "backward({{.find_nan = true}}) names the op it comes from.",
                          bad));
    EXPECT_EQ(good.variable.grad().item(), 8);
  }
}

TEST(ClipGradients, ANormOfZeroToClipToIsAnError) {
  EXPECT_EQ(message_of([] { clip_grad_norm({with_gradient(Tensor({1}, 8))}, 0); }),
            "clip_grad_norm: a norm above 0, got 0.");
}

TEST(Optimizer, RefusesAParameterTwiceAndAMissingRate) {
  const Variable x = Parameter(Tensor({1}, 1));
  EXPECT_EQ(message_of([&] {
              Sgd({{"a", x}, {"b", x}}, {.learning_rate = 1});
            }),
            "Optimizer: every parameter once, got 'b' twice. It would be stepped twice.");
  EXPECT_EQ(message_of([&] {
              AdamW({{"a", x}}, {.weight_decay = 1});
            }),
            "Optimizer: a finite learning rate of 0 or more, got nan. Give .learning_rate in the "
            "options.");
}

}  // namespace locus
