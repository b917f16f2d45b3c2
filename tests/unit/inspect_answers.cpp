#include "nn/inspect/answers.h"

#include "nn/positions.h"

#include "tests/support.h"

namespace locus {

// A learned table as those of real models are: few slow waves, longer vectors at the ends, noise.
static Tensor road(Index n, Index d, std::uint64_t seed) {
  Tensor table = random_tensor({n, d}, seed) * real(0.05);
  const Tensor along = random_tensor({d}, seed + 1), across = random_tensor({d}, seed + 2);
  for (Index p = 0; p < n; ++p) {
    const real t = 2 * real(p) / real(n - 1) - 1;
    for (Index i = 0; i < d; ++i) table.at({p, i}) += t * along(i) + t * t * across(i);
  }
  return table;
}

TEST(Answers, TellARoadASinusoidAndNoiseApart) {
  for (const auto& [n, d] : {std::pair<Index, Index>{64, 32}, {48, 96}, {200, 64}}) {
    EXPECT_EQ(Answers(road(n, d, 1)).verdict(), "learned") << n;
    EXPECT_EQ(Answers(sinusoid(n, d)).verdict(), "sinusoid") << n;
    EXPECT_EQ(Answers(random_tensor({n, d}, 5)).verdict(), "random") << n;
  }
}

TEST(Answers, AreThoseOfTheProbes) {
  const Tensor table = road(20, 8, 3);
  const Answers answers(table);
  EXPECT_TRUE(same_bits(answers.similarity, cosine_similarity(table)));
  EXPECT_EQ(answers.read_off.r_squared, position_probe(table, 1e-3).r_squared);
  EXPECT_EQ(answers.directions, effective_rank(table));
  EXPECT_NEAR(double(answers.norms(3)),
              std::sqrt(inner_product(slice(table, 0, 3, 4), slice(table, 0, 3, 4))), 1e-5);
}

// Row p is (column, row, noise): both are read off, and the map is the grid.
TEST(GridAnswers, FindRowsColumnsAndTheGrid) {
  const Grid grid{5, 7};
  Tensor table = random_tensor({35, 6}, 1) * real(0.01);
  for (Index i = 0; i < 35; ++i) {
    table.at({i, 0}) += real(i % 7);
    table.at({i, 1}) += real(i / 7);
  }
  const GridAnswers answers(table, cosine_similarity(table), grid);
  EXPECT_GT(answers.row.r_squared, 0.999);
  EXPECT_GT(answers.column.r_squared, 0.999);
  EXPECT_LT(answers.row.mean_error, 0.1);
  EXPECT_GT(answers.map_correlation, 0.7);  // a cosine knows directions from the middle alone
  const Tensor noise = random_tensor({35, 6}, 2);
  const GridAnswers none(noise, cosine_similarity(noise), grid);
  EXPECT_LT(none.row.r_squared, 0.3);
  EXPECT_LT(none.column.r_squared, 0.3);
  EXPECT_LT(none.map_correlation, 0.6);
  EXPECT_EQ(message_of([&] {
              GridAnswers(noise, noise, {5, 5});
            }),
            "GridAnswers: a grid of 2 x 2 or more with the table's 35 rows, got 5 x 5.");
}

}  // namespace locus
