// Printing in NumPy's layout; every number of a tensor has the same count of decimals.
#include <sstream>

#include "autograd/variable.h"
#include "tests/support.h"

namespace locus {

static std::string text(const Tensor& x) { return fmt::format("{}", x); }

TEST(Print, WholeNumbersEndInAPoint) {
  EXPECT_EQ(text(Tensor({3}, {1, 2, 3})), "[1. 2. 3.]");
  EXPECT_EQ(text(Tensor(Shape{}, 3)), "3.");
  EXPECT_EQ(text(Tensor()), "[]");
}

TEST(Print, ColumnsAreAligned) {
  EXPECT_EQ(text(Tensor({2, 2}, {1, -20, 300, 4})),
            "[[  1. -20.]\n"
            " [300.   4.]]");
  EXPECT_EQ(text(Tensor({3}, {0.5, -1.25, 10})), "[ 0.50 -1.25 10.00]");
}

TEST(Print, OneBracketPerAxisAndAnEmptyLineBetweenMatrices) {
  EXPECT_EQ(text(Tensor({2, 2, 1}, {1, 2, 3, 4})),
            "[[[1.]\n"
            "  [2.]]\n"
            "\n"
            " [[3.]\n"
            "  [4.]]]");
}

TEST(Print, AtMostFourDecimals) {
  EXPECT_EQ(text(Tensor({2}, {real(1) / 3, 2})), "[0.3333 2.0000]");
}

TEST(Print, WideRangesUsePowersOfTen) {
  EXPECT_EQ(text(Tensor({2}, {real(1e-8), 1})), "[1.0000e-08 1.0000e+00]");
  EXPECT_EQ(text(Tensor({1}, {real(2.5e10)})), "[2.5000e+10]");
}

TEST(Print, NumbersThatAreNotFinite) {
  EXPECT_EQ(text(Tensor({3}, {1, infinity, -infinity})), "[  1.  inf -inf]");
  EXPECT_EQ(text(Tensor({1}, {std::numeric_limits<real>::quiet_NaN()})), "[nan]");
}

TEST(Print, LongTensorsAreShortened) {
  std::vector<real> count(1001);
  for (std::size_t i = 0; i < count.size(); ++i) count[i] = real(i);
  EXPECT_EQ(text(Tensor({1001}, count)), "[   0.    1.    2. ...  998.  999. 1000.]");
  count.pop_back();
  EXPECT_EQ(text(Tensor({1000}, count)).size(),
            5000u + 1);  // in full: 1000 times 4, 999 blanks, 2 brackets
  EXPECT_EQ(text(Tensor({8, 200}, 1)),
            "[[1. 1. 1. ... 1. 1. 1.]\n"
            " [1. 1. 1. ... 1. 1. 1.]\n"
            " [1. 1. 1. ... 1. 1. 1.]\n"
            " ...\n"
            " [1. 1. 1. ... 1. 1. 1.]\n"
            " [1. 1. 1. ... 1. 1. 1.]\n"
            " [1. 1. 1. ... 1. 1. 1.]]");
}

TEST(Print, ASpecAppliesToEveryNumber) {
  EXPECT_EQ(fmt::format("{:.2f}", Tensor({2}, {1, real(-2.555)})), "[ 1.00 -2.56]");
  EXPECT_EQ(fmt::format("x = {:.1e}, done", Tensor({1}, 1)), "x = [1.0e+00], done");
}

TEST(Print, ManyRowsWithoutANumberAreShortened) {
  const std::string many = text(Tensor({Index(1) << 40, 0}));
  EXPECT_LT(many.size(), 100u) << many;
  EXPECT_NE(many.find("..."), std::string::npos) << many;
}

TEST(Print, StreamsTakeShapesTensorsIndicesAndVariables) {
  std::ostringstream out;
  out << Shape{2, 3} << " " << Tensor({2}, {1, 2}) << " " << Indices({3}, {4, 0, 4}) << " "
      << Variable(Tensor({1}, 7)) << " " << Parameter(Tensor({1}, 8));
  EXPECT_EQ(out.str(), "(2, 3) [1. 2.] (3): 4 0 4 [7.] [8.]");
}

}  // namespace locus
