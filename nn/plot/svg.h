// The pen all pictures are drawn with: SVG elements as text, the scale of an axis, the palettes.
// For those who draw a new kind of picture; a user of pictures needs only picture.h.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "nn/plot/picture.h"

namespace locus {

std::string escape(const std::string& text);  // for XML and HTML: & < > " '
std::string pixels(double value);             // at most one digit after the point: "12.5", "3"
std::string axis_number(double value);  // a number as a label, short: "0.25", "10", "10⁻⁶"
// The labels of all ticks of an axis, written alike: of powers of ten either all as powers or none.
std::vector<std::string> axis_numbers(const std::vector<double>& ticks, bool logarithmic);

enum class Anchor { start, middle, end };

// Collects elements; picture() puts them on paper. Coordinates are CSS pixels, y grows downwards.
// A colour is "#rrggbb" or the name of a themed one: "ink", "faint", "rule", "street", "paper".
class Pen {
 public:
  void text(double x, double y, const std::string& words, Anchor anchor = Anchor::start,
            const std::string& color = "ink", double size = 12, bool bold = false);
  void text_upwards(double x, double y, const std::string& words, Anchor anchor = Anchor::middle,
                    const std::string& color = "faint");
  // The heading of a picture of this width, on as many lines as it takes. Returns the y below it.
  double heading(const std::string& words, double width);
  void line(double x1, double y1, double x2, double y2, const std::string& color, double width = 1,
            const std::string& dashes = {});
  void rectangle(double x, double y, double width, double height, const std::string& color,
                 double radius = 0);
  // With a rim of paper, circles that touch stay apart; the colour must then be "#rrggbb".
  void circle(double x, double y, double radius, const std::string& color, bool rim = false);
  // Through all points, leaving a gap at NaN.
  void polyline(const std::vector<double>& x, const std::vector<double>& y,
                const std::string& color, double width = 2, const std::string& dashes = {});
  void raw(const std::string& element) { elements_ += element; }

  Picture picture(double width, double height, const std::string& title) const;

 private:
  std::string elements_;
};

// An estimate of how wide the words will be, on the wide side, in pixels.
double text_width(const std::string& words, double size = 12);
double widest(const std::vector<std::string>& labels, double size = 12);
// The words on lines no wider than `width`; a single word may be.
std::vector<std::string> wrapped(const std::string& words, double width, double size = 12);

// "#rrggbb" on a palette; 0 and 1 are its ends, values beyond are cut off, NaN is grey.
std::string palette_color(Palette palette, double place);
// One of 8 colours that colour-blind readers can tell apart; begins again after 8.
std::string category_color(Index category);
// Black or white, whichever is easier to read on the colour.
std::string readable_on(const std::string& color);

struct Range {
  double low, high;
  double place(double value) const { return (value - low) / (high - low); }  // low -> 0, high -> 1
  // Whether its ends differ by rounding at most, which no axis should show.
  bool flat() const { return !(high - low > 1e-6 * std::max(std::abs(low), std::abs(high))); }
};
// low .. high when they differ; else -1 .. 1 for diverging, 0 .. the largest value for sequential
// (from the smallest, when that is negative).          Throws when low is above high.
Range palette_range(const Tensor& values, Palette palette, double low, double high,
                    const char* function);
// Round numbers inside the range, about `count` of them; when logarithmic powers of ten, if two are
// inside. Of a flat range its lower end.
std::vector<double> ticks(Range range, int count = 5, bool logarithmic = false);

// A colour bar with numbers: standing, to the right of a heat map, or lying, below a map.
void color_bar(Pen& pen, double x, double y, double height, Palette palette, Range range);
void lying_color_bar(Pen& pen, double x, double y, double width, Palette palette, Range range);

struct LegendEntry {
  std::string label, color;
  std::string dashes = {};
  bool dot = false;  // a dot in place of a line
};
// Entries side by side, on as many rows as the width asks for. Returns the y below them.
double legend(Pen& pen, double x, double y, double width, const std::vector<LegendEntry>& entries);

// The cells of a matrix in cell units, (0, 0) to (m, n): runs of one colour are one rectangle. (n, m)
std::string cells(const Tensor& values, Palette palette, Range range);

// The matrix with neighbouring rows and columns averaged until it fits; numbers that are not finite
// do not count, a block without a finite one is NaN.               (n, m) -> (<= rows, <= columns)
Tensor shrunk(const Tensor& matrix, Index rows, Index columns);

inline constexpr double picture_width = 360;  // of every single picture: as wide as a phone
inline constexpr double picture_margin = 14;

}  // namespace locus
