#include "tests/support.h"

namespace locus {

static const Tensor one_to_six({2, 3}, {1, 2, 3, 4, 5, 6});

TEST(Sum, OfAllAndAlongAxes) {
  EXPECT_EQ(sum(one_to_six).item(), 21);
  EXPECT_EQ(sum(one_to_six).shape(), Shape());
  EXPECT_EQ(numbers(sum(one_to_six, 0)), (std::vector<real>{5, 7, 9}));
  EXPECT_EQ(numbers(sum(one_to_six, -1)), (std::vector<real>{6, 15}));
  EXPECT_EQ(sum(one_to_six, 1, Keep::yes).shape(), (Shape{2, 1}));
  EXPECT_EQ(sum(one_to_six, 0).shape(), (Shape{3}));
  EXPECT_EQ(numbers(sum(one_to_six.reshaped({1, 2, 3}), 1)), (std::vector<real>{5, 7, 9}));
}

TEST(Sum, OfNothingIsZero) {
  EXPECT_EQ(sum(Tensor()).item(), 0);
  EXPECT_EQ(numbers(sum(Tensor({0, 2}), 0)), (std::vector<real>{0, 0}));
  EXPECT_EQ(sum(Tensor({2, 0}), 0).shape(), (Shape{0}));
}

// 100,000 times 0.1 in float: one running sum is off by 1.44, the more lanes and pieces the less.
TEST(Sum, OfManyNumbersStaysAccurate) {
  EXPECT_NEAR(double(sum(Tensor({100'000}, real(0.1))).item()), 10'000, 0.1);
  EXPECT_NEAR(double(sum(Tensor({100'000, 2}, real(0.1)), 0)(1)), 10'000, 1);
}

// Every sum is added up in pieces, along a long axis as well: 4 million times 0.1 in one go would be off
// by a thousandth.
TEST(Sum, AlongALongAxisIsAsAccurateAsOfAll) {
  const Tensor x({2'000'000, 2}, real(0.1));
  const Tensor row = x.reshaped({1, 4'000'000});
  EXPECT_NEAR(double(sum(x).item()), 400'000, 4);
  EXPECT_EQ(sum(row, 1).item(), sum(x).item());
  EXPECT_EQ(sum_to(row, {}).item(), sum(x).item());
  EXPECT_NEAR(double(sum(x, 0)(1)), 200'000, 2);
}

TEST(Mean, OfAllAndAlongAxes) {
  EXPECT_EQ(mean(one_to_six * 2).item(), 7);
  EXPECT_EQ(numbers(mean(one_to_six, 0)), (std::vector<real>{2.5, 3.5, 4.5}));
  expect_close(mean(one_to_six, 1, Keep::yes), Tensor({2, 1}, {2, 5}), 2);
}

TEST(Largest, AlongAxes) {
  const Tensor x({2, 3}, {1, 9, 3, -4, -5, -6});
  EXPECT_EQ(numbers(max(x, 0)), (std::vector<real>{1, 9, 3}));
  EXPECT_EQ(numbers(max(x, 1)), (std::vector<real>{9, -4}));
  EXPECT_EQ(max(x, -1, Keep::yes).shape(), (Shape{2, 1}));
}

// A NaN is not lost, wherever it stands.
TEST(Largest, OfANanIsNan) {
  for (Index place = 0; place < 3; ++place) {
    Tensor x({1, 3}, {1, 2, 3});
    x.at({0, place}) = std::numeric_limits<real>::quiet_NaN();
    EXPECT_TRUE(std::isnan(max(x, 1).item())) << place;
    EXPECT_TRUE(std::isnan(max(x.reshaped({3, 1}), 0).item())) << place;
    EXPECT_EQ(argmax(x)[0], place);
  }
}

TEST(Argmax, IsTheFirstOfEquals) {
  EXPECT_EQ(numbers(argmax(Tensor({2, 4}, {1, 7, 7, 0, -3, -2, -1, -1}))),
            (std::vector<Index>{1, 2}));
  EXPECT_EQ(argmax(Tensor({2, 5, 3})).shape(), (Shape{2, 5}));
}

// (2, 2, 3) of ones: to (2, 1) sums the leading 2 and the last 3, so 6 each.
TEST(SumTo, UndoesBroadcasting) {
  EXPECT_EQ(numbers(sum_to(Tensor({2, 2, 3}, 1), {2, 1})), (std::vector<real>{6, 6}));
  EXPECT_EQ(numbers(sum_to(one_to_six, {3})), (std::vector<real>{5, 7, 9}));
  EXPECT_EQ(sum_to(one_to_six, {}).item(), 21);
  EXPECT_EQ(numbers(sum_to(one_to_six, {2, 3})), numbers(one_to_six));
}

TEST(Reduce, SaysWhatMustHold) {
  const Tensor none({2, 0});
  EXPECT_EQ(message_of([&] { mean(none); }), "mean: at least one number, got the shape (2, 0).");
  EXPECT_EQ(message_of([&] { mean(none, 1); }),
            "mean: at least one entry along the axis, got the shape (2, 0).");
  EXPECT_EQ(message_of([&] { max(none, 1); }),
            "max: at least one entry along the axis, got the shape (2, 0).");
  EXPECT_EQ(message_of([&] { argmax(none); }),
            "argmax: rows of at least one number, got the shape (2, 0).");
  EXPECT_EQ(message_of([&] { argmax(Tensor(Shape{}, 1)); }),
            "argmax: rows of at least one number, got the shape ().");
  EXPECT_EQ(message_of([&] {
              sum_to(Tensor({3}), {2, 3});
            }),
            "sum_to: (2, 3) must broadcast to the shape of x, got (3).");
  EXPECT_EQ(message_of([&] { sum(one_to_six, 2); }),
            "sum: axis must be from -2 to 1, got 2 for the shape (2, 3).");
}

// Of 2^40 rows without a number none is visited.
TEST(Reduce, NothingIsSummedAtOnceHoweverManyRowsItHas) {
  const Tensor rows({Index(1) << 40, 0});
  EXPECT_EQ(sum(rows, 0).shape(), Shape{0});
  EXPECT_EQ(max(rows, 0).shape(), Shape{0});
  EXPECT_EQ(sum_to(rows, {0}).shape(), Shape{0});
  EXPECT_EQ(numbers(sum_to(Tensor({0, Index(1) << 40, 2}), {1, 2})), (std::vector<real>{0, 0}));
}

TEST(Cumsum, AddsFromEitherEnd) {
  const Tensor x({2, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(numbers(cumsum(x, 1)), (std::vector<real>{1, 3, 6, 4, 9, 15}));
  EXPECT_EQ(numbers(cumsum(x, 0)), (std::vector<real>{1, 2, 3, 5, 7, 9}));
  EXPECT_EQ(numbers(cumsum(x, -1, From::back)), (std::vector<real>{6, 5, 3, 15, 11, 6}));
  EXPECT_EQ(cumsum(Tensor({0, 3}), 0).shape(), (Shape{0, 3}));
}

TEST(IsMax, MarksTheFirstOfEquals) {
  EXPECT_EQ(numbers(is_max(Tensor({2, 3}, {1, 4, 4, 9, 0, 9}), 1)),
            (std::vector<real>{0, 1, 0, 1, 0, 0}));
}

}  // namespace locus
