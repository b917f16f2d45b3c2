// Files that version 0.1.0 wrote (v0_1/make_v0_1.cc) still open, and a run that is resumed from one takes
// the steps that version 0.1.0 took.
#include "nn/io/checkpoint.h"
#include "nn/io/pretrained.h"
#include "nn/optim/optimizer.h"
#include "nn/optim/schedule.h"
#include "nn/transformer.h"
#include "tensor/kernels/kernels.h"
#include "tests/support.h"

namespace locus {

static const std::string v0_1_files = LOCUS_SOURCE_DIR "/tests/golden/v0_1/";

static Transformer fresh(PositionKind kind, std::uint64_t seed) {
  Rng rng(seed);
  return Transformer({.vocab_size = 5,
                      .max_length = 4,
                      .embedding_dim = 4,
                      .num_heads = 2,
                      .hidden_dim = 4,
                      .positions = kind,
                      .relative_buckets = 4,
                      .relative_max_distance = 3,
                      .dropout = 0.25},
                     rng);
}

static void expect_resumes_as_before(const std::string& name, PositionKind kind) {
  Transformer model = fresh(kind, 1), expected = fresh(kind, 2);
  AdamW optimizer(model.parameters(), {.learning_rate = 0, .weight_decay = 0.1});
  WarmupCosine schedule{.peak = 0.1, .warmup = 2, .steps = 8};
  Rng rng(9);
  Index step = 0;
  Checkpoint run;
  run.add("model", model), run.add("optimizer", optimizer), run.add("schedule", schedule);
  run.add("rng", rng), run.add("step", step);
  // Settings are written as `real` says them: in double 0.1 has more digits than the float's.
  const LoadOptions options = {.strict = sizeof(real) == 4};
  run.load(v0_1_files + name + ".checkpoint", options);
  EXPECT_EQ(step, 3);
  EXPECT_NEAR(optimizer.learning_rate, schedule(2), 1e-6);
  for (; step < 6; ++step) {
    Indices ids({2, 4}), next({2, 4});
    for (Index i = 0; i < 8; ++i) ids[i] = rng.below(5), next[i] = rng.below(5);
    optimizer.learning_rate = schedule(step);
    optimizer.zero_grad();
    cross_entropy(model(ids), next).backward();
    optimizer.step();
  }
  EXPECT_TRUE(load(expected, v0_1_files + name + ".after").empty());
  if (sizeof(real) == 4 && std::string(kernels().name) == "baseline") {
    for (std::size_t i = 0; i < expected.parameters().size(); ++i) {
      EXPECT_TRUE(same_bits(model.parameters()[i].variable.value(),
                            expected.parameters()[i].variable.value()))
          << name << ", " << model.parameters()[i].name;
    }
  }
  // Other kernels round differently, which Adam amplifies where a gradient is 0 but for rounding.
  model.eval(), expected.eval();
  const Indices ids({1, 4}, {4, 0, 2, 1});
  EXPECT_LE(difference(model(ids).value(), expected(ids).value()), 0.01) << name;
}

TEST(VersionZeroOne, ARunWithLearnedPositionsIsResumed) {
  expect_resumes_as_before("learned", PositionKind::learned);
}
TEST(VersionZeroOne, ARunWithARelativeBiasIsResumed) {
  expect_resumes_as_before("relative", PositionKind::relative);
}
TEST(VersionZeroOne, ARunWithRotaryPositionsIsResumed) {
  expect_resumes_as_before("rotary", PositionKind::rotary);
}

TEST(VersionZeroOne, ItsPositionTableIsFound) {
  const std::vector<PositionTable> tables = position_tables(Safetensors(v0_1_files + "learned.after"));
  ASSERT_EQ(tables.size(), 1u);
  EXPECT_EQ(tables[0].name, "positions.weight");
  EXPECT_EQ(tables[0].rows.shape(), (Shape{4, 4}));
}

}  // namespace locus
