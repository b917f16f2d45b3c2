#include "nn/optim/schedule.h"

#include "tests/support.h"

namespace locus {

// 4 steps up, 8 down: half way down, at step 8, the cosine is at the middle of 1 and 0.2.
TEST(WarmupCosine, HasItsCornersWhereTheyBelong) {
  const WarmupCosine rate = {.peak = 2, .warmup = 4, .steps = 12, .floor = real(0.2)};
  const std::vector<std::pair<Index, double>> corners = {
      {0, 0.5}, {1, 1}, {2, 1.5}, {3, 2}, {4, 2}, {8, 1.2}, {12, 0.4}, {13, 0.4}, {1000, 0.4}};
  for (const auto& [step, want] : corners)
    EXPECT_NEAR(double(rate(step)), want, 4 * epsilon_of_real) << step;
  // A quarter of the way down: 0.2 + 0.8 (1 + cos 45°) / 2 of the peak.
  EXPECT_NEAR(double(rate(6)), 2 * (0.2 + 0.4 * (1 + std::sqrt(0.5))), 8 * epsilon_of_real);
}

TEST(WarmupCosine, NeverRisesAfterTheWarmupAndNeverFallsDuringIt) {
  const WarmupCosine rate = {.peak = real(1e-3), .warmup = 10, .steps = 100};
  for (Index step = 1; step < 10; ++step) EXPECT_GT(rate(step), rate(step - 1)) << step;
  for (Index step = 11; step < 120; ++step) EXPECT_LE(rate(step), rate(step - 1)) << step;
  EXPECT_EQ(rate(9), real(1e-3));
  EXPECT_NEAR(double(rate(100)), 0.05 * 1e-3,
              1e-3 * epsilon_of_real);  // the floor that is the default
}

TEST(WarmupCosine, StartsAtThePeakWithoutAWarmup) {
  EXPECT_EQ((WarmupCosine{.peak = 3, .warmup = 0, .steps = 1}(0)), 3);
}

TEST(WarmupCosine, AWarmupThatIsNotBelowTheStepsIsAnError) {
  EXPECT_EQ(message_of([] { WarmupCosine{.peak = 1, .warmup = 5, .steps = 5}(0); }),
            "WarmupCosine: 0 <= warmup < steps, got warmup 5 and steps 5.");
  EXPECT_EQ(message_of([] { WarmupCosine{.peak = 1, .warmup = -1, .steps = 5}(0); }),
            "WarmupCosine: 0 <= warmup < steps, got warmup -1 and steps 5.");
}

}  // namespace locus
