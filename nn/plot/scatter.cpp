#include <algorithm>
#include <cmath>

#include "nn/check_matrix.h"
#include "nn/plot/svg.h"

namespace locus {

namespace {
// Turns map units into pixels: the same scale both ways, north up.
struct Projection {
  double scale = 1, left = 0, bottom = 0, low_x = 0, low_y = 0;
  double x(double value) const { return left + scale * (value - low_x); }
  double y(double value) const { return bottom - scale * (value - low_y); }
};
}  // namespace

static void check_options(Index n, const ScatterOptions& options) {
  const auto fits = [n](size_t count) { return count == 0 || Index(count) == n; };
  check(
      fits(options.labels.size()) && fits(options.categories.size()) && fits(options.values.size()),
      "scatter: labels, categories and values must be {} or none, got {}, {} and {}.", n,
      options.labels.size(), options.categories.size(), options.values.size());
  check(options.categories.empty() || options.values.empty(),
        "scatter: a point's colour must come from categories or from values, got both. Leave one "
        "empty.");
  for (const auto [from, to] : options.links) {
    check(0 <= from && from < n && 0 <= to && to < n,
          "scatter: links must join points from 0 to {}, got {} - {}.", n - 1, from, to);
  }
}

// Fits the points into a width, at most as high as wide; `room` is kept free around them for the
// dots. Returns the height taken.
static double fit(Projection& projection, const Tensor& points, double left, double top,
                  double width, double room) {
  const Index n = points.shape()[0];
  double high_x = points(0, 0), high_y = points(0, 1);
  projection.low_x = high_x;
  projection.low_y = high_y;
  for (Index i = 0; i < n; ++i) {
    const double x = points(i, 0), y = points(i, 1);
    projection.low_x = std::min(projection.low_x, x);
    projection.low_y = std::min(projection.low_y, y);
    high_x = std::max(high_x, x);
    high_y = std::max(high_y, y);
  }
  const double tiny = 1e-12;
  const double spread_x = std::max(high_x - projection.low_x, tiny);
  const double spread_y = std::max(high_y - projection.low_y, tiny);
  const double side = width - 2 * room;
  projection.scale = std::min(side / spread_x, side / spread_y);
  if (std::max(spread_x, spread_y) <= tiny) projection.scale = 0;  // all in one place
  const double height = std::max(projection.scale * spread_y + 2 * room, 90.0);
  projection.left = left + (width - projection.scale * spread_x) / 2;
  projection.bottom = top + (height + projection.scale * spread_y) / 2;
  return height;
}

static double dot_radius(Index n) {
  return n <= 24 ? 11 : n <= 40 ? 10 : n <= 100 ? 9 : n <= 400 ? 4 : 2.5;
}

static void draw_dots(Pen& pen, const Tensor& points, const Projection& map,
                      const ScatterOptions& options, Range range) {
  const Index n = points.shape()[0];
  const bool labelled = !options.labels.empty();
  const bool inside = labelled && widest(options.labels, 11) <= 2 * dot_radius(n) - 1;
  const double radius = labelled && !inside ? std::min(dot_radius(n), 5.0) : dot_radius(n);
  for (Index i = 0; i < n; ++i) {
    const double x = map.x(points(i, 0)), y = map.y(points(i, 1));
    std::string color = category_color(0);
    if (!options.values.empty())
      color = palette_color(Palette::sequential, range.place(options.values[size_t(i)]));
    if (!options.categories.empty()) color = category_color(options.categories[size_t(i)]);
    pen.circle(x, y, radius, color, /*rim=*/radius > 3);
    if (!labelled) continue;
    const std::string& label = options.labels[size_t(i)];
    if (inside)
      pen.text(x, y + 4, label, Anchor::middle, readable_on(color), 11);
    else
      pen.text(x, y - radius - 4, label, Anchor::middle, "ink", 11);
  }
}

Picture scatter(const Tensor& points, const ScatterOptions& options) {
  check_matrix(points, "scatter", "points");
  check(points.shape()[1] == 2, "scatter: points must have two coordinates each, got the shape {}.",
        points.shape());
  check_finite(points, "scatter", "points");
  check_options(points.shape()[0], options);

  Pen pen;
  const double left = picture_margin, width = picture_width - 2 * picture_margin;
  double y = pen.heading(options.title, picture_width);
  std::vector<LegendEntry> entries;
  for (size_t i = 0; i < options.category_names.size(); ++i) {
    entries.push_back({options.category_names[i], category_color(Index(i)), {}, /*dot=*/true});
  }
  y = legend(pen, left, y, width, entries);

  const bool outside = !options.labels.empty() && widest(options.labels, 11) > 20;
  const double room = outside ? std::min(widest(options.labels, 11) / 2 + 6, 80.0) : 13;
  Projection map;
  y += fit(map, points, left, y, width, room);
  for (const auto [from, to] : options.links) {
    pen.line(map.x(points(from, 0)), map.y(points(from, 1)), map.x(points(to, 0)),
             map.y(points(to, 1)), "street", points.shape()[0] <= 100 ? 2 : 1);
  }
  Range range{0, 1};
  if (!options.values.empty()) {
    const auto [low, high] = std::minmax_element(options.values.begin(), options.values.end());
    range = {*low, *high};
    if (range.flat()) range.high = *low + std::max(1.0, 0.1 * std::abs(*low));
  }
  draw_dots(pen, points, map, options, range);
  if (!options.values.empty()) {
    const double words = options.value_title.empty() ? 0 : text_width(options.value_title) + 12;
    pen.text(left, y + 15, options.value_title, Anchor::start, "faint");
    lying_color_bar(pen, left + words + 6, y + 6, width - words - 18, Palette::sequential, range);
    y += 34;
  }
  return pen.picture(picture_width, y + picture_margin - 4, options.title);
}

}  // namespace locus
