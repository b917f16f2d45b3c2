// Every op of autograd/ops.h in float against the same in double: the value and every gradient, on the
// same inputs. This source is two programs, since float and double do not mix in one:
//   ops_in_float | ops_in_double
//   ops_in_float --hashes        the bits of each case's results in one number, to compare two compilers
// The first writes its results, the second computes its own and prints, for each case, the worst error
// in units of the last place of a float (ulp) and what is allowed; it fails when one is above. The cases,
// and how what is allowed is counted, are in tests/op_cases/.
#include <cmath>
#include <cstdio>

#include "tensor/kernels/kernels.h"
#include "tests/op_cases/all.h"
#include "tests/precision/ulps.h"

namespace locus {

// Incoming gradients: 1 <= |dy| < 2, so that they are not what makes a gradient small.
static Tensor incoming(Shape shape) {
  Rng rng(99);
  std::vector<double> numbers;
  for (Index i = 0; i < shape.size(); ++i) {
    const double size = 1 + rng.uniform() / 2;
    numbers.push_back(rng.below(2) ? size : -size);
  }
  return shape.rank() == 0 ? Tensor(Shape{}, nearest_float(numbers[0])) : floats(numbers, shape);
}

// --- running a case --------------------------------------------------------------------------------

static std::vector<Tensor> scaled_inputs(const PrecisionCase& c, int scale) {
  std::vector<Tensor> inputs = c.inputs();
  for (real *x = inputs[0].data(), *end = x + inputs[0].size(); x != end; ++x)
    *x = nearest_float(std::ldexp(double(*x), scale));
  return inputs;
}

// The value, then the gradient of every input.
static std::vector<Tensor> results(const PrecisionCase& c, const std::vector<Tensor>& inputs,
                                   const Tensor& dy) {
  std::vector<Variable> xs;
  for (const Tensor& input : inputs) xs.push_back(Parameter(input));
  const Variable y = c.f(xs);
  std::vector<Tensor> all = {y.value()};
  for (const Variable& dx : gradients(sum(y * Variable(dy)), xs)) all.push_back(dx.value());
  return all;
}

static Tensor incoming_of(const PrecisionCase& c, const std::vector<Tensor>& inputs) {
  const NoGrad inference;
  return incoming(c.f({inputs.begin(), inputs.end()}).shape());
}

// Writes inputs and results; reads them back in the other program.
static void write(const Tensor& x) {
  for (const real number : x) {
    const float bits = static_cast<float>(number);
    std::fwrite(&bits, sizeof bits, 1, stdout);
  }
}
static std::vector<double> read(Index count) {
  std::vector<double> numbers;
  for (Index i = 0; i < count; ++i) {
    float bits;
    check(std::fread(&bits, sizeof bits, 1, stdin) == 1,
          "ops_in_double: the results of ops_in_float, got too few. Run: ops_in_float | "
          "ops_in_double");
    numbers.push_back(double(bits));
  }
  return numbers;
}

// |y| + sum_j |x_j dy / dx_j| for every number of every result; dy counts as an input.
static std::vector<Tensor> terms_of(const PrecisionCase& c, std::vector<Tensor> inputs,
                                    const Tensor& dy, const std::vector<Tensor>& at) {
  constexpr double nudge = 0x1p-20;
  std::vector<Tensor> terms = at;
  for (Tensor& t : terms) {
    for (real *x = t.data(), *end = x + t.size(); x != end; ++x) *x = std::abs(*x);
  }
  inputs.push_back(dy);
  const auto results_here = [&] {
    return results(c, {inputs.begin(), inputs.end() - 1}, inputs.back());
  };
  for (Tensor& input : inputs) {
    for (Index j = 0; j < input.size(); ++j) {
      const real x = input.begin()[j];
      if (x == 0 || !std::isfinite(x)) continue;
      input.data()[j] = real(double(x) * (1 + nudge));
      const std::vector<Tensor> up = results_here();
      input.data()[j] = real(double(x) * (1 - nudge));
      const std::vector<Tensor> down = results_here();
      input.data()[j] = x;
      for (std::size_t k = 0; k < terms.size(); ++k) {
        for (Index i = 0; i < terms[k].size(); ++i) {
          const double moved = double(up[k].begin()[i]) - double(down[k].begin()[i]);
          if (std::isfinite(moved)) terms[k].data()[i] += real(std::abs(moved) / (2 * nudge));
        }
      }
    }
  }
  return terms;
}

// --- comparing -------------------------------------------------------------------------------------

static double largest_finite(const Tensor& x) {
  double largest = 0;
  for (const real number : x) {
    if (std::isfinite(number)) largest = std::max(largest, std::abs(double(number)));
  }
  return largest;
}

struct WorstOf {
  double ulps = 0;
  Index skipped = 0;
};

static WorstOf compare(const std::vector<double>& got, const Tensor& want, const Tensor& y,
                       const Tensor& terms, const Bound& bound, double slope, double input,
                       const std::string& name) {
  const double scale_of_all = bound.unit == Unit::largest  ? largest_finite(terms)
                              : bound.unit == Unit::dy_x_x ? slope * input * input
                                                           : slope;
  WorstOf worst;
  for (Index i = 0; i < want.size(); ++i) {
    const double g = got[std::size_t(i)], w = double(want.begin()[i]);
    if (bound.unit == Unit::in_range) {
      const double result = std::abs(double(y.begin()[i]));
      if (result != 0 && std::isfinite(result) && !(result >= 0x1p-126 && result < 0x1p127)) {
        ++worst.skipped;
        continue;
      }
    }
    const bool of_itself = bound.unit == Unit::result || bound.unit == Unit::in_range;
    const double scale = of_itself                   ? w
                         : bound.unit == Unit::terms ? double(terms.begin()[i])
                                                     : scale_of_all;
    const double ulps = ulps_apart(g, w, scale);
    if (ulps > worst.ulps) worst.ulps = ulps;
    if (!(ulps <= bound.ulps)) {
      fmt::print("FAIL {}, number {}: float {:.9g}, double {:.17g}: {:.3g} ulps, allowed {}\n",
                 name, i, g, w, ulps, bound.ulps);
      break;
    }
  }
  return worst;
}

static const char* name_of(Unit unit) {
  static const char* const names[] = {"result", "result", "terms", "largest", "slope", "dy x x"};
  return names[int(unit)];
}

static bool compare_case(const PrecisionCase& c) {
  WorstOf forward, gradient;
  for (const int scale : c.scales) {
    const std::vector<Tensor> inputs = scaled_inputs(c, scale);
    const Tensor dy = incoming_of(c, inputs);
    const std::vector<Tensor> want = results(c, inputs, dy);
    const auto counts_terms = [](const Bound& b) {
      return b.unit == Unit::terms || b.unit == Unit::largest;
    };
    std::vector<Tensor> terms = want;
    if (counts_terms(c.forward) || counts_terms(c.gradient)) terms = terms_of(c, inputs, dy, want);
    for (const Tensor& input : inputs) {
      const std::vector<double> theirs = read(input.size());
      for (Index i = 0; i < input.size(); ++i) {
        check(ulps_apart(theirs[std::size_t(i)], double(input.begin()[i]), 0) == 0,
              "ops_in_double: {}, {}: the same inputs in both programs, got others.", c.op,
              c.about);
      }
    }
    for (std::size_t k = 0; k < want.size(); ++k) {
      const std::string name =
          fmt::format("{} ({}), times 2^{}, {}", c.op, c.about, scale,
                      k == 0 ? std::string("value") : fmt::format("gradient {}", k - 1));
      WorstOf& worst = k == 0 ? forward : gradient;
      const WorstOf now =
          compare(read(want[k].size()), want[k], want[0], terms[k], k == 0 ? c.forward : c.gradient,
                  largest_finite(dy), largest_finite(inputs[0]), name);
      worst.ulps = std::max(worst.ulps, now.ulps), worst.skipped += now.skipped;
    }
  }
  const bool ok = forward.ulps <= c.forward.ulps && gradient.ulps <= c.gradient.ulps;
  fmt::print("{:44}{:8.2f} of {:<6.4g}{:8}{:10.2f} of {:<6.4g}{:8}{}{}\n",
             fmt::format("{}, {}", c.op, c.about), forward.ulps, c.forward.ulps,
             name_of(c.forward.unit), gradient.ulps, c.gradient.ulps, name_of(c.gradient.unit),
             gradient.skipped == 0 ? "" : fmt::format("{} out of range", gradient.skipped),
             ok ? "" : "  FAIL");
  return ok;
}

static bool write_case(const PrecisionCase& c) {
  for (const int scale : c.scales) {
    const std::vector<Tensor> inputs = scaled_inputs(c, scale);
    for (const Tensor& input : inputs) write(input);
    for (const Tensor& result : results(c, inputs, incoming_of(c, inputs))) write(result);
  }
  return true;
}

// FNV-1a, 64 bits, of the value and of all gradients.
static bool print_hashes(const PrecisionCase& c) {
  std::uint64_t hashes[] = {0xCBF29CE484222325, 0xCBF29CE484222325};
  for (const int scale : c.scales) {
    const std::vector<Tensor> inputs = scaled_inputs(c, scale);
    const std::vector<Tensor> all = results(c, inputs, incoming_of(c, inputs));
    for (std::size_t k = 0; k < all.size(); ++k) {
      for (const real number : all[k]) {
        unsigned char bytes[sizeof number] = {};  // of a NaN no bits: which one it is means nothing
        if (!std::isnan(number)) std::memcpy(bytes, &number, sizeof number);
        std::uint64_t& hash = hashes[k == 0 ? 0 : 1];
        for (const unsigned char byte : bytes) hash = (hash ^ byte) * 0x100000001B3;
      }
    }
  }
  fmt::print("{:016x} {:016x}  {}, {}\n", hashes[0], hashes[1], c.op, c.about);
  return true;
}

}  // namespace locus

int main(int argc, char** argv) try {
  using namespace locus;
  if (argc == 2 && std::string(argv[1]) == "--hashes") {
    for (const PrecisionCase& c : all_cases<PrecisionCase>()) print_hashes(c);
    return 0;
  }
  const bool writes = sizeof(real) == sizeof(float);
  bool ok = true;
  if (!writes) {
    fmt::print("{} kernels; worst error in ulps of allowed, and an ulp of what\n", kernels().name);
    fmt::print("{:44}{:18}{:>8}{:>16}\n", "", "   value", "", "gradients");
  }
  for (const PrecisionCase& c : all_cases<PrecisionCase>())
    ok = (writes ? write_case(c) : compare_case(c)) && ok;
  return ok ? 0 : 1;
} catch (const std::exception& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 2;
}
