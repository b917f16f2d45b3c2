// Handles, leaves and their gradients, and the engine's promises one by one.
#include "autograd/variable.h"

#include "autograd/ops.h"
#include "autograd/record.h"
#include "tests/support.h"

namespace locus {

static Variable parameter(std::vector<real> values, std::string name = "x") {
  const Index count = Index(values.size());
  return Parameter(Tensor({count}, values), std::move(name));
}

TEST(Variable, ConstantsNeedNoGradientAndParametersDo) {
  EXPECT_FALSE(Variable(Tensor({2})).requires_grad());
  EXPECT_TRUE(parameter({1, 2}).requires_grad());
  EXPECT_EQ(parameter({1}, "weight").name(), "weight");
  EXPECT_EQ(Variable(Tensor({2})).name(), "constant");
  EXPECT_FALSE(bool(Variable()));
}

TEST(Variable, TwoHandlesNameOneNode) {
  Variable x = parameter({1, 2});
  const Variable same = x;
  x.set_value(Tensor({2}, {5, 6}));
  EXPECT_EQ(numbers(same.value()), (std::vector<real>{5, 6}));
}

TEST(Variable, AnEmptyOneSaysSo) {
  EXPECT_EQ(message_of([] { Variable().value(); }),
            "Variable: it must have been given a value, got an empty one. Assign a Tensor "
            "or the result of an op to it.");
  EXPECT_EQ(message_of([] { Variable().backward(); }),
            "backward: a Variable with a value, got an empty one. Give it one first.");
}

TEST(Variable, OnlyLeavesCanBeChanged) {
  Variable y = parameter({1, 2}) * real(3);
  EXPECT_EQ(message_of([&] { y.set_value(Tensor({2})); }),
            "set_value: only a leaf can be changed, got the result of 'scale'. Change what it "
            "was computed from, or take its detach().");
  EXPECT_EQ(message_of([&] { y.mutable_value(); }),
            "mutable_value: only a leaf can be changed, got the result of 'scale'. Change what it "
            "was computed from, or take its detach().");
  EXPECT_EQ(message_of([&] { y.set_name("y"); }),
            "set_name: only a leaf can be changed, got the result of 'scale'. Change what it "
            "was computed from, or take its detach().");
  EXPECT_EQ(message_of([&] { y.set_grad(Tensor({2})); }),
            "set_grad: only a leaf can be changed, got the result of 'scale'. Change what it "
            "was computed from, or take its detach().");
}

TEST(Variable, NewNumbersAndGradientsKeepTheShape) {
  Variable x = parameter({1, 2});
  EXPECT_EQ(message_of([&] { x.set_value(Tensor({3})); }),
            "set_value: the shape must stay (2), got (3).");
  EXPECT_EQ(message_of([&] { x.set_grad(Tensor({3})); }),
            "set_grad: the gradient must have the shape (2), got (3).");
}

TEST(Variable, GradientsComeAndGo) {
  Variable x = parameter({1, 2});
  EXPECT_FALSE(x.has_grad());
  EXPECT_EQ(x.grad().shape(), (Shape{0}));
  x.set_grad(Tensor({2}, {3, 4}));
  EXPECT_TRUE(x.has_grad());
  EXPECT_EQ(numbers(x.grad()), (std::vector<real>{3, 4}));
  x.zero_grad();
  EXPECT_FALSE(x.has_grad());
}

// loss = sum of x², so its gradient is 2 x = (2, 4, 6).
TEST(Backward, AddsIntoTheGradientsOfLeaves) {
  const Variable x = parameter({1, 2, 3});
  sum(x * x).backward();
  EXPECT_EQ(numbers(x.grad()), (std::vector<real>{2, 4, 6}));
  sum(x * x).backward();
  EXPECT_EQ(numbers(x.grad()), (std::vector<real>{4, 8, 12}));
}

TEST(Backward, GivesEveryLeafItsOwnGradientBuffer) {
  const Variable a = parameter({1, 2}), b = parameter({3, 4});
  sum(a + b).backward();  // both receive the same numbers
  sum(a * real(1)).backward();
  EXPECT_EQ(numbers(a.grad()), (std::vector<real>{2, 2}));
  EXPECT_EQ(numbers(b.grad()), (std::vector<real>{1, 1}));
}

// y = x³ by three paths: x x x. dy = 3 x² = 12 at 2.
TEST(Backward, AddsUpAllPathsToALeaf) {
  const Variable x = parameter({2});
  sum(x * x * x).backward();
  EXPECT_EQ(x.grad().item(), 12);
}

// Both branches of a diamond meet in `shared`; its rule must run once, with the sum 1 + 2 = 3: 3 * 5.
TEST(Backward, VisitsASharedNodeOnceWithAllThatArrived) {
  const Variable x = parameter({1});
  const Variable shared = x * real(5);
  const Variable deep = shared * real(1) * real(1) * real(2);
  sum(shared + deep).backward();
  EXPECT_EQ(x.grad().item(), 15);
}

// The deep sum hands the same dy = 1 to a and to b; later a receives 5 more, which b must not see.
TEST(Backward, AddsToAGradientThatTwoInputsShareForOneOfThem) {
  const Variable a = parameter({1}), b = parameter({2}), c = parameter({3});
  const Variable deep = exp(exp(c));
  const auto same = [](const Variable& dy, const Variable&) { return dy; };
  const Variable y = record("sum of three", a.value() + b.value() + deep.value(),
                            {{a, same}, {b, same}, {deep, same}});
  sum(y + a * real(5)).backward();
  EXPECT_EQ(a.grad().item(), 6);
  EXPECT_EQ(b.grad().item(), 1);
}

TEST(Backward, WorksOnALeafItself) {
  const Variable x = parameter({7});
  x.backward();
  EXPECT_EQ(x.grad().item(), 1);
}

TEST(Backward, IgnoresConstants) {
  const Variable x = parameter({2}), c(Tensor({1}, 3));
  sum(x * c).backward();
  EXPECT_EQ(x.grad().item(), 3);
  EXPECT_FALSE(c.has_grad());
}

TEST(Backward, NeedsOneNumber) {
  const Variable x = parameter({1, 2});
  EXPECT_EQ(message_of([&] { (x * x).backward(); }),
            "backward: the result must be one number, got the shape (2). Sum it first.");
}

TEST(Backward, NeedsSomethingThatDependsOnAParameter) {
  const Variable c(Tensor({1}, 2));
  EXPECT_EQ(message_of([&] { sum(c * c).backward(); }),
            "backward: 'sum' must depend on a parameter while recording, got a constant. "
            "Parameter makes one; no NoGrad guard may live.");
}

TEST(Backward, ASecondOneThroughAFreedGraphSaysSo) {
  const Variable x = parameter({1, 2});
  const Variable inner = x * x;
  const Variable loss = sum(inner);
  loss.backward();
  EXPECT_EQ(message_of([&] { loss.backward(); }),
            "backward: the graph behind 'sum' must be whole, got one that was freed by an earlier "
            "backward. Compute it again, or pass {.keep_graph = true} to the earlier one.");
  EXPECT_EQ(message_of([&] { sum(inner * real(2)).backward(); }).substr(0, 50),
            "backward: the graph behind 'multiply' must be whol");
  EXPECT_EQ(numbers(x.grad()), (std::vector<real>{2, 4}));  // of the first alone
}

TEST(Backward, KeepGraphAllowsASecondOne) {
  const Variable x = parameter({1, 2});
  const Variable loss = sum(x * x);
  loss.backward({.keep_graph = true});
  loss.backward();
  EXPECT_EQ(numbers(x.grad()), (std::vector<real>{4, 8}));
}

TEST(Backward, ALeafChangedAfterItsUseIsNamed) {
  Variable x = parameter({1, 2}, "block0.weight");
  const Variable loss = sum(x * x);
  x.set_value(Tensor({2}, {3, 4}));
  EXPECT_EQ(message_of([&] { loss.backward(); }),
            "backward: every leaf must be as it was, got 'block0.weight', which was changed after "
            "'multiply' used it. Compute the result again before backward.");
  EXPECT_FALSE(x.has_grad());
  sum(x * x).backward();
  EXPECT_EQ(numbers(x.grad()), (std::vector<real>{6, 8}));
}

TEST(Backward, AConstantChangedAfterItsUseIsNamedToo) {
  const Variable x = parameter({1, 2});
  Variable c(Tensor({2}, 1));
  c.set_name("mask");
  const Variable loss = sum(x * c);
  c.mutable_value().at({0}) = 0;
  EXPECT_EQ(message_of([&] { loss.backward(); }).substr(0, 70),
            "backward: every leaf must be as it was, got 'mask', which was changed ");
}

// a's gradient is ready before the walk reaches the changed b; it must not have been filed.
TEST(Backward, AnErrorLeavesAllGradientsUntouched) {
  Variable a = parameter({1, 2}, "a"), b = parameter({3, 4}, "b");
  a.set_grad(Tensor({2}, {10, 20}));
  const Variable loss = sum(a * real(2) * real(2) + (b * real(2)));
  b.mutable_value().at({0}) = 5;
  EXPECT_NE(message_of([&] { loss.backward(); }), "no error");
  EXPECT_EQ(numbers(a.grad()), (std::vector<real>{10, 20}));
  EXPECT_FALSE(b.has_grad());
  sum(a).backward();  // nothing of the failed journey is left over
  EXPECT_EQ(numbers(a.grad()), (std::vector<real>{11, 21}));
}

// The product is deeper than b * 2, so it sends a gradient to a before b is found changed; a, the
// shallowest, still waits for its turn.
TEST(Backward, AnErrorForgetsWhatStillWaited) {
  Variable a = parameter({1, 2}, "a"), b = parameter({3, 4}, "b");
  const Variable loss = sum(a * (a * real(2)) + b * real(2));
  b.mutable_value().at({0}) = 5;
  EXPECT_NE(message_of([&] { loss.backward(); }), "no error");
  sum(a).backward();
  EXPECT_EQ(numbers(a.grad()), (std::vector<real>{1, 1}));
}

TEST(NoGrad, RecordsNothingInItsScope) {
  const Variable x = parameter({1, 2});
  EXPECT_TRUE(recording());
  {
    const NoGrad guard;
    EXPECT_FALSE(recording());
    EXPECT_FALSE((x * x).requires_grad());
    { const NoGrad inner; }
    EXPECT_FALSE(recording());
  }
  EXPECT_TRUE(recording());
  EXPECT_TRUE((x * x).requires_grad());
}

TEST(NoGrad, EndsWhenAnErrorLeavesItsScope) {
  EXPECT_NE(message_of([] {
              const NoGrad guard;
              Variable().value();
            }),
            "no error");
  EXPECT_TRUE(recording());
}

// loss = sum(x * detach(x)): the second factor counts as a constant, so the gradient is x, not 2 x.
TEST(Concatenate, InBracesTensorsGiveATensorAndAVariableGivesAVariable) {
  const Tensor one({1}, 1), two({1}, 2);
  const Tensor plain = concatenate({one, two}, 0);
  const Variable recorded = concatenate({Variable(one), two}, 0);
  EXPECT_EQ(numbers(plain), (std::vector<real>{1, 2}));
  EXPECT_EQ(numbers(recorded.value()), (std::vector<real>{1, 2}));
}

TEST(Detach, KeepsTheNumbersAndDropsTheHistory) {
  const Variable x = parameter({1, 2});
  const Variable y = (x * real(3)).detach();
  EXPECT_EQ(numbers(y.value()), (std::vector<real>{3, 6}));
  EXPECT_FALSE(y.requires_grad());
  sum(x * x.detach()).backward();
  EXPECT_EQ(numbers(x.grad()), (std::vector<real>{1, 2}));
}

TEST(Gradients, LeaveTheGradientsOfLeavesAlone) {
  const Variable x = parameter({1, 2});
  for (const bool differentiable : {false, true}) {
    const std::vector<Variable> dx = gradients(sum(x * x), {x}, {.differentiable = differentiable});
    EXPECT_EQ(numbers(dx[0].value()), (std::vector<real>{2, 4}));
    EXPECT_EQ(dx[0].requires_grad(), differentiable);
    EXPECT_FALSE(x.has_grad());
  }
}

// y = x³ at 2: y' = 12, y'' = 12, y''' = 6.
TEST(Gradients, CanBeDifferentiatedAgainAndAgain) {
  const Variable x = parameter({2});
  const Variable first = gradients(sum(x * x * x), {x}, {.differentiable = true})[0];
  const Variable second = gradients(sum(first), {x}, {.differentiable = true})[0];
  const Variable third = gradients(sum(second), {x}, {.differentiable = true})[0];
  EXPECT_EQ(first.item(), 12);
  EXPECT_EQ(second.item(), 12);
  EXPECT_EQ(third.item(), 6);
}

// H v for f = x0² x1 at (1, 2): H = (2 x1, 2 x0; 2 x0, 0) = (4, 2; 2, 0); times (1, 10) = (24, 2).
TEST(Gradients, GiveHessianTimesVector) {
  const Variable x = parameter({1, 2});
  const Variable x0 = slice(x, 0, 0, 1), x1 = slice(x, 0, 1, 2);
  const Variable slope = gradients(sum(x0 * x0 * x1), {x}, {.differentiable = true})[0];
  const Variable v(Tensor({2}, {1, 10}));
  EXPECT_EQ(numbers(gradients(sum(slope * v), {x})[0].value()), (std::vector<real>{24, 2}));
}

// A penalty on the gradient's length trains through it: loss = |d sum(x²)|² = 4 x², so its slope is 8 x.
TEST(Gradients, OfAPenaltyOnGradientsReachLeaves) {
  const Variable x = parameter({1, 2});
  const Variable slope = gradients(sum(x * x), {x}, {.differentiable = true})[0];
  sum(slope * slope).backward();
  EXPECT_EQ(numbers(x.grad()), (std::vector<real>{8, 16}));
}

// With h = 3 x and loss = sum h²: d loss / d h = 2 h = 6 x, d loss / d x = 18 x.
TEST(Gradients, OfInteriorNodesAndOfTheResultItself) {
  const Variable x = parameter({1, 2});
  const Variable h = x * real(3);
  const Variable loss = sum(h * h);
  const std::vector<Variable> d = gradients(loss, {h, x, loss, h});
  EXPECT_EQ(numbers(d[0].value()), (std::vector<real>{6, 12}));
  EXPECT_EQ(numbers(d[1].value()), (std::vector<real>{18, 36}));
  EXPECT_EQ(d[2].item(), 1);
  EXPECT_EQ(numbers(d[3].value()), (std::vector<real>{6, 12}));
}

TEST(Gradients, AreZeroWhereNothingDepends) {
  const Variable x = parameter({1, 2}), other = parameter({1, 2, 3});
  const std::vector<Variable> d = gradients(sum(x), {other, x});
  EXPECT_EQ(numbers(d[0].value()), (std::vector<real>{0, 0, 0}));
}

TEST(Gradients, FreeTheGraphUnlessToldNotTo) {
  const Variable x = parameter({1, 2});
  const Variable loss = sum(x * x);
  gradients(loss, {x}, {.keep_graph = true});
  gradients(loss, {x}, {.differentiable = true});
  gradients(loss, {x});
  EXPECT_NE(message_of([&] { gradients(loss, {x}); }).find("was freed by an earlier backward"),
            std::string::npos);
}

// Both rules of a sum hand on the same node.
TEST(Gradients, OfTwoInputsAreTwoVariables) {
  const Variable a = Parameter(Tensor({2}, 1)), b = Parameter(Tensor({2}, 2));
  std::vector<Variable> d = gradients(sum(a + b), {a, b});
  d[0].mutable_value().data()[0] = 5;
  EXPECT_EQ(numbers(d[0].value()), (std::vector<real>{5, 1}));
  EXPECT_EQ(numbers(d[1].value()), (std::vector<real>{1, 1}));
}

TEST(Gradients, OfConstantsAreAnError) {
  const Variable x = parameter({1, 2});
  const std::string want =
      "gradients: every x must need a gradient, got a constant or an empty one. "
      "Parameter makes one that does.";
  EXPECT_EQ(message_of([&] { gradients(sum(x), {Variable(Tensor({2}))}); }), want);
  EXPECT_EQ(message_of([&] { gradients(sum(x), {Variable()}); }), want);
}

TEST(Gradients, DifferentiableOnesMustBeRecorded) {
  const Variable x = Parameter(Tensor({2}, 3));
  const Variable y = sum(x * x);
  const NoGrad guard;
  EXPECT_EQ(message_of([&] { gradients(y, {x}, {.differentiable = true}); }),
            "gradients: differentiable ones must be recorded, got a NoGrad guard. End its scope "
            "first.");
}

TEST(FindNan, LeavesTheGraphWholeToBeLookedAt) {
  const Variable x = Parameter(Tensor({1}, 0));
  const Variable y = sum(sqrt(x) * 2);
  for (int attempt = 0; attempt < 2; ++attempt) {
    EXPECT_NE(message_of([&] { y.backward({.find_nan = true}); }).find("'sqrt'"),
              std::string::npos);
  }
  const Variable z = sum(exp(x));
  z.backward({.find_nan = true});
  EXPECT_EQ(x.grad()(0), 1);
  EXPECT_NE(message_of([&] { z.backward(); }).find("was freed"), std::string::npos);
}

TEST(Variable, AnEmptyParameterNeverHasAGradientOfAnotherShape) {
  const Variable x = Parameter(Tensor(Shape{0, 4}));
  EXPECT_FALSE(x.has_grad());
}

}  // namespace locus
