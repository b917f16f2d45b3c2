#include "nn/plot/picture.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include <unistd.h>

#include "nn/plot/svg.h"
#include "tensor/check.h"

namespace locus {

// The picture as an element of another one, its upper left corner at (x, y).
static std::string placed(const Picture& picture, double x, double y) {
  const std::string opening = "<svg ";
  check(picture.svg.starts_with(opening),
        "side_by_side: a picture must begin with '<svg ', got '{}'.", picture.svg.substr(0, 20));
  return fmt::format("<svg x=\"{}\" y=\"{}\" {}", pixels(x), pixels(y),
                     picture.svg.substr(opening.size()));
}

Picture side_by_side(const std::vector<Picture>& pictures, const std::vector<std::string>& titles,
                     const std::string& title) {
  check(!pictures.empty(), "side_by_side: at least one picture is needed, got none.");
  check(titles.empty() || titles.size() == pictures.size(),
        "side_by_side: titles must be {} or none, got {}.", pictures.size(), titles.size());
  std::vector<Picture> panels;
  for (size_t i = 0; i < pictures.size(); ++i) {
    if (titles.empty()) {
      panels.push_back(pictures[i]);
      continue;
    }
    Pen pen;
    const Picture& picture = pictures[i];
    // The picture brings a margin of its own.
    const double y = pen.heading(titles[i], picture.width) - 4;
    pen.raw(placed(picture, 0, y));
    panels.push_back(pen.picture(picture.width, y + picture.height, titles[i]));
  }
  constexpr double gap = 8;
  double width = -gap, height = 0;
  for (const Picture& panel : panels) {
    width += panel.width + gap;
    height = std::max(height, panel.height);
  }
  Pen pen;
  const double top = pen.heading(title, width);
  const double y = title.empty() ? 0 : top - 6;
  double x = 0;
  for (const Picture& panel : panels) {
    pen.raw(placed(panel, x, y));
    x += panel.width + gap;
  }
  std::string name = title;
  for (const Picture& panel : panels) {
    if (title.empty()) name += (name.empty() ? "" : "; ") + panel.title;
  }
  Picture row = pen.picture(width, y + height, name);
  row.panels = std::move(panels);
  return row;
}

void save(const Picture& picture, const std::string& path) { save_text(picture.svg, path); }

void save_text(const std::string& text, const std::string& path) {
  namespace fs = std::filesystem;
  const auto refuse = [&path](const std::string& reason) {
    fail(fmt::format("save: {} must be writable, got '{}'. Choose another folder.", path, reason));
  };
  std::error_code error;
  const fs::path target(path), folder = target.parent_path();
  if (!folder.empty()) fs::create_directories(folder, error);
  // libc++ says only that a file stands where a folder should; fopen then says the rest.
  if (error && error != std::errc::file_exists) refuse(error.message());

  const std::string unfinished = fmt::format("{}.{}.part", path, getpid());  // two may write
  std::FILE* file = std::fopen(unfinished.c_str(), "wb");
  if (!file) refuse(std::strerror(errno));
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  const int reason = errno;
  const bool closed = std::fclose(file) == 0;
  if (!written || !closed) {
    const std::string why = std::strerror(written ? errno : reason);
    fs::remove(unfinished, error);
    refuse(why);
  }
  fs::rename(unfinished, target, error);
  if (error) {
    const std::string why = error.message();
    fs::remove(unfinished, error);
    refuse(why);
  }
}

}  // namespace locus
