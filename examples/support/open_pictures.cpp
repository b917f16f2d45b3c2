#include <numeric>

#include "examples/support/opened.h"
#include "nn/inspect/map.h"
#include "tensor/math.h"

namespace locus::course {

// y(1), y(2), .. over 1, 2, ..: what stands at 0 is the same for every table.
static Curve curve(const std::string& label, const Tensor& y) {
  Curve line{.label = label, .x = {}, .y = {}};
  for (Index i = 1; i < y.size(); ++i) {
    line.x.push_back(double(i));
    line.y.push_back(double(y(i)));
  }
  return line;
}

static std::vector<double> counted(Index n) {  // 0, 1, 2, .. n - 1
  std::vector<double> numbers(static_cast<std::size_t>(n));
  std::iota(numbers.begin(), numbers.end(), 0.0);
  return numbers;
}

static std::vector<Link> neighbours(Grid grid) {
  std::vector<Link> links;
  for (Index i = 0; i < grid.rows * grid.columns; ++i) {
    if (i % grid.columns + 1 < grid.columns) links.push_back({i, i + 1});
    if (i / grid.columns + 1 < grid.rows) links.push_back({i, i + grid.columns});
  }
  return links;
}

static std::vector<Figure> grid_figures(const Opened& table) {
  const Grid grid = *table.table.grid;
  std::vector<double> rows;
  for (Index i = 0; i < grid.rows * grid.columns; ++i) rows.push_back(double(i / grid.columns));
  return {
      {"tiles",
       tiles(table.answers.similarity, grid.rows, grid.columns,
             {.title = "What each place finds similar"}),
       "Every tile is the whole grid as one of its places sees it, and stands where that place is: "
       "red is alike, blue opposite. A table that knows rows and columns shows a cross in each, "
       "one that knows distance a spot (after Dosovitskiy et al. 2021, figure 7; here the mean "
       "vector is subtracted first)."},
      {"map",
       scatter(table.in_grid->map, {.title = "The map in the vectors",
                                    .links = neighbours(grid),
                                    .values = rows,
                                    .value_title = "row"}),
       "An isomap of the vectors, turned onto the true grid, whose neighbours are joined."},
      {"lengths",
       heat_map(table.answers.norms.reshaped({grid.rows, grid.columns}),
                {.title = "How long the vectors are",
                 .x_title = "column",
                 .y_title = "row",
                 .palette = Palette::sequential}),
       "Where vectors are short, a place says little about itself."}};
}

static std::vector<Figure> line_figures(const std::vector<Opened>& tables) {
  const Opened& opened = tables[0];
  const Tensor& norms = opened.answers.norms;
  std::vector<Curve> profiles;
  for (const Opened& table : tables)
    profiles.push_back(curve(table.label, offset_profile(table.answers.similarity)));
  return {
      {"map",
       scatter(pca(opened.table.rows).points, {.title = "The two widest directions",
                                               .values = counted(norms.size()),
                                               .value_title = "position"}),
       "Neighbours that lie side by side make a line: then the table knows their order."},
      {"profile",
       curves(profiles, {.title = "How alike places are, by distance",
                         .x_title = "distance in positions",
                         .y_title = "mean similarity"}),
       "Where the curve falls, distance can be seen; where it is flat, it cannot."},
      {"lengths",
       curves(
           {{.label = opened.label, .x = counted(norms.size()), .y = {norms.begin(), norms.end()}}},
           {.title = "How long the vectors are", .x_title = "position", .y_title = "length"}),
       "The longer a vector, the more it weighs against the token's. A row that stands out may "
       "have been trained more than others, or less."}};
}

static Figure similarity_figure(const std::vector<Opened>& tables, bool compared) {
  HeatMapOptions options = {.x_title = "position", .y_title = "position"};
  const std::string title = "Which positions are alike";
  if (!compared) options.title = title;
  std::vector<Picture> maps;
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < (compared ? 2 : 1); ++i) {
    maps.push_back(heat_map(tables[i].answers.similarity, options));
    labels.push_back(tables[i].label);
  }
  return {"similarity", compared ? side_by_side(maps, labels, title) : maps[0],
          "Cosine of the vectors, the mean vector subtracted. A broad diagonal: near is alike. The "
          "same stripes everywhere: distance alone counts."};
}

static Figure spectrum_figure(const std::vector<Opened>& tables) {
  std::vector<Curve> spectra;
  for (const Opened& table : tables) {
    const Tensor& power = table.answers.spectrum;
    // The fastest wave of an even number of positions has no sine beside its cosine, so half of it.
    const Index waves = (table.answers.norms.size() + 1) / 2;
    spectra.push_back(curve(table.label, slice(power * (1 / sum(power).item()), 0, 0, waves)));
  }
  return {"spectrum",
          curves(spectra, {.title = "Which waves run along the positions",
                           .x_title = "cycles per table",
                           .y_title = "share of the variance",
                           .log_y = true}),
          tables[0].in_grid
              ? fmt::format("Peaks at multiples of {}: the columns, which come again in "
                            "each of the {} rows.",
                            tables[0].table.grid->rows, tables[0].table.grid->rows)
              : "Slow waves are at the left. Random vectors have all of them alike."};
}

std::vector<Figure> figures_of(const std::vector<Opened>& tables, bool compared) {
  std::vector<Figure> all = {similarity_figure(tables, compared)};
  const std::vector<Figure> own =
      tables[0].in_grid ? grid_figures(tables[0]) : line_figures(tables);
  all.insert(all.end(), own.begin(), own.end());
  all.push_back(spectrum_figure(tables));
  return all;
}

}  // namespace locus::course
