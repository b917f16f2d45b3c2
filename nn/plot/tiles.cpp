#include <algorithm>

#include "nn/check_matrix.h"
#include "nn/plot/svg.h"
#include "tensor/math.h"

namespace locus {

// Every how many places one is drawn: so that there are at most `most`.
static Index stride_of(Index count, Index most) { return (count + most - 1) / most; }

Picture tiles(const Tensor& similarity, Index rows, Index columns, const TilesOptions& options) {
  check_square(similarity, "tiles", "similarity");
  const Index n = similarity.shape()[0];
  check(rows >= 1 && columns >= 1 && rows * columns == n && options.most >= 1,
        "tiles: a grid of all {} places and at least 1 tile each way, got {} x {} and {}.", n, rows,
        columns, options.most);
  const Index down = stride_of(rows, options.most), across = stride_of(columns, options.most);
  const Index high = stride_of(rows, down), wide = stride_of(columns, across);

  Pen pen;
  constexpr double gap = 7;  // wide enough that white cells do not join two tiles
  const double left = picture_margin + 34, right = picture_width - picture_margin - 48;
  const double top = pen.heading(options.title, picture_width);
  const double tile = (right - left - gap * double(wide - 1)) / double(wide);  // its width,
  const double cell = tile / double(columns);
  const double height = cell * double(rows);
  for (Index i = 0; i < high; ++i) {
    const double y = top + double(i) * (height + gap);
    for (Index j = 0; j < wide; ++j) {
      const Index place = i * down * columns + j * across;
      const Tensor seen = slice(similarity, 0, place, place + 1).reshaped({rows, columns});
      pen.raw(fmt::format(
          "<g transform=\"translate({:.2f} {:.2f}) scale({:.4f})\" "
          "shape-rendering=\"crispEdges\">\n{}</g>\n",
          left + double(j) * (tile + gap), y, cell, cells(seen, Palette::diverging, {-1, 1})));
    }
    pen.text(left - 6, y + height / 2 + 4, fmt::format("{}", i * down), Anchor::end, "faint", 11);
  }
  const double bottom = top + double(high) * (height + gap) - gap;
  for (Index j = 0; j < wide; ++j)
    pen.text(left + double(j) * (tile + gap) + tile / 2, bottom + 16, fmt::format("{}", j * across),
             Anchor::middle, "faint", 11);
  pen.text_upwards(picture_margin + 9, (top + bottom) / 2, "row of the place");
  pen.text((left + right) / 2, bottom + 33, "column of the place", Anchor::middle, "faint");
  color_bar(pen, right + 8, top, std::max(bottom - top, 40.0), Palette::diverging, {-1, 1});
  return pen.picture(picture_width, bottom + 38 + picture_margin - 2, options.title);
}

}  // namespace locus
