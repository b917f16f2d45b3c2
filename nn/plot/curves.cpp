#include <algorithm>
#include <cmath>
#include <limits>

#include "nn/plot/svg.h"
#include "tensor/check.h"

namespace locus {

namespace {
// One axis: values low .. high lie between two pixels, evenly or by their logarithm.
struct Axis {
  Range range;
  bool logarithmic;
  double from, to;
  double at(double value) const {
    if (!std::isfinite(value) || (logarithmic && value <= 0))
      return std::numeric_limits<double>::quiet_NaN();
    if (!logarithmic) return from + (to - from) * range.place(value);
    return from + (to - from) * std::log(value / range.low) / std::log(range.high / range.low);
  }
};
}  // namespace

// What all the numbers need: from the smallest to the largest, never empty.
static Range needed(const std::vector<Curve>& lines, std::vector<double> Curve::*numbers,
                    bool logarithmic) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const Curve& line : lines) {
    for (const double value : line.*numbers) {
      if (!std::isfinite(value) || (logarithmic && value <= 0)) continue;
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  if (low > high) return {1, 2};  // nothing to draw
  if (!Range{low, high}.flat()) return {low, high};
  if (logarithmic) return {low / 2, high * 2};
  const double room = std::max(1.0, 0.1 * std::abs(low));
  return {low - room, high + room};
}

// The same with some air, and down to zero where that is near.
static Range airy(Range range, bool logarithmic) {
  if (logarithmic) return {range.low / 1.3, range.high * 1.3};
  const double air = 0.05 * (range.high - range.low);
  const bool near_zero = range.low >= 0 && range.low < 0.35 * range.high;
  return {near_zero ? 0 : range.low - air, range.high + air};
}

static void draw_axes(Pen& pen, const Axis& x, const Axis& y, const CurvesOptions& options) {
  double free = -1e9;
  const std::vector<double> up = ticks(y.range, 5, y.logarithmic);
  const std::vector<std::string> up_words = axis_numbers(up, y.logarithmic);
  for (size_t i = 0; i < up.size(); ++i) {
    pen.line(x.from, y.at(up[i]), x.to, y.at(up[i]), "rule");
    pen.text(x.from - 6, y.at(up[i]) + 4, up_words[i], Anchor::end, "faint", 11);
  }
  pen.line(x.from, y.from, x.to, y.from, "faint");
  const std::vector<double> across = ticks(x.range, 5, x.logarithmic);
  const std::vector<std::string> words = axis_numbers(across, x.logarithmic);
  for (size_t i = 0; i < across.size(); ++i) {
    const double half = text_width(words[i], 11) / 2;
    const double place = std::min(x.at(across[i]), picture_width - picture_margin / 2 - half);
    pen.line(x.at(across[i]), y.from, x.at(across[i]), y.from + 4, "faint");
    if (place - half < free) continue;  // no room for this number
    pen.text(place, y.from + 17, words[i], Anchor::middle, "faint", 11);
    free = place + half + 4;
  }
  if (!options.x_title.empty()) {
    pen.text((x.from + x.to) / 2, y.from + 35, options.x_title, Anchor::middle, "faint");
  }
  if (!options.y_title.empty())
    pen.text_upwards(picture_margin + 9, (y.from + y.to) / 2, options.y_title);
}

static const char* dashes_of(size_t index) {
  static const char* const dashes[] = {"", "7 4", "2 4", "10 4 2 4"};
  return dashes[index % 4];
}

static void draw_curve(Pen& pen, const Axis& across, const Axis& up, const Curve& line,
                       const std::string& color, const std::string& dashes) {
  std::vector<double> x, y;
  for (size_t i = 0; i < line.x.size(); ++i) {
    x.push_back(across.at(line.x[i]));
    const double at = up.at(line.y[i]);  // beyond given ends a curve stops at the frame's edge
    y.push_back(std::isnan(at) ? at : std::clamp(at, up.to, up.from));
  }
  pen.polyline(x, y, color, line.quiet ? 1 : 2, dashes);
  if (line.quiet && !line.label.empty() && !x.empty() && !std::isnan(x.back() + y.back())) {
    pen.text(x.back(), y.back() - 5, line.label, Anchor::end, "faint", 11);
  }
  for (size_t i = 0; line.marks && i < x.size(); ++i) {
    if (!std::isnan(x[i]) && !std::isnan(y[i])) pen.circle(x[i], y[i], 3, color);
  }
}

static std::vector<LegendEntry> legend_of(const std::vector<Curve>& lines) {
  std::vector<LegendEntry> entries;
  for (const Curve& line : lines) {
    check(line.x.size() == line.y.size(), "curves: '{}' must have as many x as y, got {} and {}.",
          line.label, line.x.size(), line.y.size());
    if (line.quiet) continue;
    entries.push_back(
        {line.label, category_color(Index(entries.size())), dashes_of(entries.size())});
  }
  check(entries.size() <= 8,
        "curves: at most 8 can be told apart, got {}. Make some of them quiet.", entries.size());
  return entries;
}

Picture curves(const std::vector<Curve>& lines, const CurvesOptions& options) {
  check(!lines.empty(), "curves: at least one curve is needed, got none.");
  check(options.y_low <= options.y_high, "curves: y_low must not be above y_high, got {} and {}.",
        options.y_low, options.y_high);
  check(!options.log_y || options.y_low == options.y_high || options.y_low > 0,
        "curves: y_low must be above 0 on a logarithmic axis, got {}.", options.y_low);
  const std::vector<LegendEntry> entries = legend_of(lines);
  Range x_range = needed(lines, &Curve::x, options.log_x);
  Range y_range = airy(needed(lines, &Curve::y, options.log_y), options.log_y);
  if (options.y_low < options.y_high) y_range = {options.y_low, options.y_high};

  Pen pen;
  const double right = picture_width - picture_margin;
  double top = pen.heading(options.title, picture_width);
  top = legend(pen, picture_margin, top, right - picture_margin, entries);
  const double number_width =
      widest(axis_numbers(ticks(y_range, 5, options.log_y), options.log_y), 11);
  const double left = picture_margin + number_width + 8 + (options.y_title.empty() ? 0 : 18);
  const double bottom = top + 8 + 190;
  const Axis x{x_range, options.log_x, left, right - 4}, y{y_range, options.log_y, bottom, top + 8};
  draw_axes(pen, x, y, options);
  for (const Curve& line : lines) {
    if (line.quiet) draw_curve(pen, x, y, line, "street", "");
  }
  size_t named = 0;
  for (const Curve& line : lines) {
    if (line.quiet) continue;
    draw_curve(pen, x, y, line, entries[named].color, entries[named].dashes);
    ++named;
  }
  return pen.picture(picture_width,
                     bottom + (options.x_title.empty() ? 22 : 40) + picture_margin - 4,
                     options.title);
}

}  // namespace locus
