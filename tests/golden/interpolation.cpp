// Interpolated tables against those of make_interpolation.py.
#include "nn/positions.h"
#include "tests/golden/golden.h"

namespace locus {

TEST(GoldenInterpolation, ACurveIsHermitesThroughTheRows) {
  const Golden golden("interpolation.txt");
  const std::pair<Index, Index> lengths[] = {{7, 12}, {7, 4}, {2, 5}, {3, 9}};
  for (const auto& [rows, length] : lengths) {
    const LearnedPositions positions(hashed_tensor(std::uint64_t(40 + rows), {rows, 3}));
    golden.expect(fmt::format("curve.{}.{}", rows, length),
                  positions.interpolated(length, Interpolation::cubic).weight.value());
  }
}

TEST(GoldenInterpolation, AGridIsPyTorchsBicubicInterpolation) {
  const Golden golden("interpolation.txt");
  struct Case {
    Grid from, to;
    Index kept;
  };
  for (const auto& [from, to, kept] : {Case{{4, 4}, {7, 7}, 1}, Case{{3, 5}, {6, 4}, 0},
                                       Case{{4, 4}, {2, 3}, 2}, Case{{1, 2}, {3, 3}, 0}}) {
    const LearnedPositions positions(
        hashed_tensor(std::uint64_t(50 + from.rows), {kept + from.rows * from.columns, 3}));
    golden.expect(
        fmt::format("grid.{}.{}.{}.{}.{}", from.rows, from.columns, to.rows, to.columns, kept),
        positions.interpolated(from, to, kept).weight.value());
  }
}

}  // namespace locus
