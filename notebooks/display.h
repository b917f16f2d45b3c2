// What the cells of a notebook call beside the library: display(picture), output_folder() for what
// they save, and verdict(..) where an exercise is judged.
#pragma once

#include <string>

#include "nn/plot/picture.h"

#if __has_include(<xcpp/xdisplay.hpp>)  // xeus-cpp
#include <xcpp/xdisplay.hpp>

namespace locus {

inline nlohmann::json mime_bundle_repr(const Picture& picture) {  // found by xcpp::display
  nlohmann::json bundle;
  bundle["image/svg+xml"] = picture.svg;
  bundle["text/plain"] = picture.title;
  return bundle;
}
inline void display(const Picture& picture) { xcpp::display(picture); }

}  // namespace locus

#else

namespace locus {

// Shows the picture below the cell. In a program that is no notebook: saves it as picture_1.svg, ..
void display(const Picture& picture);

}  // namespace locus

#endif

namespace locus {

// out/notebooks of this repository, which is made when it is not there.
std::string output_folder();

// Prints "<task>: ok", or "<task>: not yet. <what is wrong>".
void verdict(const std::string& task, bool ok, const std::string& what_is_wrong,
             int line = __builtin_LINE());  // the caller's; clang 14 has no std::source_location

}  // namespace locus
