#include "autograd/gradient_check.h"

#include <fmt/ranges.h>
#include <algorithm>
#include <cmath>
#include <limits>
#include <ostream>

#include "autograd/ops.h"

namespace locus {

static std::vector<Index> index_of(Index place, const Shape& shape) {
  std::vector<Index> index(std::size_t(shape.rank()));
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    index[std::size_t(axis)] = place % shape[axis];
    place /= shape[axis];
  }
  return index;
}

std::string GradientReport::text() const {
  return fmt::format(
      "gradient_check: {}, input {}, element {{{}}}: autograd says {:.10g}, finite differences say "
      "{:.10g} (error {:.2g}, tolerance {:.2g}).{}",
      name, input, fmt::join(index, ", "), autograd, finite_difference, worst, tolerance,
      ok || sizeof(real) == 8 ? "" : " In float, rounding is larger than that: link locus64.");
}

std::ostream& operator<<(std::ostream& out, const GradientReport& report) {
  return out << report.text();
}

static std::vector<Variable> parameters(const std::vector<Tensor>& inputs) {
  std::vector<Variable> result;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    result.push_back(Parameter(inputs[i], fmt::format("input {}", i)));
  }
  return result;
}

// (f(x + h) - f(x - h)) / 2h for one element of one input.
static double finite_difference(const Function& f, std::vector<Tensor> inputs, std::size_t input,
                                Index place, double step) {
  const real x = inputs[input].data()[place];
  const real h = real(step * std::max(1.0, std::abs(double(x))));
  const real up = x + h, down = x - h;  // what is really added differs from h by rounding
  const auto value_at = [&](real number) {
    const Index here = place;
    inputs[input].data()[here] = number;
    // Recording stays on: f may compute gradients itself.
    return double(f(parameters(inputs)).item());
  };
  return (value_at(up) - value_at(down)) / (double(up) - double(down));
}

// Checks a function whose result is one number.
static GradientReport check_scalar(const std::string& name, const Function& f,
                                   const std::vector<Tensor>& inputs,
                                   const GradientCheckOptions& options) {
  const double step =
      options.step > 0 ? options.step : std::cbrt(double(std::numeric_limits<real>::epsilon()));
  GradientReport report;
  report.worst = -1;  // below every error
  report.name = name;
  report.tolerance = options.tolerance;
  Index count = 0;
  for (const Tensor& input : inputs) count += input.size();
  check(count > 0, "gradient_check: {} has no element to vary, got {} inputs, all empty.", name,
        inputs.size());
  const std::vector<Variable> xs = parameters(inputs);
  const std::vector<Variable> rules = gradients(f(xs), xs);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    std::vector<double> differences;
    double scale = 1e-3;  // below it, differences are rounding
    for (Index place = 0; place < inputs[i].size(); ++place) {
      differences.push_back(finite_difference(f, inputs, i, place, step));
      scale = std::max(scale, std::abs(differences.back()));
    }
    for (Index place = 0; place < inputs[i].size(); ++place) {
      const double rule = double(rules[i].value().data()[place]),
                   slope = differences[std::size_t(place)];
      const double error = std::abs(rule - slope) / scale;
      if (!(error <= report.worst)) {
        report.worst = std::isfinite(error) ? error : std::numeric_limits<double>::infinity();
        report.input = int(i), report.index = index_of(place, inputs[i].shape());
        report.autograd = rule, report.finite_difference = slope;
      }
      if (!std::isfinite(error)) break;
    }
    if (!(report.worst <= options.tolerance)) break;  // the first wrong input is the one to look at
  }
  report.ok = report.worst <= options.tolerance;
  return report;
}

// <w, y> with w of y's shape, from the seed. Inputs are often drawn from the first numbers of the same
// seed; where w is the input, the true slope may be 0, as that of any wrong rule that forgets x.
static Variable projected(const Variable& y, std::uint64_t seed) {
  Rng rng(seed, std::uint64_t(1) << 63);
  return sum(y * Variable(normal(y.shape(), 1, rng)));
}

GradientReport gradient_check(const std::string& name, const Function& f,
                              const std::vector<Tensor>& inputs, GradientCheckOptions options) {
  const auto scalar = [&](const std::vector<Variable>& xs) {
    return projected(f(xs), options.seed);
  };
  return check_scalar(name, scalar, inputs, options);
}

GradientReport second_gradient_check(const std::string& name, const Function& f,
                                     const std::vector<Tensor>& inputs,
                                     GradientCheckOptions options) {
  const auto slope = [&](const std::vector<Variable>& xs) {
    const std::vector<Variable> first =
        gradients(projected(f(xs), options.seed), xs, {.differentiable = true});
    // xs enter with weight 0, so that a function whose gradient is constant still has a graph.
    Variable total = Variable(Tensor(Shape{}, 0));
    for (std::size_t i = 0; i < xs.size(); ++i) {
      total = total + projected(first[i], options.seed + 1 + i) + sum(xs[i]) * real(0);
    }
    return total;
  };
  return check_scalar(name + ", second", slope, inputs, options);
}

}  // namespace locus
