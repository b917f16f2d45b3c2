// Real text for the notebooks: it must be there without a download, and stay the same, or what a model
// learns from it would not be what is stored.
#pragma once

#include <string>
#include <vector>

#include "examples/support/text.h"

namespace locus {

// English prose: free licences, which lie on every Debian in the same words. Text holds out the third.
// Elsewhere: the sources of this project, and other numbers.
std::vector<std::string> licences();

}  // namespace locus
