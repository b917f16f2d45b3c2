#include "nn/inspect/answers.h"

#include <algorithm>

#include "nn/inspect/compare.h"
#include "nn/inspect/map.h"
#include "tensor/math.h"

namespace locus {

// With as many dimensions as rows some line fits any table; this is the price of a steep one.
static constexpr double ridge = 1e-3;

Answers::Answers(const Tensor& table)
    : similarity(cosine_similarity(table)), spectrum(position_spectrum(table)),
      norms(sqrt(sum(table * table, 1))), read_off(position_probe(table, ridge)),
      invariance(translation_invariance(similarity)), monotone(monotonicity(similarity)),
      directions(effective_rank(table)) {
  const auto [shortest, longest] = std::minmax_element(norms.begin(), norms.end());
  norm_ratio = *longest / *shortest;
}

std::string Answers::verdict() const {
  if (read_off.r_squared < 0.5) return "random";
  return norm_ratio < 1.01 && invariance > 0.9 ? "sinusoid" : "learned";
}

GridAnswers::GridAnswers(const Tensor& table, const Tensor& similarity, Grid grid) {
  check(grid.rows >= 2 && grid.columns >= 2 && grid.rows * grid.columns == table.shape()[0],
        "GridAnswers: a grid of 2 x 2 or more with the table's {} rows, got {} x {}.",
        table.shape()[0], grid.rows, grid.columns);
  const Shape places{table.shape()[0]};
  Tensor rows(places), columns(places), truth({places[0], 2});
  for (Index i = 0; i < places[0]; ++i) {
    rows.at({i}) = truth.at({i, 1}) = -real(i / grid.columns);  // row 0 is at the top
    columns.at({i}) = truth.at({i, 0}) = real(i % grid.columns);
  }
  row = position_probe(table, rows, ridge);
  column = position_probe(table, columns, ridge);
  const Alignment alignment =
      procrustes(isomap(similarity, std::min<Index>(4, places[0] - 1)), truth);
  map = alignment.aligned;
  map_correlation = alignment.correlation;
}

}  // namespace locus
