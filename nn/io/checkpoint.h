// Checkpoint: all that a training run consists of, in one safetensors file: tensors as tensors,
// whole numbers, random numbers' states and settings in its metadata. A run that loads it takes the
// same steps as one that never stopped, to the last bit, on the same kernels (LOCUS_KERNELS).
#pragma once

#include <concepts>
#include <vector>

#include "nn/io/safetensors.h"
#include "nn/module.h"

namespace locus {

struct LoadOptions {
  bool strict = true;  // whether what does not fit is an error; otherwise what fits is loaded
};

class Checkpoint {
 public:
  // What belongs to the run, such as the model, the optimizer, the schedule, the Rng that draws the
  // batches and the number of steps taken. It must stay where it is as long as this is used.
  template <class Thing>
  requires requires(Thing& thing) { thing.state(); }
  void add(const std::string& name, Thing& thing) {
    for (const State& part : thing.state()) add({name + "." + part.name, part.at});
  }
  void add(const std::string& name, Rng& rng) { add({name, &rng}); }
  void add(const std::string& name, Index& count) { add({name, &count}); }
  void add(const std::string& name, real& number) { add({name, &number}); }
  void add(const State& part) { run_.push_back(part); }  // e.g. setting("seed", 7)

  // Between two steps: gradients are not kept. See save_safetensors().
  void save(const std::string& path) const;

  // Replaces everything that was added by what the file says. Nothing changes unless all of it fits:
  // the message tells everything that does not, by name. A float build's numbers are the same in a
  // double build and the other way are rounded; how the run goes on is then its own.
  // Without `strict` it returns what did not fit instead. Files of version 0.1 are read as well.
  std::vector<std::string> load(const std::string& path, LoadOptions options = {}) const;

 private:
  std::vector<State> run_;
};

// The parameters alone, under their names in the model.
void save(const Module& model, const std::string& path, const Metadata& metadata = {});
// See Checkpoint::load.
std::vector<std::string> load(Module& model, const std::string& path, LoadOptions options = {});

}  // namespace locus
