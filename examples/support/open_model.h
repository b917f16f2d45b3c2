// What 20_open_a_model does with a file: finds the table of positions, asks it, draws it, reports.
#pragma once

#include <string>

#include "tensor/random.h"

namespace locus::course {

struct OpenRequest {
  std::string file;          // safetensors
  std::string tensor = {};   // its name; empty: a table of positions that is known by its name
  std::string compare = {};  // another such file, or none
  std::string grid = {};     // "14x14": its last 196 rows are a grid; empty: what the name says
  std::string folder;        // where the report and its numbers go
};

// Prints the answers, writes folder/<file>.html and folder/<file>.csv. A file without a known table is
// answered with the list of its tensors. `rng` draws the random vectors to compare with.
// Throws for what cannot be opened. Returns main's result.
int open_model(const OpenRequest& request, Rng rng);

}  // namespace locus::course
