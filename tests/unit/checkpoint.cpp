#include "nn/io/checkpoint.h"

#include <fstream>

#include "autograd/ops.h"
#include "nn/linear.h"
#include "nn/optim/optimizer.h"
#include "nn/optim/schedule.h"
#include "nn/transformer.h"
#include "tests/folder.h"
#include "tests/support.h"

namespace locus {

static constexpr Index total_steps = 6;

static TransformerConfig small_config() {
  return {.vocab_size = 7,
          .max_length = 6,
          .embedding_dim = 8,
          .num_heads = 2,
          .num_layers = 2,
          .causal = true,
          .dropout = real(0.25)};
}

static WarmupCosine schedule_of(Index steps) {
  return {.peak = real(0.01), .warmup = 3, .steps = steps};
}

// All that a training has: dropout, an optimizer, a schedule, random batches.
template <class AnOptimizer, class Options>
struct Training {
  Rng rng;
  Transformer model;
  AnOptimizer optimizer;
  WarmupCosine schedule;
  Index step = 0;
  real total = 0;
  Checkpoint checkpoint;

  Training(std::uint64_t seed, Options options, Index steps = total_steps)
      : rng(seed), model(small_config(), rng), optimizer(model.parameters(), options),
        schedule(schedule_of(steps)) {
    checkpoint.add("model", model);
    checkpoint.add("optimizer", optimizer);
    checkpoint.add("schedule", schedule);
    checkpoint.add("rng", rng);
    checkpoint.add("step", step);
    checkpoint.add("total", total);
  }

  void train(Index until) {
    for (; step < until; ++step) {
      Indices ids(Shape{3, 5}), next(Shape{3, 5});
      for (Index i = 0; i < 15; ++i) ids[i] = rng.below(7), next[i] = rng.below(7);
      optimizer.learning_rate = schedule(step);
      optimizer.zero_grad();
      const Variable loss = cross_entropy(model(ids), next);
      loss.backward();
      // A parameter whose first gradient comes late has taken fewer of Adam's steps.
      if (step < 2) model.norm.bias.zero_grad();
      optimizer.step();
      total += loss.item();
    }
  }
};

template <class AnOptimizer, class Options>
static void expect_resumes(Options options) {
  Training<AnOptimizer, Options> whole(1, options);
  whole.model.blocks[1].dropout.eval();  // a choice of the run that it must remember
  whole.train(total_steps);
  for (Index stop = 0; stop <= total_steps; ++stop) {
    const Folder folder;
    const std::string path = folder / "x";
    Training<AnOptimizer, Options> stopped(1, options), resumed(99, options);
    stopped.model.blocks[1].dropout.eval();
    stopped.train(stop);
    stopped.checkpoint.save(path);
    resumed.checkpoint.load(path);
    EXPECT_EQ(resumed.step, stop);
    resumed.train(total_steps);
    const std::vector<NamedParameter> want = whole.model.parameters(),
                                      got = resumed.model.parameters();
    for (std::size_t i = 0; i < want.size(); ++i)
      EXPECT_TRUE(same_bits(got[i].variable.value(), want[i].variable.value()))
          << want[i].name << " after a stop at step " << stop;
    EXPECT_EQ(resumed.total, whole.total);
    EXPECT_EQ(resumed.rng.counter(), whole.rng.counter());
  }
}

TEST(Checkpoint, AResumedRunIsTheOneThatNeverStopped) {
  expect_resumes<Sgd>(
      SgdOptions{.learning_rate = 0, .momentum = real(0.9), .weight_decay = real(0.01)});
  expect_resumes<Adam>(AdamOptions{.learning_rate = 0, .weight_decay = real(0.01)});
  expect_resumes<AdamW>(AdamOptions{.learning_rate = 0, .weight_decay = real(0.01)});
}

TEST(Checkpoint, ItsFileCanBeReadByName) {
  const Folder folder;
  const std::string path = folder / "x";
  Rng rng(5);
  Linear model(2, 3, rng);
  Sgd optimizer(model.parameters(), {.learning_rate = real(0.5)});
  Index step = 12;
  Checkpoint checkpoint;
  checkpoint.add("model", model);
  checkpoint.add("optimizer", optimizer);
  checkpoint.add("rng", rng);
  checkpoint.add("step", step);
  checkpoint.add(setting("seed", 5));
  checkpoint.save(path);

  const Safetensors file(path);
  std::vector<std::string> names;
  for (const auto& entry : file.entries()) names.push_back(entry.name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"model.weight", "model.bias", "optimizer.learning_rate",
                                      "optimizer.velocity.weight", "optimizer.velocity.bias"}));
  EXPECT_TRUE(same_bits(file.read("model.weight"), model.weight.value()));
  EXPECT_EQ(file.read("optimizer.learning_rate").item(), real(0.5));
  EXPECT_EQ(file.metadata(), (Metadata{{"model.training", "1"},
                                       {"optimizer.momentum", "0"},
                                       {"optimizer.nesterov", "false"},
                                       {"optimizer.weight_decay", "0"},
                                       {"rng", fmt::format("5 {}", rng.counter())},
                                       {"seed", "5"},
                                       {"step", "12"}}));
}

// --- what does not fit ---------------------------------------------------------------------------

// A run of a linear model, with a step count.
struct SmallRun {
  Rng rng{1};
  Linear model;
  Index step = 3;
  Checkpoint checkpoint;
  explicit SmallRun(Index outputs) : model(2, outputs, rng) {
    checkpoint.add("model", model);
    checkpoint.add("step", step);
    checkpoint.add("rng", rng);
  }
};

TEST(Checkpoint, OneMessageTellsAllThatDoesNotFitAndNothingChanges) {
  const Folder folder;
  const std::string path = folder / "x";
  SmallRun saved(3), run(4);
  saved.checkpoint.add("tries", saved.step);
  saved.checkpoint.add(setting("seed", 1));
  saved.step = 17;
  saved.checkpoint.save(path);
  Index epoch = 0;
  Tensor mean({2}, 5);
  run.checkpoint.add("epoch", epoch);
  run.checkpoint.add({"mean", &mean});
  run.checkpoint.add(setting("seed", 2));
  EXPECT_EQ(message_of([&] { run.checkpoint.load(path); }),
            "Checkpoint: " + path +
                " must fit name by name, got 6 that do not: "
                "'model.weight' has shape (3, 2) in the file and (4, 2) here; "
                "'model.bias' has shape (3) in the file and (4) here; "
                "'epoch' is not in the file; 'mean' is not in the file; "
                "'seed' is '1' in the file and '2' here; "
                "'tries' is in the file and not here. {.strict = false} loads the others.");
  EXPECT_EQ(run.step, 3);

  const std::vector<std::string> left = run.checkpoint.load(path, {.strict = false});
  EXPECT_EQ(left.size(), 6u);
  EXPECT_EQ(left[2], "'epoch' is not in the file");
  EXPECT_EQ(run.step, 17);
}

TEST(Checkpoint, WordsThatAreNoNumbersAreNamed) {
  const Folder folder;
  const std::string path = folder / "x";
  for (const auto& [step, rng] : std::vector<std::pair<std::string, std::string>>{
           {"", "1"}, {"1.5", "1 2 3"}, {"99999999999999999999", "1 -2"}, {"3 ", "1  2"}}) {
    save_safetensors({}, path, {.metadata = {{"step", step}, {"rng", rng}}});
    SmallRun run(3);
    Checkpoint two;
    two.add("step", run.step);
    two.add("rng", run.rng);
    EXPECT_EQ(message_of([&] { two.load(path); }),
              fmt::format("Checkpoint: {} must fit name by name, got 2 that do not: 'step' is '{}' "
                          "in the file, which is not 1 whole number; 'rng' is '{}' in the file, "
                          "which is not 2 whole numbers. {{.strict = false}} loads the others.",
                          path, step, rng));
  }
}

TEST(Checkpoint, WordsThatAreNoTruthValueAreNamed) {
  const Folder folder;
  const std::string path = folder / "x";
  save_safetensors({}, path, {.metadata = {{"training", "2"}}});
  bool training = true;
  Checkpoint one;
  one.add({"training", &training});
  EXPECT_EQ(
      message_of([&] { one.load(path); }),
      fmt::format("Checkpoint: {} must fit name by name, got 1 that do not: 'training' is '2' "
                  "in the file, which is neither 0 nor 1. {{.strict = false}} loads the others.",
                  path));
}

TEST(Checkpoint, OtherOptionsOfTheOptimizerOrTheScheduleDoNotFit) {
  const Folder folder;
  const std::string path = folder / "x";
  const AdamOptions options = {.learning_rate = 0};
  Training<Adam, AdamOptions> saved(1, options);
  saved.checkpoint.save(path);
  Training<Adam, AdamOptions> longer(1, options, 2 * total_steps);
  EXPECT_NE(message_of([&] {
              longer.checkpoint.load(path);
            }).find("got 1 that do not: 'schedule.steps' is '6' in the file and '12' here."),
            std::string::npos);
  Training<AdamW, AdamOptions> other(1, {.learning_rate = 0, .beta1 = real(0.8)});
  EXPECT_NE(message_of([&] { other.checkpoint.load(path); })
                .find("got 2 that do not: 'optimizer.beta1' is '0.9' in the file and '0.8' here; "
                      "'optimizer.decoupled' is 'false' in the file and 'true' here."),
            std::string::npos);
}

TEST(Checkpoint, ANameThatIsAddedTwiceIsRefusedWhenItIsSaved) {
  SmallRun run(3);
  run.checkpoint.add("step", run.step);
  EXPECT_EQ(message_of([&] { run.checkpoint.save("x"); }),
            "Checkpoint: every name once, got 'step' twice.");
}

// --- between the precisions, and a model alone ---------------------------------------------------

// What a float build has saved, a double build holds to the last bit and can give back.
TEST(Checkpoint, FloatsPassThroughDoublesUnchanged) {
  const Folder folder;
  const std::string path = folder / "x";
  Rng rng(3);
  Linear model(5, 4, rng), other(5, 4, rng);
  save_safetensors({{"weight", model.weight.value()}, {"bias", model.bias.value()}}, path,
                   {.dtype = "F32"});
  load(other, path);
  for (Index i = 0; i < 20; ++i)
    EXPECT_EQ(other.weight.value().begin()[i], real(float(model.weight.value().begin()[i])));
  const std::vector<char> once = safetensors_bytes({{"w", other.weight.value()}}, {.dtype = "F32"});
  EXPECT_EQ(once, safetensors_bytes({{"w", model.weight.value()}}, {.dtype = "F32"}));
}

TEST(Load, TakesWhatSaveModelWroteAndTellsWhatDoesNotFit) {
  const Folder folder;
  const std::string path = folder / "x";
  Rng rng(3);
  Linear model(5, 4, rng), same(5, 4, rng), other(5, 3, rng);
  save(model, path, {{"what", "a line"}});
  EXPECT_EQ(Safetensors(path).metadata(), (Metadata{{"what", "a line"}}));
  EXPECT_TRUE(load(same, path).empty());
  EXPECT_TRUE(same_bits(same.weight.value(), model.weight.value()));
  EXPECT_EQ(
      message_of([&] { load(other, path); }),
      "load: " + path +
          " must fit name by name, got 2 that do not: 'weight' has shape (4, 5) in the file "
          "and (3, 5) here; 'bias' has shape (4) in the file and (3) here. {.strict = false} loads "
          "the others.");
}

TEST(Load, WhatIsNoRealNumberDoesNotFit) {
  const Folder folder;
  const std::string path = folder / "x";
  Rng rng(3);
  Linear model(5, 4, rng), other(5, 4, rng);
  const std::vector<char> bytes =
      safetensors_bytes({{"bias", model.bias.value()}, {"weight", model.weight.value()}});
  std::string text(bytes.begin(), bytes.end());
  text[text.rfind("\"dtype\":\"F") + 9] = 'I';  // of the weight
  std::ofstream(path, std::ios::binary) << text;
  const std::string kind = sizeof(real) == 4 ? "I32" : "I64";
  EXPECT_EQ(load(other, path, {.strict = false}),
            std::vector<std::string>{"'weight' holds " + kind + " in the file"});
  EXPECT_TRUE(same_bits(other.bias.value(), model.bias.value()));
}

}  // namespace locus
