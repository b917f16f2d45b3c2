// Pictures as SVG text: heat maps, maps of points, curves, bars, and rows of them. One quiet style,
// safe for colour-blind readers. A picture brings its own paper, so it reads in light and in dark;
// its classes (paper, ink, faint, rule, street) let a page give it other colours.
// Every picture throws when its options do not fit the numbers.
#pragma once

#include <string>
#include <vector>

#include "nn/grid.h"
#include "tensor/tensor.h"

namespace locus {

struct Picture {
  std::string svg = {};              // a whole document: it may be saved, or placed inline in HTML
  double width = 0, height = 0;      // natural size in CSS pixels
  std::string title = {};            // what it shows, for those who cannot see it
  std::vector<Picture> panels = {};  // of a row: the pictures side by side, left to right
  bool film = false;                 // whether the panels are the frames of a film
};

enum class Palette {
  diverging,   // blue - white - red, white is zero: similarities
  sequential,  // dark blue - green - yellow: weights, counts, losses
};

struct HeatMapOptions {
  std::string title = {};
  std::string x_title = {}, y_title = {};            // of the columns and the rows
  std::vector<std::string> columns = {}, rows = {};  // labels; empty: 0, 1, 2, ..
  Palette palette = Palette::diverging;
  double low = 0, high = 0;  // the palette's ends; equal: -1 and 1, or 0 and the largest value
  int digits = -1;           // of a number written in each cell; below 0: none is written
};
// One coloured cell per number, row 0 at the top, and a colour bar. NaN is grey. Beyond 128 rows or
// columns, blocks of neighbours are averaged.                                           (n, m)
Picture heat_map(const Tensor& values, const HeatMapOptions& options = {});

// What each place of a grid finds similar, drawn as a grid, the tiles where their places are: at most
// `most` tiles down and across, evenly chosen.   similarity (n, n) of the rows x columns = n places
// [Dosovitskiy et al. 2021, figure 7]
struct TilesOptions {
  std::string title = {};
  Index most = 8;
};
Picture tiles(const Tensor& similarity, Index rows, Index columns,
              const TilesOptions& options = {});

struct ScatterOptions {
  std::string title = {};
  std::vector<Link> links = {};                  // true streets, drawn between the points
  std::vector<std::string> labels = {};          // one per point, or empty
  std::vector<Index> categories = {};            // a colour per point by kind, 0 .. 7, or
  std::vector<std::string> category_names = {};  // (a legend, or empty)
  std::vector<double> values = {};               // a colour per point by number, or neither
  std::string value_title = {};                  // what the numbers are, for the colour bar
};
// A map: one unit is as long to the right as it is upwards, and the axes have no names.  (n, 2)
Picture scatter(const Tensor& points, const ScatterOptions& options = {});

struct Curve {
  std::string label;
  std::vector<double> x, y;  // of equal length; NaN leaves a gap
  bool marks = false;        // a dot at each number
  bool quiet = false;        // thin and grey, its label at its end: a reference, contour lines
};
struct CurvesOptions {
  std::string title = {};
  std::string x_title = {}, y_title = {};
  bool log_x = false, log_y = false;  // numbers of 0 and below are left out
  double y_low = 0, y_high = 0;       // equal: what the curves need
};
// Up to 8 curves over common axes, told apart by colour and by dashes, and any number of quiet ones
// beneath them.
Picture curves(const std::vector<Curve>& lines, const CurvesOptions& options = {});

struct Bar {
  std::string label;
  double value;
  Index category = 0;  // colour, 0 .. 7
};
struct BarsOptions {
  std::string title = {};
  std::string x_title = {};
  double low = 0, high = 0;          // equal: from 0 to the longest bar
  double reference = 0;              // a dashed line, such as chance,
  std::string reference_label = {};  // drawn when it has a name
  int digits = 2;                    // of the number behind each bar
};
// Bars from left to right, each with its label before it and its number behind it.
Picture bars(const std::vector<Bar>& rows, const BarsOptions& options = {});

// Pictures in a row, a title over each (or no titles): a comparison, or the frames of a film.
Picture side_by_side(const std::vector<Picture>& pictures,
                     const std::vector<std::string>& titles = {}, const std::string& title = {});

// Writes the SVG; missing folders are made. Throws with the system's reason when it cannot.
void save(const Picture& picture, const std::string& path);
// Writes text the same way: to a temporary file first, so a reader never sees half of it.
void save_text(const std::string& text, const std::string& path);

// The values as coloured half blocks (24-bit ANSI), two rows per line of text, with the palettes of
// heat_map. More than `columns` rows or columns are averaged down to fit, few are enlarged.  (n, m)
std::string terminal_heat_map(const Tensor& values, Palette palette = Palette::diverging,
                              double low = 0, double high = 0, Index columns = 40);

}  // namespace locus
