// Writes the files of tests/golden/v0_1 with version 0.1.0 (commit d16ef7c), whose names this source has:
//   c++ -std=c++20 -O2 -DREAL=float -I<checkout> make_v0_1.cc <checkout>/build/release/liblocus.a -lfmt
//   LOCUS_KERNELS=baseline ./a.out tests/golden/v0_1
// For each kind of positions: a checkpoint after 3 steps, and the parameters after 3 more.
#include "nn/checkpoint.h"
#include "nn/optimizer.h"
#include "nn/schedule.h"
#include "nn/transformer.h"

using namespace locus;

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? argv[1] : ".";
  for (const auto& [name, kind] : {std::pair("learned", PositionKind::learned),
                                   std::pair("relative", PositionKind::relative),
                                   std::pair("rotary", PositionKind::rotary)}) {
    Rng rng(3);
    Transformer model({.vocab_size = 5, .max_length = 4, .embedding_dim = 4, .num_heads = 2,
                       .hidden_dim = 4, .positions = kind, .relative_buckets = 4,
                       .relative_reach = 3, .dropout = real(0.25)}, rng);
    AdamW optimizer(model.parameters(), {.rate = 0, .weight_decay = real(0.1)});
    WarmupCosine schedule{.peak = real(0.1), .warmup = 2, .steps = 8};
    Index step = 0;
    Checkpoint run;
    run.add("model", model), run.add("optimizer", optimizer), run.add("schedule", schedule);
    run.add("rng", rng), run.add("step", step);
    for (; step < 6; ++step) {
      if (step == 3) run.save(folder + "/" + name + ".checkpoint");
      Indices ids({2, 4}), next({2, 4});
      for (Index i = 0; i < 8; ++i) ids[i] = rng.below(5), next[i] = rng.below(5);
      optimizer.rate = schedule(step);
      optimizer.clear_grad();
      cross_entropy(model(ids), next).backward();
      optimizer.step();
    }
    save_model(folder + "/" + name + ".after", model);
  }
}
