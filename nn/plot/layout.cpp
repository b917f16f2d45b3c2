// What pictures share beside the pen: the width of words, ticks, colour bars, legends.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include "nn/plot/svg.h"

namespace locus {

double text_width(const std::string& words, double size) {
  double letters = 0;
  for (const char c : words) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) == 0x80) continue;  // UTF-8: one letter, several bytes
    if (byte >= 0xE3)
      letters += 1.05;  // ideographs and the like
    else if (std::string_view("ijlI.,:;!|'()[] ftr").find(c) != std::string_view::npos)
      letters += 0.36;
    else if (std::string_view("mwMW@%").find(c) != std::string_view::npos)
      letters += 0.92;
    else
      letters += byte >= 'A' && byte <= 'Z' ? 0.72 : 0.62;
  }
  return letters * size;
}

double widest(const std::vector<std::string>& labels, double size) {
  double width = 0;
  for (const std::string& label : labels) width = std::max(width, text_width(label, size));
  return width;
}

std::vector<std::string> wrapped(const std::string& words, double width, double size) {
  std::vector<std::string> lines;
  std::string line;
  for (size_t first = 0; first < words.size();) {
    size_t last = words.find(' ', first);
    if (last == std::string::npos) last = words.size();
    const std::string word = words.substr(first, last - first);
    if (!line.empty() && text_width(line + " " + word, size) > width) {
      lines.push_back(line);
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
    first = last + 1;
  }
  if (!line.empty()) lines.push_back(line);
  return lines;
}

static std::vector<double> powers_of_ten(Range range, int count) {
  const int first = int(std::ceil(std::log10(range.low) - 1e-9));
  const int last = int(std::floor(std::log10(range.high) + 1e-9));
  const int stride = std::max(1, (last - first + count) / count);
  const int aligned = int(std::ceil(double(first) / stride)) * stride;  // so that 1 is among them
  std::vector<double> result;
  for (int power = aligned; power <= last; power += stride) result.push_back(std::pow(10, power));
  if (result.size() >= 2) return result;
  result.clear();  // less than two powers: 1, 2 and 5 of each
  for (int power = first - 1; power <= last; ++power) {
    for (const int digit : {1, 2, 5}) {
      const double value = digit * std::pow(10, power);
      if (value >= range.low * (1 - 1e-9) && value <= range.high * (1 + 1e-9))
        result.push_back(value);
    }
  }
  return result;
}

std::vector<double> ticks(Range range, int count, bool logarithmic) {
  if (range.flat()) return {range.low};
  if (logarithmic) {
    const std::vector<double> powers = powers_of_ten(range, count);
    if (powers.size() >= 2) return powers;
  }
  const double rough = (range.high - range.low) / count;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double digit : {5.0, 2.0, 1.0}) {
    if (digit * power >= rough * 0.75) step = digit * power;
  }
  std::vector<double> result;
  for (double i = std::ceil(range.low / step - 1e-6); i * step <= range.high + 1e-6 * step; ++i) {
    result.push_back(i == 0 ? 0 : i * step);
  }
  return result;
}

static constexpr int color_bar_steps = 48;

void color_bar(Pen& pen, double x, double y, double height, Palette palette, Range range) {
  std::string steps = "<g shape-rendering=\"crispEdges\">\n";
  for (int i = 0; i < color_bar_steps; ++i) {
    const double top = height * i / color_bar_steps, bottom = height * (i + 1) / color_bar_steps;
    steps +=
        fmt::format("<rect x=\"{}\" y=\"{}\" width=\"12\" height=\"{}\" fill=\"{}\"/>\n", pixels(x),
                    pixels(y + top), pixels(std::min(bottom - top + 1, height - top)),
                    palette_color(palette, 1 - (i + 0.5) / color_bar_steps));
  }
  pen.raw(steps + "</g>\n");
  for (const double value : ticks(range, height > 110 ? 4 : 2)) {
    const double at = y + height * (1 - range.place(value));
    pen.line(x + 12, at, x + 15, at, "faint");
    pen.text(x + 18, std::clamp(at + 4, y + 9, y + height), axis_number(value), Anchor::start,
             "faint", 11);
  }
}

void lying_color_bar(Pen& pen, double x, double y, double width, Palette palette, Range range) {
  std::string steps = "<g shape-rendering=\"crispEdges\">\n";
  for (int i = 0; i < color_bar_steps; ++i) {
    const double left = width * i / color_bar_steps, right = width * (i + 1) / color_bar_steps;
    steps +=
        fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"10\" fill=\"{}\"/>\n",
                    pixels(x + left), pixels(y), pixels(std::min(right - left + 1, width - left)),
                    palette_color(palette, (i + 0.5) / color_bar_steps));
  }
  pen.raw(steps + "</g>\n");
  for (const double value : ticks(range, 4)) {
    const double at = x + width * range.place(value);
    pen.line(at, y + 10, at, y + 13, "faint");
    pen.text(at, y + 24, axis_number(value), Anchor::middle, "faint", 11);
  }
}

double legend(Pen& pen, double x, double y, double width, const std::vector<LegendEntry>& entries) {
  constexpr double row = 18, swatch = 20, gap = 16;
  double left = x;
  bool any = false;
  for (const LegendEntry& entry : entries) {
    if (entry.label.empty()) continue;
    const double mark = entry.dot ? 10 : swatch;
    const double needed = mark + 6 + text_width(entry.label);
    if (left > x && left + needed > x + width) {
      left = x;
      y += row;
    }
    if (entry.dot)
      pen.circle(left + 5, y + 8, 5, entry.color);
    else
      pen.line(left, y + 8, left + swatch, y + 8, entry.color, 2.5, entry.dashes);
    pen.text(left + mark + 6, y + 12, entry.label);
    left += needed + gap;
    any = true;
  }
  return any ? y + row + 6 : y;
}

Tensor shrunk(const Tensor& matrix, Index rows, Index columns) {
  const Index n = matrix.shape()[0], m = matrix.shape()[1];
  const Index high = std::min(n, rows), wide = std::min(m, columns);
  if (high == n && wide == m) return matrix;
  Tensor result({high, wide});
  real* out = result.data();
  for (Index i = 0; i < high; ++i) {
    for (Index j = 0; j < wide; ++j) {
      double sum = 0, count = 0;
      for (Index row = i * n / high; row < (i + 1) * n / high; ++row) {
        for (Index column = j * m / wide; column < (j + 1) * m / wide; ++column) {
          const real value = matrix.data()[row * m + column];
          if (!std::isfinite(value)) continue;
          sum += value;
          count += 1;
        }
      }
      out[i * wide + j] = count > 0 ? real(sum / count) : std::numeric_limits<real>::quiet_NaN();
    }
  }
  return result;
}

}  // namespace locus
