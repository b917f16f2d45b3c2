// Two plain values that several layers share: a link between two positions, and the size of a grid.
#pragma once

#include "tensor/real.h"

namespace locus {

// An undirected edge between two positions: {0, 1} and {1, 0} are the same link.
struct Link {
  Index from, to;
};

// Positions in rows and columns: position row * columns + column.
struct Grid {
  Index rows, columns;
};

}  // namespace locus
