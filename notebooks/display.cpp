#if __has_include(<xcpp/xdisplay.hpp>)
#error "The library is built without xeus-cpp's headers: only cells include them."
#endif
#include "notebooks/display.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "notebooks/marks.h"

namespace locus {

bool marking() {
  static const bool set = std::getenv("LOCUS_NOTEBOOK") != nullptr;
  return set;
}

void mark(std::string_view kind, std::string_view words) {
  fmt::print("\x1e{} {}\x1f", kind, words);
  std::fflush(stdout);
}

void display(const Picture& picture) {
  static int count = 0;
  if (marking()) return mark("picture", picture.svg);
  const std::string path = fmt::format("picture_{}.svg", ++count);
  save(picture, path);
  fmt::print("{}\n", path);
}

std::string output_folder() {
  const std::filesystem::path folder =
      std::filesystem::path(LOCUS_SOURCE_DIR) / "out" / "notebooks";
  std::filesystem::create_directories(folder);
  return folder.string();
}

void verdict(const std::string& task, bool ok, const std::string& what_is_wrong, int line) {
  if (marking()) mark("verdict", fmt::format("{} {}", ok ? "ok" : "failed", line));
  if (ok)
    fmt::print("{}: ok\n", task);
  else
    fmt::print("{}: not yet. {}\n", task, what_is_wrong);
}

}  // namespace locus
