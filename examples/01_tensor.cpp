// Claim: a tensor is a shape and its numbers; broadcasting repeats them without copying.
// Breakpoint: locus::broadcast, where (3, 1) and (4) agree on (3, 4); `up` shows who walks it.
// Try: give the column the shape {3}. Aligned at the right, 3 meets 4, neither is 1, and the error
// says so; nothing is ever cut off or interpolated to fit.
#include <algorithm>
#include <cmath>
#include <limits>

#include "examples/support/lesson.h"
#include "tensor/math.h"

using namespace locus;
using namespace locus::course;

// Row i of x as text; a dot where the number is not stored but read again.
static std::string line_of(const Tensor& x, Index i) {
  std::string text;
  for (Index j = 0; j < x.shape()[1]; ++j) {
    text += std::isnan(x(i, j)) ? "      ." : fmt::format("{:7.2f}", x(i, j));
  }
  return text;
}

int main(int argc, char** argv) try {
  Lesson lesson("01_tensor", "A tensor",
                "A tensor is a shape and its numbers; broadcasting repeats without copying.");
  lesson.rests_on({"repeating", "sharing", "copy"});
  lesson.begin(argc, argv);
  Rng rng = lesson.rng();

  const Tensor column = normal({3, 1}, /*stddev=*/1, rng);
  const Tensor row = normal({4}, /*stddev=*/1, rng);
  const Tensor result = column + row;

  // What the sum sees: the column and the row, each in its place in a paper of the result's shape.
  Tensor seen_column({3, 4}, std::numeric_limits<real>::quiet_NaN()), seen_row = seen_column;
  for (Index i = 0; i < 3; ++i) seen_column.at({i, 0}) = column(i, 0);
  for (Index j = 0; j < 4; ++j) seen_row.at({0, j}) = row(j);
  lesson.say("{:^29} + {:^29} -> {:^29}", fmt::format("{}", column.shape()),
             fmt::format("{}", row.shape()), fmt::format("{}", result.shape()));
  for (Index i = 0; i < 3; ++i) {
    lesson.say("{}     {}      {}", line_of(seen_column, i), line_of(seen_row, i),
               line_of(result, i));
  }
  lesson.say("  . is a number that is read again: 3 and 4 are stored, 3 x 4 are made");

  // The same sum by hand, one axis more: an extent of 1, or a missing axis, stays at place 0.
  const Tensor a = normal({20, 1, 40}, 1, rng), b = normal({30, 1}, 1, rng);
  const bool repeats = !lesson.without("repeating");  // else zeros fill the paper
  const Tensor c = (repeats ? a : pad(a, /*axis=*/1, 0, 29)) + b;
  Index differ = c.shape() == Shape{20, 30, 40} ? 0 : c.size();
  for (Index i = 0; i < 20; ++i) {
    for (Index j = 0; j < 30; ++j) {
      for (Index k = 0; k < 40; ++k) differ += c(i, j, k) != a(i, 0, k) + b(j, 0);
    }
  }
  lesson.say("{} + {} -> {}: {} numbers, compared one by one with a loop", a.shape(), b.shape(),
             c.shape(), c.size());

  // Memory: how often the system is asked. Each size is new, so no old buffer can be used again.
  Index before = memory_use().requests;
  const auto requests = [&before] {
    const Index count = memory_use().requests - before;
    before += count;
    return double(count);
  };
  const Index n = 1000, m = 3000;
  const Tensor tall = normal({n, 1}, 1, rng), wide = normal({m}, 1, rng);
  requests();  // those were for tall and wide
  Tensor large = (repeats ? tall : pad(tall, /*axis=*/1, 0, m - 1)) + wide;
  const double for_sum = requests();
  const Tensor flat = large.reshaped({n * m});
  Tensor copy = lesson.without("sharing") ? large + 0 : large;
  const double for_copies = requests();
  (lesson.without("copy") ? large : copy).at({0, 0}) = 7;
  const double for_writing = requests();
  const Index changed = (large(0, 0) != tall(0, 0) + wide(0)) + (flat(0) != tall(0, 0) + wide(0));
  lesson.say("{} + {} -> {}: {} MB for the result, none for repeating", tall.shape(), wide.shape(),
             large.shape(), large.size() * Index(sizeof(real)) / 1000000);

  lesson.exactly("numbers of the broadcast sum that differ from the loop's", double(differ), 0);
  lesson.exactly("requests for memory: the large sum (its result)", for_sum, 1);
  lesson.exactly("requests for memory: a copy and a reshape", for_copies, 0);
  lesson.exactly("requests for memory: the first write to the copy", for_writing, 1);
  lesson.exactly("numbers of the original that the write changed", double(changed), 0);

  double top = 0;  // one scale for all three maps
  for (const Tensor& x : {column, row, result}) {
    for (const real number : x) top = std::max(top, double(std::abs(number)));
  }
  const auto map = [top](const Tensor& x) { return heat_map(x, {.low = -top, .high = top}); };
  lesson.picture("broadcast",
                 side_by_side({map(seen_column), map(seen_row), map(result)},
                              {"a column: (3, 1)", "plus a row: (4)", "is a table: (3, 4)"}),
                 "Grey places are not stored: broadcasting reads the coloured ones again.");
  std::vector<std::vector<double>> numbers;
  for (Index i = 0; i < 3; ++i) {
    for (Index j = 0; j < 4; ++j)
      numbers.push_back({double(i), double(j), column(i, 0), row(j), result(i, j)});
  }
  lesson.table("broadcast", {"i", "j", "column", "row", "sum"}, numbers);
  return lesson.finish(
      "Everything in this course is made of one thing: a row of numbers in memory, and a shape "
      "that says how to read it. A column meets a row, and a table appears. Nobody copied the "
      "column four times; it was read four times, as one shopping list serves every aisle. The "
      "rule is short: line the shapes up at the right, and an axis of 1, or one that is "
      "missing, repeats.\n\n"
      "Copies are as cheap. Two tensors share their numbers until one of them is written to; "
      "only then does it get its own, and the other never notices.");
} catch (const std::exception& error) {
  return Lesson::failed(error);
}
