#include "nn/embedding.h"

#include "autograd/ops.h"
#include "tests/support.h"

namespace locus {

static Embedding counting_table() {  // row r is (10 r, 10 r + 1)
  Rng rng(1);
  Embedding table(4, 2, rng);
  table.weight.set_value(Tensor({4, 2}, {0, 1, 10, 11, 20, 21, 30, 31}));
  return table;
}

TEST(Embedding, LooksUpOneRowPerId) {
  const Tensor y = counting_table()(Indices({2, 2}, {3, 0, 1, 1})).value();
  EXPECT_EQ(y.shape(), (Shape{2, 2, 2}));
  EXPECT_EQ(numbers(y), (std::vector<real>{30, 31, 0, 1, 10, 11, 10, 11}));
}

// Row 1 is looked up twice, so it gets (1, 2) + (3, 4); rows 0 and 2 are not, and get exactly zero.
TEST(Embedding, RepeatedIdsAddTheirGradients) {
  const Embedding table = counting_table();
  const Variable y = table(Indices({3}, {1, 3, 1}));
  sum(y * Variable(Tensor({3, 2}, {1, 2, 5, 6, 3, 4}))).backward();
  EXPECT_EQ(numbers(table.weight.grad()), (std::vector<real>{0, 0, 4, 6, 0, 0, 5, 6}));
}

TEST(Embedding, StartsAtTheDeviationAskedFor) {
  Rng rng(1);
  for (const real stddev : {real(0.02), real(0.5)}) {
    const Embedding table(100, 100, rng, stddev);
    const Tensor& w = table.weight.value();
    EXPECT_NEAR(std::sqrt(inner_product(w, w) / double(w.size())), double(stddev),
                0.03 * double(stddev));
    EXPECT_NEAR(double(mean(w).item()), 0, 0.05 * double(stddev));
  }
}

TEST(Embedding, IdsOutOfRangeAreNamedWithTheirPlace) {
  const Embedding table = counting_table();
  EXPECT_EQ(message_of([&] {
              table(Indices({2, 2}, {0, 1, 4, 2}));
            }),
            "embedding: ids must be 0 or more and below 4, got 4 at place 2 of (2, 2).");
  EXPECT_EQ(message_of([&] { table(Indices({1}, -1)); }),
            "embedding: ids must be 0 or more and below 4, got -1 at place 0 of (1).");
}

}  // namespace locus
