// The graph behind a number, drawn: what was computed from what, and the gradient of each part.
#pragma once

#include "autograd/variable.h"
#include "nn/plot/picture.h"

namespace locus {

// Every node y was computed from, in rows by depth: its name, its number when it holds one, and, in
// a second colour, d y / d node. The graph stays usable.          Throws unless y is one number.
Picture graph_picture(const Variable& y);

}  // namespace locus
