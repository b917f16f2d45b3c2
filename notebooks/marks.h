// Marks: what the library tells check.py and kernel.py between the lines that a cell prints.
#pragma once

#include <string_view>

namespace locus {

// Whether one of the two is listening: LOCUS_NOTEBOOK is set.
bool marking();

// On stdout, in order with what was printed: "\x1e<kind> <words>\x1f".
void mark(std::string_view kind, std::string_view words);

}  // namespace locus
