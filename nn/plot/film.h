// A film: what a table looked like on the way, as a row of pictures.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "nn/plot/picture.h"

namespace locus {

// Keeps a table at some steps of training, ever farther apart, since tables change most at first.
// A tensor's copy is a value: what is kept does not change when training goes on.
class Film {
 public:
  // Of training that takes `steps` steps: frame i, counted from 0, at the share (i / (frames - 1))²
  // of the way, so the first and the last are among them; frames on one step are one.
  // Throws unless there is a step, and at least 2 frames.
  explicit Film(Index steps, Index frames = 8);

  // To be called with every step, from 0: keeps the table when the step is one of the film's.
  void see(Index step, const Tensor& table);

  // One picture per table kept, titled "step 1", ...: a strip that the report plays. Give `draw` a
  // fixed scale, and turn maps onto the truth (procrustes), or frames cannot be compared.
  // Throws when nothing was seen.
  Picture picture(const std::function<Picture(const Tensor&)>& draw,
                  const std::string& title = {}) const;

  std::vector<Index> steps;    // at which it keeps
  std::vector<Index> seen;     // the steps kept so far,
  std::vector<Tensor> tables;  // and what they were
};

}  // namespace locus
