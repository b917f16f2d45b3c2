// The gallery of the course: the words around the chapters, and the order of its four parts.
#pragma once

#include <string>

#include "examples/support/report.h"

namespace locus::course {

// Writes folder/index.html from every chapter saved there so far (save_chapter); returns its path.
std::string write_gallery(const std::string& folder);

}  // namespace locus::course
