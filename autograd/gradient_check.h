// gradient_check: is a rule right? Compares autograd's gradient with finite differences, for every
// element of every input. For the double build (locus64): in float, rounding drowns the difference.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "autograd/variable.h"

namespace locus {

struct GradientCheckOptions {
  double tolerance = 1e-7;  // largest relative error that passes
  double step = 0;  // of the finite difference, times max(1, |x|); 0: the cube root of the rounding
                    // error, where the error of the formula and that of rounding are equally small
  std::uint64_t seed = 1;  // of the random projection
};

struct GradientReport {
  std::string name;             // of what was checked
  bool ok = true;               // every error within the tolerance
  double worst = 0;             // largest |autograd - finite difference| / largest |finite difference|
  int input = 0;                // where the worst error is: which input,
  std::vector<Index> index;     // which element of it,
  double autograd = 0, finite_difference = 0;  // and both derivatives there
  double tolerance = 0;
  // "gradient_check: softmax, input 0, element {1, 3}: autograd says 0.2114, finite differences say
  // 0.2093 (error 0.0099, tolerance 1e-07)."
  std::string text() const;
};

using Function = std::function<Variable(const std::vector<Variable>&)>;

// Compares d <w, f(inputs)> / d inputs, w random and fixed. A plain sum would not do: a softmax row
// always sums to 1, so its gradient is 0 and wrong rules pass.
// Keep inputs away from kinks (relu at 0), where a slope has two values.
// Throws when all inputs are empty.
GradientReport gradient_check(const std::string& name, const Function& f,
                              const std::vector<Tensor>& inputs, GradientCheckOptions options = {});

// The same for the gradient of the gradient: of <v, d <w, f> / d inputs>, v and w random and fixed.
GradientReport second_gradient_check(const std::string& name, const Function& f,
                                     const std::vector<Tensor>& inputs,
                                     GradientCheckOptions options = {.tolerance = 1e-5});

std::ostream& operator<<(std::ostream& out, const GradientReport& report);  // its text

}  // namespace locus

template <>
struct fmt::formatter<locus::GradientReport> : fmt::formatter<std::string> {
  fmt::format_context::iterator format(const locus::GradientReport& report,
                                       fmt::format_context& out) const {
    return fmt::formatter<std::string>::format(report.text(), out);
  }
};
