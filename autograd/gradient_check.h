// gradient_check: is a rule right? Every number of every input is nudged both ways, and the slope
// that is measured is compared with the one that backward computes. For the double build (locus64):
// in float, rounding drowns the difference.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "autograd/variable.h"

namespace locus {

struct GradientCheckOptions {
  double allowed = 1e-7;  // largest relative error that passes
  double step = 0;  // of the nudge, times max(1, |x|); 0: the cube root of the rounding error,
                    // where the error of the formula and that of rounding are equally small
  std::uint64_t seed = 1;  // of the random projection
};

struct GradientReport {
  std::string name;             // of what was checked
  bool ok = true;               // every error within what is allowed
  double worst = 0;             // largest |rule - nudged| / largest |nudged| of the same input
  int input = 0;                // where the worst error is: which input,
  std::vector<Index> index;     // which number of it,
  double rule = 0, nudged = 0;  // and what both say there
  double allowed = 0;
  // "gradient_check: softmax, input 0, number {1, 3}: the rule says 0.2114, nudging says 0.2093
  // (error 0.0099, allowed 1e-07)."
  std::string text() const;
};

using Function = std::function<Variable(const std::vector<Variable>&)>;

// Compares d <w, f(inputs)> / d inputs, w random and fixed. A plain sum would not do: a softmax row
// always sums to 1, so its gradient is 0 and wrong rules pass.
// Keep inputs away from kinks (relu at 0), where a slope has two values.
// Throws when there is no number to nudge.
GradientReport gradient_check(const std::string& name, const Function& f,
                              const std::vector<Tensor>& inputs, GradientCheckOptions options = {});

// The same for the gradient of the gradient: of <v, d <w, f> / d inputs>, v and w random and fixed.
GradientReport second_gradient_check(const std::string& name, const Function& f,
                                     const std::vector<Tensor>& inputs,
                                     GradientCheckOptions options = {.allowed = 1e-5});

}  // namespace locus
