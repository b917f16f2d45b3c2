// What the debuggers are driven through by the scripts beside it: one look-up and its scatter-add. It
// prints what they are asked to show, so that both can be compared.
#include <limits>

#include "autograd/ops.h"

using namespace locus;

int main() {
  const Variable table = Parameter(Tensor({4, 2}, {0, 1, 10, 11, 20, 21, 30, 31}), "table");
  const Indices ids({3}, {2, 0, 2});
  const Variable rows = embedding(table, ids);
  sum(rows * Tensor({3, 2}, {1, 2, 3, 4, 5, 6})).backward();

  Rng rng(1);
  const Tensor empty, number({}, 7), one = normal({5}, /*stddev=*/1, rng);
  const Tensor blocks = normal({2, 3, 2, 2}, 1, rng), tall = normal({200, 7}, 1, rng);
  const Tensor deep = normal({9, 8, 20}, 1, rng), tiny = one * real(1e-5);
  const Tensor odd({2, 2}, {real(0.5), -std::numeric_limits<real>::infinity(), 0, real(-0.25)});
  Tensor given = one;
  const Tensor taken = std::move(given), shared = odd;
  const Variable none, constant = odd, freed = rows;
  for (const Tensor& x : {number, one, blocks, tall, deep, tiny, odd}) fmt::print("{}\n\n", x);
}
