#include "nn/positions.h"

#include "autograd/ops.h"
#include "nn/optim/optimizer.h"
#include "tests/support.h"

namespace locus {

static LearnedPositions counting_positions() {  // row r is (10 r, 10 r + 1)
  return LearnedPositions(Tensor({4, 2}, {0, 1, 10, 11, 20, 21, 30, 31}));
}

static Tensor row(const Tensor& table, Index r) { return slice(table, 0, r, r + 1); }

// --- LearnedPositions: where it starts -----------------------------------------------------------

TEST(LearnedPositions, StartsAtZero) {
  const LearnedPositions positions(Tensor({3, 2}));
  EXPECT_TRUE(same_bits(positions(3).value(), Tensor({3, 2})));
}

TEST(LearnedPositions, StartsAtRandom) {
  Rng a(5), b(5);
  const LearnedPositions positions(normal({3, 2}, real(0.02), a));
  EXPECT_TRUE(same_bits(positions.weight.value(), normal({3, 2}, real(0.02), b)));
}

TEST(LearnedPositions, StartsFromASinusoid) {
  const LearnedPositions learned(sinusoid(5, 6));
  const SinusoidalPositions fixed(5, 6);
  EXPECT_TRUE(same_bits(learned(5).value(), fixed(5).value()));
  EXPECT_TRUE(learned(5).requires_grad());
  EXPECT_FALSE(fixed(5).requires_grad());
}

TEST(LearnedPositions, StartsFromAnyTableAndDoesNotChangeIt) {
  const Tensor given({2, 2}, {1, 2, 3, 4});
  LearnedPositions positions(given);
  EXPECT_TRUE(same_bits(positions.weight.value(), given));
  positions.weight.mutable_value().at({0, 0}) = 9;
  EXPECT_EQ(given(0, 0), 1);
}

TEST(LearnedPositions, IsOneParameterOfMaxLengthTimesDimNumbers) {
  LearnedPositions positions = counting_positions();
  EXPECT_EQ(positions.max_length(), 4);
  EXPECT_EQ(positions.parameters().size(), 1u);
  EXPECT_EQ(positions.parameters()[0].name, "weight");
  EXPECT_EQ(positions.parameter_count(), 8);
}

// --- LearnedPositions: look-up -------------------------------------------------------------------

TEST(LearnedPositions, ALengthGivesTheFirstRows) {
  const LearnedPositions positions = counting_positions();
  EXPECT_EQ(numbers(positions(2).value()), (std::vector<real>{0, 1, 10, 11}));
  EXPECT_TRUE(same_bits(positions(4).value(), positions.weight.value()));
  EXPECT_EQ(positions(0).shape(), (Shape{0, 2}));
}

TEST(LearnedPositions, AnyPositionsGiveTheirRows) {
  const LearnedPositions positions = counting_positions();
  const Tensor y = positions(Indices({2, 2}, {3, 0, 1, 1})).value();
  EXPECT_EQ(y.shape(), (Shape{2, 2, 2}));
  EXPECT_EQ(numbers(y), (std::vector<real>{30, 31, 0, 1, 10, 11, 10, 11}));
  EXPECT_TRUE(same_bits(positions(Indices::range(3)).value(), positions(3).value()));
}

TEST(LearnedPositions, OnlyTheRowsInUseGetAGradientTheOthersExactlyZero) {
  const LearnedPositions positions = counting_positions();
  sum(positions(2) * Variable(Tensor({2, 2}, {1, 2, 3, 4}))).backward();
  EXPECT_TRUE(same_bits(positions.weight.grad(), Tensor({4, 2}, {1, 2, 3, 4, 0, 0, 0, 0})));
}

// Two sequences share the vectors of their places: each row's gradient is the sum over the batch.
TEST(LearnedPositions, ABatchAddsUpItsGradients) {
  const LearnedPositions positions = counting_positions();
  const Variable x(Tensor({2, 2, 2}, {1, 2, 3, 4, 10, 20, 30, 40}));
  sum((Variable(Tensor({2, 2, 2})) + positions(2)) * x).backward();
  EXPECT_EQ(numbers(positions.weight.grad()), (std::vector<real>{11, 22, 33, 44, 0, 0, 0, 0}));
}

TEST(LearnedPositions, RowsThatAreNeverSeenNeverMove) {
  LearnedPositions positions = counting_positions();
  const Tensor before = positions.weight.value();
  Adam optimizer(positions.parameters(), {.learning_rate = real(0.1)});
  for (int step = 0; step < 3; ++step) {
    optimizer.zero_grad();
    mean(positions(2) * positions(2)).backward();
    optimizer.step();
  }
  EXPECT_TRUE(same_bits(slice(positions.weight.value(), 0, 2, 4), slice(before, 0, 2, 4)));
  EXPECT_FALSE(same_bits(row(positions.weight.value(), 1), row(before, 1)));
}

TEST(LearnedPositions, ALengthPastTheTableSaysHowToStretchIt) {
  const LearnedPositions positions(Tensor({32, 8}));
  EXPECT_EQ(
      message_of([&] { positions(40); }),
      "LearnedPositions: at most 32 positions, one per row of the table, got 40. A row that does "
      "not exist cannot be looked up; interpolated(40) makes a longer table.");
  EXPECT_EQ(positions.interpolated(40)(40).shape(), (Shape{40, 8}));
  EXPECT_EQ(message_of([&] { positions(-1); }), "LearnedPositions: a length of 0 or more, got -1.");
}

TEST(LearnedPositions, APositionOutOfRangeIsNamed) {
  const LearnedPositions positions = counting_positions();
  EXPECT_EQ(
      message_of([&] {
        positions(Indices({3}, {0, 6, 1}));
      }),
      "LearnedPositions: positions must be from 0 to 3, got 6. interpolated makes a longer table.");
  const std::string message = message_of([&] { positions(Indices({1}, -1)); });
  EXPECT_EQ(message.find("LearnedPositions: positions must be from 0 to 3, got -1."), 0u)
      << message;
}

TEST(LearnedPositions, ATableHasTwoAxesAndARow) {
  EXPECT_EQ(message_of([] { LearnedPositions(Tensor({6})); }),
            "LearnedPositions: the table has shape (max_length, embedding_dim), got (6).");
  EXPECT_EQ(message_of([] {
              LearnedPositions(Tensor({0, 4}));
            }),
            "LearnedPositions: the table has shape (max_length, embedding_dim), got (0, 4).");
}

// --- interpolated -----------------------------------------------------------------------------------

// From 3 rows to 5, every second new row falls half way between two old ones.
TEST(Interpolated, InterpolatesHalfWayRowsExactly) {
  const LearnedPositions positions(Tensor({3, 2}, {0, 1, 4, 3, 5, -7}));
  const Tensor table = positions.interpolated(5).weight.value();
  EXPECT_EQ(numbers(table), (std::vector<real>{0, 1, 2, 2, 4, 3, real(4.5), -2, 5, -7}));
}

TEST(Interpolated, KeepsTheEndsForAnyLength) {
  const LearnedPositions positions(random_tensor({7, 3}, 1));
  for (Index length = 2; length <= 50; ++length) {
    const Tensor table = positions.interpolated(length).weight.value();
    ASSERT_TRUE(same_bits(row(table, 0), row(positions.weight.value(), 0))) << length;
    ASSERT_TRUE(same_bits(row(table, length - 1), row(positions.weight.value(), 6))) << length;
  }
}

TEST(Interpolated, TheSameLengthIsTheSameTable) {
  for (const Index length : {1, 2, 10, 49, 100}) {
    const LearnedPositions positions(random_tensor({length, 3}, 1));
    EXPECT_TRUE(same_bits(positions.interpolated(length).weight.value(), positions.weight.value()))
        << length;
  }
}

TEST(Interpolated, AStraightLineStaysOne) {  // 0, 9, 18, 27 -> 0, 3, 6 ... 27
  const Tensor table =
      LearnedPositions(Tensor({4, 1}, {0, 9, 18, 27})).interpolated(10).weight.value();
  expect_close(table, Tensor({10, 1}, {0, 3, 6, 9, 12, 15, 18, 21, 24, 27}));
}

TEST(Interpolated, ShrinksAndRepeatsASingleRow) {
  const LearnedPositions positions = counting_positions();
  EXPECT_EQ(numbers(positions.interpolated(2).weight.value()), (std::vector<real>{0, 1, 30, 31}));
  EXPECT_EQ(numbers(positions.interpolated(1).weight.value()), (std::vector<real>{0, 1}));
  const LearnedPositions one(Tensor({1, 2}, {5, 6}));
  EXPECT_EQ(numbers(one.interpolated(3).weight.value()), (std::vector<real>{5, 6, 5, 6, 5, 6}));
}

TEST(Interpolated, LeavesTheOldTableAloneAndIsAParameterOfItsOwn) {
  const LearnedPositions positions = counting_positions();
  LearnedPositions longer = positions.interpolated(4);
  longer.weight.mutable_value().at({0, 0}) = 9;
  EXPECT_EQ(positions.weight.value()(0, 0), 0);
  EXPECT_TRUE(longer.weight.requires_grad());
}

// Half way, Catmull-Rom takes -1/16, 9/16, 9/16, -1/16 of the four rows around. Between the first
// two of 0, 0, 8, 8 the row before the first, where the table goes on straight, is 0: -8/16.
TEST(Interpolated, ACubicSwingsOutBesideAStep) {
  const Tensor table = LearnedPositions(Tensor({4, 1}, {0, 0, 8, 8}))
                           .interpolated(7, Interpolation::cubic)
                           .weight.value();
  EXPECT_EQ(numbers(table), (std::vector<real>{0, real(-0.5), 0, 4, 8, real(8.5), 8}));
}

TEST(Interpolated, ACubicKeepsALineALineItsEndsAndItsOwnLength) {
  const LearnedPositions line(Tensor({4, 1}, {0, 9, 18, 27}));
  expect_close(line.interpolated(10, Interpolation::cubic).weight.value(),
               Tensor({10, 1}, {0, 3, 6, 9, 12, 15, 18, 21, 24, 27}));
  const LearnedPositions positions(random_tensor({7, 3}, 1));
  for (const Index length : {2, 7, 11, 50}) {
    const Tensor table = positions.interpolated(length, Interpolation::cubic).weight.value();
    EXPECT_TRUE(same_bits(row(table, 0), row(positions.weight.value(), 0))) << length;
    EXPECT_TRUE(same_bits(row(table, length - 1), row(positions.weight.value(), 6))) << length;
  }
  EXPECT_TRUE(same_bits(positions.interpolated(7, Interpolation::cubic).weight.value(),
                        positions.weight.value()));
  const LearnedPositions one(Tensor({1, 2}, {5, 6}));
  EXPECT_EQ(numbers(one.interpolated(2, Interpolation::cubic).weight.value()),
            (std::vector<real>{5, 6, 5, 6}));
}

// Where every cell of a grid is the same, so is every cell of any other.
TEST(Interpolated, AGridKeepsItsOwnSizeAnEvenColourAndTheRowsBeforeIt) {
  const LearnedPositions positions(random_tensor({1 + 6, 3}, 1));
  EXPECT_TRUE(same_bits(positions.interpolated(Grid{2, 3}, Grid{2, 3}, 1).weight.value(),
                        positions.weight.value()));
  EXPECT_TRUE(same_bits(row(positions.interpolated(Grid{2, 3}, Grid{5, 5}, 1).weight.value(), 0),
                        row(positions.weight.value(), 0)));
  const LearnedPositions even(Tensor({6, 2}, 3));
  expect_close(even.interpolated(Grid{2, 3}, Grid{7, 4}).weight.value(), Tensor({28, 2}, 3));
}

TEST(Interpolated, AGridThatDoesNotFillTheTableIsAnError) {
  const auto message = [](Grid from, Grid to, Index kept) {
    return message_of([&] { counting_positions().interpolated(from, to, kept); });
  };
  EXPECT_EQ(
      message(Grid{2, 2}, Grid{3, 3}, 1),
      "interpolated: 1 rows and a grid of 2 x 2 must be the whole table, got one of 4. Say how "
      "many rows, such as a class token's, stand before the grid.");
  // The product of 2^32 and 2^32 would be 0 in an Index.
  const Index wide = Index(1) << 32;
  EXPECT_NE(message(Grid{2, 2}, Grid{wide, wide}, 0).find("numbers can be addressed"),
            std::string::npos);
  EXPECT_NE(message(Grid{wide, wide}, Grid{2, 2}, 4).find("numbers can be addressed"),
            std::string::npos);
  EXPECT_EQ(
      message_of([] {
        counting_positions().interpolated(Grid{2, 2}, Grid{0, 3});
      }),
      "interpolated: grids of at least 1 x 1 and no fewer than 0 rows to keep, got 2 x 2, 0 x 3 "
      "and 0.");
}

TEST(Interpolated, ALengthBelowOneIsAnError) {
  EXPECT_EQ(message_of([] { counting_positions().interpolated(0); }),
            "interpolated: a length of at least 1, got 0.");
}

// --- the fixed code ------------------------------------------------------------------------------

TEST(SinusoidalPositions, FollowTheFormula) {
  const Index length = 50, dim = 6;
  const Tensor table = SinusoidalPositions(length, dim)(length).value();
  for (Index p = 0; p < length; ++p) {
    for (Index i = 0; i < dim / 2; ++i) {
      const double angle = double(p) / std::pow(10000.0, 2 * double(i) / double(dim));
      EXPECT_NEAR(double(table(p, 2 * i)), std::sin(angle), epsilon_of_real);
      EXPECT_NEAR(double(table(p, 2 * i + 1)), std::cos(angle), epsilon_of_real);
    }
  }
}

TEST(SinusoidalPositions, StartAtZeroAndOneInTurnsAlsoForAnOddDim) {
  EXPECT_EQ(numbers(SinusoidalPositions(3, 5)(1).value()), (std::vector<real>{0, 1, 0, 1, 0}));
}

TEST(SinusoidalPositions, ReadACodeComputedElsewhere) {
  SinusoidalPositions positions(Tensor({2, 3}, {1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(numbers(positions(2).value()), (std::vector<real>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(numbers(positions(1).value()), (std::vector<real>{1, 2, 3}));
  EXPECT_EQ(positions.parameter_count(), 0);
  EXPECT_EQ(message_of([] { SinusoidalPositions(Tensor({4})); }),
            "SinusoidalPositions: the code has shape (max_length, embedding_dim), got (4).");
}

TEST(SinusoidalPositions, HaveNoParametersAndAnEnd) {
  SinusoidalPositions positions(4, 2);
  EXPECT_EQ(positions.parameter_count(), 0);
  EXPECT_EQ(positions.max_length(), 4);
  EXPECT_EQ(positions(3).shape(), (Shape{3, 2}));
  EXPECT_EQ(message_of([&] { positions(5); }),
            "SinusoidalPositions: a length from 0 to 4, got 5. Make it with a larger max_length.");
  EXPECT_EQ(message_of([] { sinusoid(0, 4); }),
            "sinusoid: a length and a dim of at least 1, got 0 and 4.");
}

}  // namespace locus
