// Claim: a gradient is a slope you can measure by nudging, and float measures it badly.
// One formula, f, is computed with three kinds of number. In float and in double it is nudged; with
// Variable the engine's rules give its gradient; and the judge is its derivative, written by hand
// and computed in double. So one program shows both precisions, though it links the float library.
// Breakpoint: `break 02_slope.cpp:33 if step < 1e-4`; `print up`, `print down`: few digits differ.
// Try: nudge to one side only, (up - f(x)) / step, also where `up - down` stands. The error falls
// with the step instead of its square; the best is 20 times worse in float, 600 times in double.
#include <algorithm>
#include <cmath>

#include "autograd/ops.h"
#include "examples/support/lesson.h"

using namespace locus;
using namespace locus::course;

// f(x) = x tanh(x) + exp(-x), for every kind of number that has them.
template <class Number>
static Number f(const Number& x) {
  using std::exp, std::tanh;  // for float and double; a Variable brings its own
  return x * tanh(x) + exp(-x);
}

// f'(x) = tanh(x) + x (1 - tanh(x)²) - exp(-x)
static double slope_of_f(double x) {
  const double t = std::tanh(x);
  return t + x * (1 - t * t) - std::exp(-x);
}

// (f(x + step) - f(x - step)) / (2 step): the central difference, all of it in Number.
template <class Number>
static double nudged(Number x, Number step) {
  const Number up = f(x + step), down = f(x - step);
  return double((up - down) / (2 * step));
}

// The error of nudging, over all places: the root of the mean square.
template <class Number>
static double nudging_error(const Tensor& places, double step) {
  double squares = 0;
  for (const real x : places) {
    const double error = nudged<Number>(Number(x), Number(step)) - slope_of_f(double(x));
    squares += error * error / double(places.size());
  }
  return std::sqrt(squares);
}

int main(int argc, char** argv) try {
  Lesson lesson("02_slope", "A slope you can measure",
                "A gradient is a slope you can measure, and float measures it badly.");
  lesson.rests_on({"double", "rules"});
  lesson.begin(argc, argv);
  Rng rng = lesson.rng();
  const Tensor places = uniform({1000}, -2, 2, rng);

  // The gradient by the engine's rules: each place has a term of its own in the sum.
  const Variable x = Parameter(places, "x");
  sum(f(x)).backward();
  double squares = 0;
  for (Index i = 0; i < places.size(); ++i) {
    const double gradient =
        lesson.without("rules") ? nudged<float>(places(i), 0.01f) : double(x.grad()(i));
    const double error = gradient - slope_of_f(double(places(i)));
    squares += error * error / double(places.size());
  }
  const double rules_error = std::sqrt(squares);

  // The same slope by nudging, with steps from 1 down to 10⁻¹².
  Curve in_float{.label = "nudged in float", .x = {}, .y = {}};
  Curve in_double{.label = "nudged in double", .x = {}, .y = {}};
  std::vector<std::vector<double>> rows;
  for (double exponent = 0; exponent >= -12; exponent -= 0.25) {
    const double step = std::pow(10, exponent), float_error = nudging_error<float>(places, step);
    const double double_error =
        lesson.without("double") ? float_error : nudging_error<double>(places, step);
    in_float.x.push_back(step), in_float.y.push_back(float_error);
    in_double.x.push_back(step), in_double.y.push_back(double_error);
    rows.push_back({step, float_error, double_error});
  }
  const auto best = [&lesson](const Curve& curve) {
    const auto least = std::min_element(curve.y.begin(), curve.y.end());
    const double step = curve.x[size_t(least - curve.y.begin())];
    lesson.say("{:<17} best step {:8.1e}, error there {:.1e}", curve.label, step, *least);
    return *least;
  };
  lesson.say("errors of the slope of x tanh(x) + exp(-x), over {} places", places.size());
  const double float_best = best(in_float), double_best = best(in_double);
  lesson.say("{:<17} no step at all,    error       {:.1e}", "rules in float", rules_error);

  lesson.above("best error in float / best error in double", float_best / double_best, 1000);
  lesson.above("best error of nudging in float / error of the rules in float",
               float_best / rules_error, 10);

  // From end to end and back to where its name has room.
  const Curve rules{.label = "rules, in float",
                    .x = {rows.front()[0], rows.back()[0], 1e-4},
                    .y = {rules_error, rules_error, rules_error},
                    .quiet = true};
  lesson.picture("error",
                 curves({in_float, in_double, rules}, {.title = "How wrong a nudged slope is",
                                                       .x_title = "step of the nudge",
                                                       .y_title = "error of the slope",
                                                       .log_x = true,
                                                       .log_y = true}),
                 "Read from right to left: a smaller step helps, until what is left of the "
                 "difference is rounding. Double gets further down before it turns. The engine's "
                 "rules take no step and have no such trouble.");
  lesson.table("errors", {"step", "float", "double"}, rows);
  return lesson.finish(
      "Stand on a hillside in fog. To learn how steep it is, step forward, step back, and compare "
      "heights. Long strides miss the bend of the ground; tiny ones drown in the error of your "
      "altimeter. In between lies the best stride, and how good it is depends on the altimeter "
      "alone: float keeps 7 digits, double 16, and subtracting two nearly equal heights throws "
      "most of them away.\n\n"
      "A gradient rule subtracts nothing, so even float keeps nearly all its digits. Nudging is "
      "how rules are checked, and this is why this project checks them in double.");
} catch (const std::exception& error) {
  return Lesson::failed(error);
}
