#include <algorithm>

#include "nn/check_matrix.h"
#include "nn/plot/svg.h"

namespace locus {

// "r;g;b" of a value, as terminals want it.
static std::string terminal_color(double value, Palette palette, Range range) {
  const std::string color = palette_color(palette, range.place(value));
  const auto channel = [&color](size_t at) { return std::stoi(color.substr(at, 2), nullptr, 16); };
  return fmt::format("{};{};{}", channel(1), channel(3), channel(5));
}

std::string terminal_heat_map(const Tensor& values, Palette palette, double low, double high,
                              Index columns) {
  check_matrix(values, "terminal_heat_map", "values");
  check(columns >= 1, "terminal_heat_map: at least one column is needed, got {}.", columns);
  const Range range = palette_range(values, palette, low, high, "terminal_heat_map");
  // A half block is as wide as it is high, so a matrix keeps its proportions unless it is a tower.
  const Index wide = std::min(values.shape()[1], columns);
  const Index tall = std::clamp<Index>(values.shape()[0] * wide / values.shape()[1], 1, columns);
  const Tensor small = shrunk(values, tall, wide);
  const Index zoom = std::clamp<Index>(24 / std::max(small.shape()[0], small.shape()[1]), 1, 4);
  const Index n = zoom * small.shape()[0], m = zoom * small.shape()[1];
  const auto color = [&](Index i, Index j) {
    return terminal_color(small(i / zoom, j / zoom), palette, range);
  };

  std::string text;
  for (Index i = 0; i < n;
       i += 2) {  // the upper row is the letter's colour, the lower its background
    for (Index j = 0; j < m; ++j) {
      text += fmt::format("\x1b[38;2;{}m", color(i, j));
      if (i + 1 < n) text += fmt::format("\x1b[48;2;{}m", color(i + 1, j));
      text += "▀";
    }
    text += "\x1b[0m\n";
  }
  return text;
}

}  // namespace locus
