// The functions of one number on every one of the 2^32 floats, against the C library's in double.
//   every_float [--stride N] [function ...]      all of them, or only every Nth number
// Prints the worst error in units of the last place, and where; fails when one is above its bound.
#include <cstdio>
#include <string>
#include <vector>

#include "examples/support/flags.h"
#include "tensor/check.h"
#include "tensor/kernels/kernels.h"
#include "tests/precision/ulps.h"

using namespace locus;
using namespace locus::course;

// gelu_tanh(x) = x / (1 + exp(-t)), t = 2 √(2/π) (x + 0.044715 x³): nothing cancels, as 1 + tanh would.
static double gelu_tanh_exponent(double x) {
  return 1.5957691216057308 * (x + 0.044715 * x * x * x);
}
static double gelu_tanh(double x) { return x / (1 + std::exp(-gelu_tanh_exponent(x))); }
static double gelu_tanh_slope(double x) {
  if (std::abs(x) > 20) return x > 0;  // to the last bit; t would overflow
  const double gate = 1 / (1 + std::exp(-gelu_tanh_exponent(x)));
  return gate + x * gate / (1 + std::exp(gelu_tanh_exponent(x))) * 1.5957691216057308 *
                    (1 + 3 * 0.044715 * x * x);
}

static constexpr double infinity = std::numeric_limits<double>::infinity();
static double always(double) { return 0; }
static double itself(double, double y) { return y; }

struct Tried {
  const char* name;
  void (*kernel)(const float* x, float* y, Index n);
  double (*truth)(double x);
  // Allowed: `ulps`, and `more(x)` on top, at scale(x, y).
  double ulps;
  double (*more)(double x);
  double (*scale)(double x, double y);
  double low = -infinity, high = infinity;  // where; and NaN
};

static const Tried functions[] = {
    {"exp", [](const float* x, float* y, Index n) { kernels().exp(x, y, n); },
     [](double x) { return std::exp(x); }, 2, always, itself},
    {"log", [](const float* x, float* y, Index n) { kernels().log(x, y, n); },
     [](double x) { return std::log(x); }, 2, always, itself},
    {"tanh", [](const float* x, float* y, Index n) { kernels().tanh(x, y, n); },
     [](double x) { return std::tanh(x); }, 2, always, itself},
    // An exactly rounded operation of the processor.
    {"sqrt", [](const float* x, float* y, Index n) { kernels().sqrt(x, y, n); },
     [](double x) { return std::sqrt(x); }, 0.5, always, itself},
    // exp, tail (the polynomial, its t, the quotient), two products, 1 - tail exp.
    {"gelu", [](const float* x, float* y, Index n) { kernels().gelu(x, y, n); },
     [](double x) { return x * std::erfc(x * -0.70710678118654752) / 2; }, 6, always, itself},
    // In ulps of 1. exp, tail, a φ's share, two products.
    {"gelu'",
     [](const float* x, float* y, Index n) {
       static const std::vector<float> ones(1 << 16, 1.0f);
       kernels().gelu_backward(ones.data(), x, y, n);
     },
     [](double x) {
       if (std::abs(x) > 37) return x > 0 ? 1 : -0.0;  // it rises to 0 from below
       return std::erfc(x * -0.70710678118654752) / 2 +
              x * std::exp(-x * x / 2) * 0.3989422804014327;
     },
     2, always, [](double, double) { return 1.0; }},
    // 4 roundings make the exponent t (x², its factor, the sum, times x), and exp turns their share of
    // it into relative error: 4 ulps for every unit of t. exp, 1 + exp, the quotient and the product:
    // 6 more.
    {"gelu_tanh", [](const float* x, float* y, Index n) { kernels().gelu_tanh(x, y, n); },
     gelu_tanh, 6, [](double x) { return x < 0 ? -4 * gelu_tanh_exponent(x) : 0; }, itself, -10},
    // Below -10, exp(-t) leaves the floats and the result becomes 0: it is wrong by itself, which is
    // less than 10 exp(-87.3) = 2^-122.6, 2^27 times the smallest float.
    {"gelu_tanh <", [](const float* x, float* y, Index n) { kernels().gelu_tanh(x, y, n); },
     gelu_tanh, 0x1p27, always, [](double, double) { return 0.0; }, -infinity, -10},
    // In ulps of 1, which are two roundings. gate + z gate (1 - gate) t' at z = -|x|: the gate has
    // 4 |t| (1 - gate) + 5 roundings, times the gate below 3; the product 4 |t| + 10, times itself
    // below 5.
    {"gelu_tanh'",
     [](const float* x, float* y, Index n) {
       static const std::vector<float> ones(1 << 16, 1.0f);
       kernels().gelu_tanh_backward(ones.data(), x, y, n);
     },
     gelu_tanh_slope, 4, always, [](double, double) { return 1.0; }},
};

struct Worst {
  double ulps = 0, share = 0;  // share: of what is allowed
  float x = 0, got = 0;
  double want = 0;
};

static Worst worst_of(const Tried& f, std::uint64_t stride) {
  constexpr Index block = 1 << 16;
  std::vector<float> x(block), y(block);
  Worst worst;
  for (std::uint64_t next = 0; next < std::uint64_t(1) << 32;) {
    Index n = 0;
    for (; n < block && next < std::uint64_t(1) << 32; ++n, next += stride) {
      const std::uint32_t bits = std::uint32_t(next);
      std::memcpy(&x[std::size_t(n)], &bits, sizeof bits);
    }
    f.kernel(x.data(), y.data(), n);
    for (std::size_t i = 0; i < std::size_t(n); ++i) {
      const double in = double(x[i]);
      if (in < f.low || in > f.high) continue;
      const double want = f.truth(in);
      double ulps = ulps_apart(double(y[i]), want, f.scale(in, want));
      if (want == 0 && y[i] == 0 && std::signbit(want) != std::signbit(y[i]))
        ulps = infinity;  // the wrong zero
      const double share = ulps / (f.ulps + f.more(in));
      if (share > worst.share) worst.share = share;
      if (ulps > worst.ulps) worst.ulps = ulps, worst.x = x[i], worst.got = y[i], worst.want = want;
    }
  }
  return worst;
}

int main(int argc, char** argv) try {
  std::uint64_t stride = 1;
  std::vector<std::string> names;
  Flags flags("every_float",
              "The functions of one number on every float, against the C library's in double.");
  flags.add("--stride", stride, "every Nth of the 2^32").at_least(1);
  flags.add("functions", names, "of which functions; default: all");
  flags.parse(argc, argv);
  fmt::print("{} kernels, every {} floats\n", kernels().name, stride);
  fmt::print("{:11}{:>10}{:>12}   at\n", "", "worst ulp", "of allowed");
  bool ok = true;
  for (const Tried& f : functions) {
    if (!names.empty() && std::find(names.begin(), names.end(), f.name) == names.end()) continue;
    const Worst worst = worst_of(f, stride);
    ok = ok && worst.share <= 1;
    fmt::print("{:11}{:10.3f}{:11.0f}%   {:.9g}: {:.9g} for {:.12g}{}\n", f.name, worst.ulps,
               100 * worst.share, worst.x, worst.got, worst.want, worst.share <= 1 ? "" : "  FAIL");
    std::fflush(stdout);
  }
  return ok ? 0 : 1;
} catch (const std::exception& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 2;
}
