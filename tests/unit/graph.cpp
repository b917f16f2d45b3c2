// The graph at its limits: depth, cycles, wrong rules, NaN, and ops that users write.
#include <pthread.h>

#include "autograd/draw.h"
#include "autograd/gradient_check.h"
#include "autograd/ops.h"
#include "autograd/record.h"
#include "tests/support.h"

namespace locus {

// Runs f on a thread whose stack is so small that a recursion of a few thousand calls overflows it.
template <class F>
static void on_a_small_stack(F f) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, 256 * 1024), 0);
  pthread_t thread;
  const auto run = [](void* body) -> void* {
    (*static_cast<F*>(body))();
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, run, &f), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

// Sanitizers make every allocation so slow that theirs are a tenth as deep, still far beyond the stack.
static constexpr int million = address_sanitizer || thread_sanitizer ? 100'000 : 1'000'000;

TEST(Graph, AMillionOpsDeepRunsForwardBackwardAndIsFreed) {
  on_a_small_stack([] {
    const Variable x = Variable::parameter(Tensor(Shape{}, 2));
    Variable y = x;
    for (int i = 0; i < million; ++i) y = y + real(1);
    EXPECT_NEAR(double(y.item()), 2 + million, 1);
    y.backward();
    EXPECT_EQ(x.grad().item(), 1);
  });
}

TEST(Graph, AMillionOpsDeepIsFreedWithoutABackward) {
  on_a_small_stack([] {
    const Variable x = Variable::parameter(Tensor(Shape{}, 1));
    Variable y = x;
    for (int i = 0; i < million; ++i) y = x * y;  // both inputs are also held by the rules
    y = Variable();
  });
}

TEST(Graph, ADeepGraphOfGradientsIsFreedToo) {
  on_a_small_stack([] {
    const Variable x = Variable::parameter(Tensor(Shape{}, 1));
    Variable y = x;
    for (int i = 0; i < 50'000; ++i) y = x * y;
    const Variable slope = gradients(y, {x}, {.differentiable = true})[0];
    EXPECT_NEAR(double(slope.item()), 50'001, 1);
  });
}

// Were a node kept alive by a cycle, the memory held would grow by at least 4 KiB in each of 50 rounds.
TEST(Graph, AFreedGraphIsRefusedEveryTime) {
  const Variable x = Variable::parameter(Tensor({2}, 3), "x");
  const Variable middle = sum(x * x), y = middle * 2;
  middle.backward();
  for (int attempt = 0; attempt < 4; ++attempt) {
    EXPECT_NE(message_of([&] { y.backward(); }).find("was freed by an earlier backward"),
              std::string::npos)
        << attempt;
  }
  EXPECT_EQ(numbers(x.grad()), (std::vector<real>{6, 6}));
}

TEST(Graph, LeavesNothingBehind) {
  const Variable x = Variable::parameter(random_tensor({32, 32}, 1));
  const auto round = [&] {
    const Variable ones(Tensor({32}, 1)), zeros(Tensor({32}, 0));
    const Variable y = softmax(gelu_tanh(layer_norm(matmul(x, x), ones, zeros)));
    const Variable loss = sum(exp(tanh(y)) * sqrt(y));
    const Variable slope = gradients(loss, {x}, {.differentiable = true})[0];
    const Variable unused = sum(slope * slope);  // dropped without a backward
    loss.backward({.keep_graph = true});
    loss.backward();
  };
  round();
  release_memory();
  const Index before = memory_use().bytes;
  for (int i = 0; i < 50; ++i) round();
  release_memory();
  EXPECT_EQ(memory_use().bytes, before);
}

TEST(Graph, ANodeDiesWithItsLastHandle) {
  std::weak_ptr<Node> node;
  {
    const Variable x = Variable::parameter(Tensor({2}, 1));
    const Variable y = exp(x);
    node = Node::of(y);
    sum(y * y).backward();
    EXPECT_FALSE(node.expired());
  }
  EXPECT_TRUE(node.expired());
}

// During backward a node's memory is returned as soon as its rules have run.
TEST(Graph, BackwardFreesAsItGoes) {
  const Variable x = Variable::parameter(Tensor({2}, 1));
  std::weak_ptr<Node> deep, shallow;
  bool was_freed = false;
  Variable y = exp(x);
  shallow = Node::of(y);
  y = record("probe", y.value(), {{y, [&](const Variable& dy, const Variable&) {
                                     was_freed = deep.expired();
                                     return dy;
                                   }}});
  y = y * real(2);
  deep = Node::of(y);
  const Variable loss = sum(y);
  y = Variable();
  loss.backward();
  EXPECT_TRUE(was_freed);
  EXPECT_TRUE(shallow.expired());
}

TEST(FindNan, NamesTheFirstOpWhoseGradientIsNotFinite) {
  // d √x at 0 is 1 / 0.
  const Variable x = Variable::parameter(Tensor({3}, {1, 0, 4}));
  EXPECT_EQ(
      message_of([&] { sum(sqrt(x) * real(3)).backward({.find_nan = true}); }),
      "backward: the gradient of 'sqrt' for input 0 must be finite, got inf at place 1 of (3).");
  EXPECT_FALSE(x.has_grad());
  sum(sqrt(x)).backward();  // not looked for unless asked
  EXPECT_TRUE(std::isinf(x.grad()(1)));
}

TEST(Rules, MustReturnTheShapeOfTheirInput) {
  const Variable a = Variable::parameter(Tensor({2, 3})), b = Variable::parameter(Tensor({3}));
  const Variable y = record(
      "odd", a.value() + b.value(),
      {
          {b, [](const Variable& dy, const Variable&) { return dy; }},  // (2, 3) is summed to (3)
          {a, [](const Variable& dy, const Variable&) { return slice(dy, 1, 0, 2); }},
      });
  EXPECT_EQ(
      message_of([&] { sum(y).backward(); }),
      "backward: the rule of 'odd' for input 1 must return the input's shape (2, 3), got (2, 2).");
}

TEST(Rules, OfInputsThatNeedNoGradientDoNotRun) {
  int runs = 0;
  const Variable a = Variable::parameter(Tensor({2}, 1)), b(Tensor({2}, 1));
  const Variable y =
      record("count", a.value() + b.value(),
             {
                 {a, [](const Variable& dy, const Variable&) { return dy; }},
                 {b, [&](const Variable& dy, const Variable&) { return ++runs, dy; }},
             });
  sum(y).backward();
  EXPECT_EQ(runs, 0);
}

TEST(Rules, RecordNothingDuringAnOrdinaryBackward) {
  bool recorded = true;
  const Variable a = Variable::parameter(Tensor({2}, 1));
  const auto build = [&] {
    return sum(record("look", a.value(), {{a, [&](const Variable& dy, const Variable&) {
                                             recorded = recording();
                                             return dy;
                                           }}}));
  };
  build().backward();
  EXPECT_FALSE(recorded);
  recorded = true;
  gradients(build(), {a});
  EXPECT_FALSE(recorded);
  gradients(build(), {a}, {.differentiable = true});
  EXPECT_TRUE(recorded);
}

// y = x³, as a user would write it: dx = 3 x² dy.
static Variable cube(const Variable& x) {
  return record("cube", x.value() * x.value() * x.value(),
                {
                    {x, [x](const Variable& dy, const Variable&) { return dy * x * x * real(3); }},
                });
}

TEST(ACustomOp, IsCheckedDrawnAndDifferentiableTwice) {
  const Variable x = Variable::parameter(Tensor({2}, {2, 3}));
  const Variable first = gradients(sum(cube(x)), {x}, {.differentiable = true})[0];
  EXPECT_EQ(numbers(first.value()), (std::vector<real>{12, 27}));                          // 3 x²
  EXPECT_EQ(numbers(gradients(sum(first), {x})[0].value()), (std::vector<real>{12, 18}));  // 6 x
  EXPECT_NE(draw(cube(x)).find("cube\\n(2)"), std::string::npos) << draw(cube(x));
  if (sizeof(real) == 8) {
    const auto f = [](const std::vector<Variable>& xs) { return cube(xs[0]); };
    EXPECT_TRUE(gradient_check("cube", f, {x.value()}).ok);
    EXPECT_TRUE(second_gradient_check("cube", f, {x.value()}).ok);
  }
}

TEST(Depth, IsOneMoreThanThatOfTheDeepestInput) {
  const Variable x = Variable::parameter(Tensor({1}));
  const Variable y = exp(x), z = y * x;
  EXPECT_EQ(Node::of(x)->depth, 0);
  EXPECT_EQ(Node::of(y)->depth, 1);
  EXPECT_EQ(Node::of(z)->depth, 2);
}

// The messages of ops that check before the tensor function would.
TEST(Ops, SayWhatMustHold) {
  const Variable x = Variable::parameter(Tensor({2, 3})),
                 none = Variable::parameter(Tensor({2, 0}));
  Rng rng(1);
  EXPECT_EQ(message_of([&] { dropout(x, 1, rng); }), "dropout: the rate must be in [0, 1), got 1.");
  EXPECT_EQ(message_of([&] { dropout(x, real(-0.5), rng); }),
            "dropout: the rate must be in [0, 1), got -0.5.");
  EXPECT_EQ(message_of([&] { mean_squared_error(x, Variable(Tensor({3}))); }),
            "mean_squared_error: both shapes must be the same, got (2, 3) and (3).");
  EXPECT_EQ(message_of([&] { mean(none); }), "mean: at least one number, got the shape (2, 0).");
  EXPECT_EQ(message_of([&] { mean(none, 1); }),
            "mean: at least one entry along the axis, got the shape (2, 0).");
  EXPECT_EQ(message_of([&] { attention_weights(x, 1); }),
            "attention: qkv has shape (batch, length, 3 dim) with dim a multiple of the 1 heads, "
            "got (2, 3).");
}

// Half of 10,000 are kept, give or take four deviations of 50, and doubled.
TEST(Dropout, KeepsTheExpectedValueAndUsesTheSameMaskBackward) {
  const Variable x = Variable::parameter(Tensor({10'000}, 3));
  Rng rng(5);
  const Variable y = dropout(x, real(0.5), rng);
  Index kept = 0;
  for (const real value : y.value()) {
    EXPECT_TRUE(value == 0 || value == 6);
    kept += value != 0;
  }
  EXPECT_NEAR(double(kept), 5000, 200);
  sum(y).backward();
  EXPECT_TRUE(same_bits(x.grad() * 3, y.value()));
}

}  // namespace locus
