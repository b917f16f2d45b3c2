// Results are the same bits for any number of threads: every op, forward and backward, on inputs large
// enough to be cut into pieces. And they are what each row would give alone: a piece that reads at
// another's place does so with any number of threads.
#include "autograd/ops.h"
#include "tensor/parallel.h"
#include "tests/support.h"

namespace locus {

using Variables = const std::vector<Variable>&;

struct ThreadCase {
  const char* name;
  Variable (*f)(Variables);
  std::vector<Shape> shapes;
};

static Indices ids_below(Shape shape, Index below) {
  Rng rng(8);
  Indices ids(shape);
  for (Index i = 0; i < ids.size(); ++i) ids[i] = rng.below(below);
  return ids;
}

// clang-format off
static const std::vector<ThreadCase> thread_cases = {
    {"add", [](Variables x) { return x[0] + x[1]; }, {{150, 300}, {300}}},
    {"subtract", [](Variables x) { return x[0] - x[1]; }, {{150, 300}, {150, 1}}},
    {"multiply", [](Variables x) { return x[0] * x[1]; }, {{150, 300}, {150, 300}}},
    {"divide", [](Variables x) { return x[0] / (x[1] * x[1] + real(1)); }, {{150, 300}, {1, 300}}},
    {"numbers", [](Variables x) { return real(2) - x[0] * real(3) + real(1); }, {{50'000}}},
    {"sum", [](Variables x) { return sum(x[0]); }, {{50'001}}},
    {"sum of rows", [](Variables x) { return sum(x[0], -1); }, {{300, 200}}},
    {"sum of columns", [](Variables x) { return sum(x[0], 0); }, {{20'000, 3}}},
    {"mean", [](Variables x) { return mean(x[0], 1, Keep::yes); }, {{4, 3000, 5}}},
    {"broadcast_to", [](Variables x) { return broadcast_to(x[0], {40, 30, 50}); }, {{30, 1}}},
    {"sum_to", [](Variables x) { return sum_to(x[0], {30, 1}); }, {{40, 30, 50}}},
    {"exp", [](Variables x) { return exp(x[0]); }, {{40'000}}},
    {"log", [](Variables x) { return log(x[0] * x[0]); }, {{40'000}}},
    {"sqrt", [](Variables x) { return sqrt(x[0] * x[0] + real(1)); }, {{40'000}}},
    {"tanh", [](Variables x) { return tanh(x[0]); }, {{40'000}}},
    {"relu", [](Variables x) { return relu(x[0]); }, {{40'000}}},
    {"gelu_tanh", [](Variables x) { return gelu_tanh(x[0]); }, {{40'000}}},
    {"dropout", [](Variables x) { Rng rng(3); return dropout(x[0], real(0.2), rng); }, {{40'000}}},
    {"matmul", [](Variables x) { return matmul(x[0], x[1]); }, {{500, 70}, {70, 40}}},
    {"matmul, batched", [](Variables x) { return matmul(x[0], x[1], Transpose::right); },
     {{8, 64, 64}, {8, 64, 64}}},
    {"linear", [](Variables x) { return linear(x[0], x[1], x[2]); }, {{4, 130, 60}, {70, 60}, {70}}},
    {"softmax", [](Variables x) { return softmax(x[0]); }, {{300, 100}}},
    {"layer_norm", [](Variables x) { return layer_norm(x[0], x[1], x[2]); }, {{600, 50}, {50}, {50}}},
    {"cross_entropy", [](Variables x) { return cross_entropy(x[0], ids_below({400}, 100)); }, {{400, 100}}},
    {"mean_squared_error", [](Variables x) { return mean_squared_error(x[0], x[1]); }, {{200, 200}, {200, 200}}},
    {"embedding", [](Variables x) { return embedding(x[0], ids_below({4000}, 100)); }, {{100, 64}}},
    {"scatter_add_rows", [](Variables x) { return scatter_add_rows(x[0], ids_below({4000}, 100), 100); },
     {{4000, 64}}},
    {"attention", [](Variables x) { return attention(x[0], 4); }, {{3, 100, 96}}},
    {"attention, causal", [](Variables x) { return attention(x[0], 4, {.causal = true}); }, {{3, 100, 96}}},
    {"attention_weights", [](Variables x) { return attention_weights(x[0], 2); }, {{2, 100, 48}}},
    {"layout",
     [](Variables x) { return concatenate({pad(slice(permute(x[0], {1, 0}), 0, 5, 90), 1, 2, 3),
                           reshape(x[1], {20, 205})}, 0); },
     {{200, 100}, {4100}}},
};
// clang-format on

// The value and all gradients, one after the other.
static std::vector<Tensor> results(const ThreadCase& c) {
  std::vector<Variable> xs;
  std::uint64_t seed = 1;
  for (const Shape& shape : c.shapes) xs.push_back(Parameter(random_tensor(shape, seed++)));
  const Variable y = c.f(xs);
  std::vector<Tensor> all = {y.value()};
  for (const Variable& dx : gradients(sum(y * Variable(random_tensor(y.shape(), 99))), xs))
    all.push_back(dx.value());
  return all;
}

TEST(Threads, AnyNumberGivesTheSameBits) {
  const int before = threads();
  for (const ThreadCase& c : thread_cases) {
    set_threads(1);
    const std::vector<Tensor> alone = results(c);
    for (const int count : {2, 3, 7}) {
      set_threads(count);
      const std::vector<Tensor> together = results(c);
      for (std::size_t i = 0; i < alone.size(); ++i) {
        EXPECT_TRUE(same_bits(alone[i], together[i]))
            << c.name << ", result " << i << ", " << count << " threads";
      }
    }
  }
  set_threads(before);
}

TEST(Pieces, GiveWhatEachRowWouldAlone) {
  const Index n = 4000, width = 20;  // pieces of 409 rows, or of 16,384 numbers, or of 16 columns
  const real epsilon = real(0.01);
  const Tensor x = random_tensor({n, width}, 1), dy = random_tensor({n, width}, 2), one(Shape{}, 1);
  const Tensor weight = random_tensor({width}, 3), bias = random_tensor({width}, 4);
  const Indices targets = ids_below({n}, width);
  const Tensor y = softmax(x), dx = softmax_backward(dy, y);
  const auto [normal, mean_rstd] = layer_norm(x, weight, bias, epsilon);
  const Tensor dnormal = layer_norm_backward(dy, x, weight, mean_rstd);
  const Tensor dlogits = cross_entropy_backward(one, x, targets) * real(n);
  const Tensor relu = relu_backward(dy, x), gelu = gelu_tanh_backward(dy, x);
  Tensor added = dy, dweight({width}), table({width, width}), losses(Shape{});
  add_in_place(added, x);
  for (Index row = 0; row < n; ++row) {
    SCOPED_TRACE(row);
    const auto alone = [row](const Tensor& t) { return slice(t, 0, row, row + 1); };
    const Tensor x1 = alone(x), dy1 = alone(dy), y1 = softmax(x1);
    const LayerNormResult normal1 = layer_norm(x1, weight, bias, epsilon);
    const Indices target(Shape{1}, targets[row]);
    expect_close(alone(y), y1);
    expect_close(alone(dx), softmax_backward(dy1, y1));
    expect_close(alone(normal), normal1.output);
    expect_close(alone(dnormal), layer_norm_backward(dy1, x1, weight, normal1.mean_rstd));
    expect_close(alone(dlogits), cross_entropy_backward(one, x1, target));
    expect_close(alone(relu), relu_backward(dy1, x1));
    expect_close(alone(gelu), gelu_tanh_backward(dy1, x1));
    expect_close(alone(added), dy1 + x1);
    add_in_place(dweight, layer_norm_weight_backward(dy1, x1, normal1.mean_rstd));
    add_in_place(losses, cross_entropy(x1, target));
    add_in_place(table, scatter_add_rows(dy1, target, width));
    if (testing::Test::HasFailure()) return;
  }
  expect_close(layer_norm_weight_backward(dy, x, mean_rstd), dweight, 1000);
  expect_close(cross_entropy(x, targets) * real(n), losses, 1000);
  expect_close(scatter_add_rows(dy, targets, width), table, 1000);
}

}  // namespace locus
