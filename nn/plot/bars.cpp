#include <algorithm>
#include <cmath>

#include "nn/plot/svg.h"
#include "tensor/check.h"

namespace locus {

static std::string printed(double value, int digits) {
  std::string text = fmt::format("{:.{}f}", value, digits);
  if (text[0] == '-') text.replace(0, 1, "−");
  return text;
}

// What the bars span: from zero to the longest, or what was asked for, widened to hold zero.
static Range span_of(const std::vector<Bar>& rows, const BarsOptions& options) {
  Range range{options.low, options.high};
  if (options.low == options.high) {
    range = {0, 0};
    for (const Bar& row : rows) {
      range = {std::min(range.low, row.value), std::max(range.high, row.value)};
    }
    if (!options.reference_label.empty()) range.high = std::max(range.high, options.reference);
    if (range.low == range.high) range.high = 1;
  }
  return {std::min(range.low, 0.0), std::max(range.high, 0.0)};
}

static void check_bars(const std::vector<Bar>& rows, const BarsOptions& options) {
  check(!rows.empty(), "bars: at least one bar is needed, got none.");
  check(options.low <= options.high, "bars: low must not be above high, got {} and {}.",
        options.low, options.high);
  for (const Bar& row : rows) {
    check(std::isfinite(row.value), "bars: values must be finite, got {} for '{}'.", row.value,
          row.label);
  }
}

namespace {
struct Column {
  Range range;
  double left, right;
  double at(double value) const {
    return left + (right - left) * std::clamp(range.place(value), 0.0, 1.0);
  }
};
}  // namespace

static void draw_bar(Pen& pen, const Column& column, double y, const Bar& row, int digits) {
  const double zero = column.at(0), end = column.at(row.value);
  pen.rectangle(std::min(zero, end), y, std::max(std::abs(end - zero), 1.0), 16,
                category_color(row.category), 2);
  pen.line(zero, y - 4, zero, y + 20, "faint");
  if (row.value < 0)
    pen.text(end - 5, y + 12, printed(row.value, digits), Anchor::end);
  else
    pen.text(end + 5, y + 12, printed(row.value, digits));
}

// A dashed line through all bars, in pieces that begin `skip` below the top of each bar's row: not
// through labels that stand above their bars.
static void draw_reference(Pen& pen, const Column& column, double top, double bottom, double skip,
                           double pitch, const BarsOptions& options) {
  const double x = column.at(options.reference);
  for (double y = top; y < bottom; y += pitch) {
    pen.line(x, y + skip, x, y + pitch, "ink", 1, "3 3");
  }
  const double half = text_width(options.reference_label, 11) / 2;
  const double middle =
      std::max(std::min(x, picture_width - picture_margin - half), picture_margin + half);
  pen.text(middle, top - 7, options.reference_label, Anchor::middle, "faint", 11);
}

Picture bars(const std::vector<Bar>& rows, const BarsOptions& options) {
  check_bars(rows, options);
  double label_width = 0, number_width = 0;
  for (const Bar& row : rows) {
    label_width = std::max(label_width, text_width(row.label));
    number_width = std::max(number_width, text_width(printed(row.value, options.digits)) + 6);
  }
  const bool own_line = label_width > 150;  // long labels stand above their bars
  const double pitch = own_line ? 40 : 24;

  Pen pen;
  const double margin = picture_margin, right = picture_width - margin;
  double y = pen.heading(options.title, picture_width);
  const bool referenced = !options.reference_label.empty();
  if (referenced) y += 16;
  Column column{span_of(rows, options), own_line ? margin : margin + label_width + 8,
                right - number_width};
  if (column.range.low < 0) column.left += number_width;
  const double top = y;
  for (const Bar& row : rows) {
    if (own_line)
      pen.text(margin, y + 13, row.label);
    else
      pen.text(margin + label_width, y + 16, row.label, Anchor::end);
    draw_bar(pen, column, y + (own_line ? 18 : 4), row, options.digits);
    y += pitch;
  }
  if (referenced) draw_reference(pen, column, top, y, own_line ? 15 : 0, pitch, options);
  if (!options.x_title.empty()) {
    pen.text((column.left + column.right) / 2, y + 16, options.x_title, Anchor::middle, "faint");
    y += 20;
  }
  return pen.picture(picture_width, y + margin - 4, options.title);
}

}  // namespace locus
