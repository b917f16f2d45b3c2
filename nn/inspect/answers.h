// The same questions to any table of position vectors, and what the answers say of it.
#pragma once

#include <string>

#include "nn/grid.h"
#include "nn/inspect/probes.h"

namespace locus {

struct Answers {
  Tensor similarity, spectrum, norms;
  PositionProbe read_off;  // by a straight line from vector to position
  double invariance;       // how much of the similarity depends on the distance alone
  double monotone;         // how often the nearer of two places is the more similar
  double directions;       // effective rank
  double norm_ratio;       // longest vector / shortest

  // Throws unless the table has rank 2, at least 3 rows, and finite numbers.        (n, d)
  explicit Answers(const Tensor& table);

  // "random": a position that cannot be read off was never learned. "sinusoid": a printed code treats
  // all places alike, with vectors of one length that are similar by distance alone. Else "learned".
  std::string verdict() const;
};

// The questions that places in a grid, row by row, are asked besides.
struct GridAnswers {
  PositionProbe row, column;  // read off by a straight line
  Tensor map;                 // (n, 2): the isomap of the table, turned and scaled onto the grid
  double map_correlation;     // 1: the grid itself

  // Throws unless the grid has the table's rows, and at least 2 rows and 2 columns.
  GridAnswers(const Tensor& table, const Tensor& similarity, Grid grid);
};

}  // namespace locus
