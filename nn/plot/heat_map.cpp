#include <algorithm>
#include <cmath>
#include <map>

#include "nn/check_matrix.h"
#include "nn/plot/svg.h"

namespace locus {

// Per side: more cells are thinner than two pixels, and the file grows.
static constexpr Index most_cells = 128;

// One path per colour.
std::string cells(const Tensor& values, Palette palette, Range range) {
  constexpr double levels = 128;  // finer steps of colour cannot be seen
  const Index n = values.shape()[0], m = values.shape()[1];
  const auto color = [&](Index i, Index j) {
    const double place = range.place(values.data()[i * m + j]);
    return palette_color(palette, std::round(std::clamp(place, 0.0, 1.0) * levels) / levels);
  };
  std::map<std::string, std::string> paths;
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < m;) {
      const std::string here = color(i, j);
      Index end = j + 1;
      while (end < m && color(i, end) == here) ++end;
      paths[here] += fmt::format("M{} {}h{}v1h-{}z", j, i, end - j, end - j);
      j = end;
    }
  }
  std::string result;
  for (const auto& [fill, path] : paths)
    result += fmt::format("<path fill=\"{}\" d=\"{}\"/>\n", fill, path);
  return result;
}

// The labels, cut where they are wider than `room`.
static std::vector<std::string> cut(std::vector<std::string> labels, double room) {
  for (std::string& label : labels) {
    if (text_width(label, 11) <= room) continue;
    while (!label.empty() && text_width(label + "…", 11) > room)
      label.pop_back();  // only a character's first byte has a width, so it goes as a whole
    label += "…";
  }
  return labels;
}

// The labels of one side: those given, or numbers.
static std::vector<std::string> side_labels(const std::vector<std::string>& given, Index count) {
  if (!given.empty()) return given;
  std::vector<std::string> numbers;
  for (Index i = 0; i < count; ++i) numbers.push_back(fmt::format("{}", i));
  return numbers;
}

// Every how many cells a label fits: 1, 2, 4, 5, 10, ..
static Index label_step(double cell, double needed) {
  for (Index power = 1;; power *= 10) {
    for (const Index step : {power, 2 * power, 4 * power, 5 * power}) {
      if (double(step) * cell >= needed) return step;
    }
  }
}

namespace {
struct Frame {
  double left, top, width, height;
};
}  // namespace

static void draw_row_labels(Pen& pen, const Frame& frame, const std::vector<std::string>& labels) {
  const double cell = frame.height / double(labels.size());
  const Index step = label_step(cell, 14);
  for (Index i = 0; i < Index(labels.size()); i += step) {
    pen.text(frame.left - 6, frame.top + (double(i) + 0.5) * cell + 4, labels[size_t(i)],
             Anchor::end, "faint", 11);
  }
}

// Returns the y below the labels. Words too wide for their cells are turned upwards.
static double draw_column_labels(Pen& pen, const Frame& frame,
                                 const std::vector<std::string>& labels, bool words) {
  const double cell = frame.width / double(labels.size()), below = frame.top + frame.height;
  const bool turned = words && widest(labels, 11) + 4 > cell && labels.size() > 1;
  const Index step = label_step(cell, turned ? 14 : words ? 0 : widest(labels, 11) + 8);
  for (Index j = 0; j < Index(labels.size()); j += step) {
    const double x = frame.left + (double(j) + 0.5) * cell;
    if (turned)
      pen.text_upwards(x + 4, below + 6, labels[size_t(j)], Anchor::end, "faint");
    else
      pen.text(x, below + 16, labels[size_t(j)], Anchor::middle, "faint", 11);
  }
  return below + (turned ? widest(labels, 12) + 8 : 20);
}

// Each value in its cell, black or white, whichever can be read there.
static void draw_numbers(Pen& pen, const Frame& frame, const Tensor& values, Range range,
                         const HeatMapOptions& options) {
  const Index n = values.shape()[0], m = values.shape()[1];
  for (Index i = 0; i < n * m; ++i) {
    const double value = double(values.data()[i]);
    if (std::isnan(value)) continue;
    const double x = frame.left + (double(i % m) + 0.5) * frame.width / double(m);
    const double y = frame.top + (double(i / m) + 0.5) * frame.height / double(n);
    pen.text(x, y + 4, fmt::format("{:.{}f}", value, options.digits), Anchor::middle,
             readable_on(palette_color(options.palette, range.place(value))));
  }
}

static void check_labels(const std::vector<std::string>& labels, Index count, const char* side) {
  check(labels.empty() || Index(labels.size()) == count,
        "heat_map: {} labels must be {} or none, got {}.", side, count, labels.size());
}

Picture heat_map(const Tensor& values, const HeatMapOptions& options) {
  check_matrix(values, "heat_map", "values");
  const Index n = values.shape()[0], m = values.shape()[1];
  check_labels(options.rows, n, "row");
  check_labels(options.columns, m, "column");
  const Range range = palette_range(values, options.palette, options.low, options.high, "heat_map");
  const std::vector<std::string> rows = cut(side_labels(options.rows, n), 0.4 * picture_width);
  const std::vector<std::string> columns = side_labels(options.columns, m);

  Pen pen;
  Frame frame{};
  const double right = picture_width - picture_margin;
  frame.top = pen.heading(options.title, picture_width);
  frame.left = picture_margin + widest(rows, 11) + 6 + (options.y_title.empty() ? 0 : 18);
  frame.width = right - 48 - frame.left;  // 48: the colour bar and its numbers
  // Square cells where the matrix is about square; otherwise neither a ribbon nor a tower.
  frame.height = std::clamp(frame.width * double(n) / double(m), std::min(20.0 * double(n), 90.0),
                            1.3 * frame.width);

  pen.raw(fmt::format(
      "<g transform=\"translate({} {}) scale({:.4f} {:.4f})\" shape-rendering=\"crispEdges\">\n",
      pixels(frame.left), pixels(frame.top), frame.width / double(std::min(m, most_cells)),
      frame.height / double(std::min(n, most_cells))));
  pen.raw(cells(shrunk(values, most_cells, most_cells), options.palette, range) + "</g>\n");
  if (options.digits >= 0) draw_numbers(pen, frame, values, range, options);
  draw_row_labels(pen, frame, rows);
  double bottom = draw_column_labels(pen, frame, columns, !options.columns.empty());
  color_bar(pen, right - 40, frame.top, std::max(frame.height, 40.0), options.palette, range);
  if (!options.y_title.empty()) {
    pen.text_upwards(picture_margin + 9, frame.top + frame.height / 2, options.y_title);
  }
  if (!options.x_title.empty()) {
    pen.text(frame.left + frame.width / 2, bottom + 13, options.x_title, Anchor::middle, "faint");
    bottom += 18;
  }
  return pen.picture(picture_width, bottom + picture_margin - 2, options.title);
}

}  // namespace locus
