// Claim: a look-up is a product with one-hot rows; its gradient is a scatter-add.
// Breakpoint: locus::scatter_add_rows, first the op, then (dy, ids, n) on tensors: `dy` holds one
// gradient per place, `ids` says to which row of the table each of them is added.
// Try: let the last place look up row[4] instead of row[0] (or --without repeats). A fifth row
// lights up, row[0] is left with two gradients of its three, and three claims fail.
#include <algorithm>
#include <cmath>

#include "autograd/ops.h"
#include "examples/support/lesson.h"
#include "nn/optim/optimizer.h"

using namespace locus;
using namespace locus::course;

// How many numbers of a are not those of b.                                           same sizes
static double count_differing(const Tensor& a, const Tensor& b) {
  check(a.size() == b.size(), "count_differing: sizes must agree, got {} and {}.", a.shape(),
        b.shape());
  Index count = 0;
  for (Index i = 0; i < a.size(); ++i) count += a.begin()[i] != b.begin()[i];
  return double(count);
}

// The table after 100 steps of AdamW with this gradient at every step.
static Tensor trained(const Tensor& table, const Tensor& gradient, real weight_decay) {
  const Variable weight = Parameter(table, "table");
  AdamW optimizer({{"table", weight}}, {.learning_rate = real(0.01), .weight_decay = weight_decay});
  for (int step = 0; step < 100; ++step) {
    optimizer.zero_grad();
    sum(weight * gradient).backward();
    optimizer.step();
  }
  return weight.value();
}

int main(int argc, char** argv) try {
  Lesson lesson("05_embedding", "A look-up is a product",
                "A look-up is a one-hot product; its gradient is a scatter-add.");
  lesson.rests_on({"decay", "ones", "repeats"});
  lesson.begin(argc, argv);
  Rng rng = lesson.rng();
  const Index rows = 8, dim = 5, places = 6;

  // Six places look up four of eight rows: row[0] three times, row[4] to row[7] never.
  const Indices row = rng.permutation(rows);
  const Index last = lesson.without("repeats") ? row[4] : row[0];
  const Indices ids({places}, {row[0], row[1], row[0], row[2], row[3], last});
  Tensor onehot({places, rows});  // place i has its 1 in column ids[i]
  for (Index i = 0; i < places; ++i) onehot.at({i, ids[i]}) = lesson.without("ones") ? 0 : 1;

  // The gradient that arrives at each number looked up: 1 .. 9. Sums of small whole numbers are
  // exact in any order, so both ways may be compared number by number.
  Tensor arrives({places, dim});
  for (Index i = 0; i < places; ++i) {
    for (Index j = 0; j < dim; ++j) arrives.at({i, j}) = real(1 + rng.below(9));
  }

  const Tensor numbers = normal({rows, dim}, /*stddev=*/1, rng);
  const Variable table = Parameter(numbers), same_table = Parameter(numbers);
  const Variable looked_up = embedding(table, ids);
  const Variable multiplied = matmul(onehot, same_table);
  sum(looked_up * arrives).backward();
  sum(multiplied * arrives).backward();

  const Tensor& gradient = table.grad();
  const auto row_of = [](const Tensor& x, Index i) { return slice(x, /*axis=*/0, i, i + 1); };
  std::vector<std::string> names;
  std::vector<std::vector<double>> lines;
  for (Index r = 0; r < rows; ++r) {
    const Index times = std::count(ids.begin(), ids.end(), r);
    names.push_back(times == 0 ? fmt::format("{}", r) : fmt::format("{} ({}x)", r, times));
    lines.push_back({double(r), double(times), double(sum(row_of(gradient, r)).item())});
    lesson.say("  row {} looked up {}x, gradient {:3.0f}", r, times,
               row_of(gradient, r).reshaped({dim}));
  }
  lesson.show(gradient, Palette::sequential);
  lesson.say("the look-up copies {} numbers; the product multiplies {} pairs, most of them by 0",
             places * dim, places * rows * dim);

  // Rows without a gradient, when the whole table is trained.
  const real decay = lesson.without("decay") ? 0 : real(0.1);
  const Tensor plain = trained(numbers, gradient, 0), decayed = trained(numbers, gradient, decay);
  const auto length = [&](const Tensor& x) {
    return std::sqrt(double(sum(row_of(x, row[7]) * row_of(x, row[7])).item()));
  };
  double moved = 0;
  for (Index i = 4; i < rows; ++i)
    moved += count_differing(row_of(plain, row[i]), row_of(numbers, row[i]));

  const Tensor three = row_of(arrives, 0) + row_of(arrives, 2) + row_of(arrives, 5);
  double not_zero = 0;
  for (Index i = 4; i < rows; ++i)
    not_zero += count_differing(row_of(gradient, row[i]), Tensor({dim}));
  lesson.exactly("numbers looked up that differ from the product's",
                 count_differing(looked_up.value(), multiplied.value()), 0);
  lesson.exactly("numbers of the gradient that differ from the product's",
                 count_differing(gradient, same_table.grad()), 0);
  lesson.exactly("numbers of the row looked up 3 times that are not the sum of its 3 gradients",
                 count_differing(row_of(gradient, row[0]), three), 0);
  lesson.exactly("numbers other than 0 in the gradient of rows never looked up", not_zero, 0);
  lesson.exactly("numbers of rows never looked up that 100 steps of training moved", moved, 0);
  lesson.below("length of such a row after 100 steps with weight decay, as a share",
               length(decayed) / length(numbers), 0.95);

  const HeatMapOptions ids_map{
      .x_title = "row of the table", .y_title = "place", .palette = Palette::sequential};
  const HeatMapOptions table_map{
      .x_title = "number", .y_title = "row", .rows = names, .low = -3, .high = 3};
  const HeatMapOptions gradient_map{
      .x_title = "number", .y_title = "row", .rows = names, .palette = Palette::sequential};
  lesson.picture("table",
                 side_by_side({heat_map(onehot, ids_map), heat_map(numbers, table_map),
                               heat_map(gradient, gradient_map)},
                              {"which row a place looks up", "the table", "its gradient"}),
                 "Only rows that were looked up light up in the gradient.");
  lesson.table("rows", {"row", "times_looked_up", "sum_of_gradient"}, lines);
  return lesson.finish(
      "To look up a word is to open a book at a page. Mathematics says it the long way round: "
      "multiply the whole book by a row of zeros with a single 1, and all pages but one vanish. "
      "Both give the same numbers, to the last bit, and the short way never touches the other "
      "pages.\n\n"
      "Backwards, the note that a reader leaves goes to the page that was read. A page read "
      "three times collects three notes, and they are added. A page nobody opened stays as it "
      "was, exactly. Position vectors live in such a book, one page per place: what is never "
      "visited is never learned. Only weight decay reaches it: it shrinks every page, read or "
      "not.");
} catch (const std::exception& error) {
  return Lesson::failed(error);
}
