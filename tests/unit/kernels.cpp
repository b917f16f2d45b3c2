// Every loop of the table in use against a plain loop in long double,
// for every length that exercises whole vectors, part of one, and none.
#include "tensor/kernels/kernels.h"

#include <algorithm>
#include <functional>

#include "tensor/matmul.h"
#include "tests/support.h"

namespace locus {

using Wide = long double;  // of the plain loops: wider than real in both builds

// Three vectors of the widest set, and one number more.
static constexpr Index longest = 3 * 16 + 1;
static constexpr Index long_sizes[] = {64, 127, 200, 513};
static constexpr real guard_number = real(-12345.5);  // stands where nothing may be written

struct Announce : testing::Environment {
  void TearDown() override {
    fmt::print("kernels: {}, {} bytes per number\n", kernels().name, sizeof(real));
  }
};
static testing::Environment* const announce = testing::AddGlobalTestEnvironment(new Announce);

static std::vector<Index> lengths(Index from) {
  std::vector<Index> result;
  for (Index n = from; n <= longest; ++n) result.push_back(n);
  result.insert(result.end(), std::begin(long_sizes), std::end(long_sizes));
  return result;
}

static std::vector<real> random_numbers(Index n, std::uint64_t seed, double low = -2,
                                        double high = 2) {
  Rng rng(seed);
  std::vector<real> x(static_cast<std::size_t>(n));
  for (real& number : x) number = real(low + (high - low) * rng.uniform());
  return x;
}

// n numbers and one guard behind them.
struct Guarded {
  std::vector<real> numbers;
  explicit Guarded(Index n) : numbers(static_cast<std::size_t>(n) + 1, guard_number) {}
  real* data() { return numbers.data(); }
  real operator[](Index i) const { return numbers[static_cast<std::size_t>(i)]; }
  bool intact() const { return numbers.back() == guard_number; }
};

// |got - want| in units of the last place at `scale` (want itself where no scale is given).
static double ulps(real got, Wide want, Wide scale = 0) {
  if (std::isnan(want)) return std::isnan(got) ? 0 : 1e9;
  if (std::isinf(want)) return Wide(got) == want ? 0 : 1e9;
  const Wide unit =
      std::max<Wide>(std::max(std::abs(want), scale) * std::numeric_limits<real>::epsilon(),
                     std::numeric_limits<real>::denorm_min());
  return double(std::abs(Wide(got) - want) / unit);
}

TEST(Kernels, ZipsAgreeWithThePlainLoop) {
  const struct {
    const char* name;
    Kernels::Zip loop;
    std::function<real(real, real)> plain;
  } zips[] = {{"add", kernels().add, [](real a, real b) { return a + b; }},
              {"subtract", kernels().subtract, [](real a, real b) { return a - b; }},
              {"multiply", kernels().multiply, [](real a, real b) { return a * b; }},
              {"divide", kernels().divide, [](real a, real b) { return a / b; }}};
  for (const auto& zip : zips) {
    for (const Index n : lengths(0)) {
      for (const auto& [x_step, y_step] : {std::pair<Index, Index>{1, 1}, {0, 1}, {1, 0}, {0, 0}}) {
        if (x_step + y_step == 0 && n > 1) continue;  // would be one number, not a row
        const std::vector<real> x = random_numbers(n + 1, 1), y = random_numbers(n + 1, 2, 0.5, 2);
        Guarded z(n);
        zip.loop(x.data(), x_step, y.data(), y_step, z.data(), n);
        for (Index i = 0; i < n; ++i) {
          ASSERT_EQ(z[i], zip.plain(x[size_t(i * x_step)], y[size_t(i * y_step)]))
              << zip.name << " n " << n;
        }
        ASSERT_TRUE(z.intact()) << zip.name << " n " << n;
      }
    }
  }
}

static Wide gelu_tanh_of(Wide x) {
  return x /
         (1 + std::exp(-2 * std::sqrt(2 / std::acos(Wide(-1))) * (x + Wide(0.044715) * x * x * x)));
}
static Wide gelu_tanh_slope(Wide x) {
  const Wide c = 2 * std::sqrt(2 / std::acos(Wide(-1))), u = c * (x + Wide(0.044715) * x * x * x);
  const Wide gate = 1 / (1 + std::exp(-u));
  return gate + x * gate * (1 - gate) * c * (1 + 3 * Wide(0.044715) * x * x);
}

struct MapCase {
  const char* name;
  Kernels::Map loop;
  Wide (*plain)(Wide);
  double low, high, allowed;  // allowed: in units of the last place
};

static std::vector<MapCase> maps() {
  const Kernels& k = kernels();
  return {{"exp", k.exp, [](Wide x) { return std::exp(x); }, -80, 80, 2},
          {"log", k.log, [](Wide x) { return std::log(x); }, 1e-30, 1e10, 2},
          {"log", k.log, [](Wide x) { return std::log(x); }, 0.5, 2, 2},
          {"sqrt", k.sqrt, [](Wide x) { return std::sqrt(x); }, 0, 100, 1},
          {"tanh", k.tanh, [](Wide x) { return std::tanh(x); }, -12, 12, 4},
          {"tanh", k.tanh, [](Wide x) { return std::tanh(x); }, -1e-3, 1e-3, 4},
          {"relu", k.relu, [](Wide x) { return x > 0 ? x : 0; }, -2, 2, 0},
          {"sigmoid", k.sigmoid, [](Wide x) { return 1 / (1 + std::exp(-x)); }, -80, 80, 4},
          {"gelu", k.gelu, [](Wide x) { return x * std::erfc(-x / std::sqrt(Wide(2))) / 2; }, -12,
           8, 6},
          {"gelu_tanh", k.gelu_tanh, gelu_tanh_of, -2, 8, 8}};
}

TEST(Kernels, MapsAgreeWithThePlainLoop) {
  for (const MapCase& map : maps()) {
    double worst = 0;
    for (const Index n : lengths(0)) {
      const std::vector<real> x = random_numbers(n, std::uint64_t(n), map.low, map.high);
      Guarded y(n);
      map.loop(x.data(), y.data(), n);
      for (Index i = 0; i < n; ++i) worst = std::max(worst, ulps(y[i], map.plain(x[size_t(i)])));
      ASSERT_TRUE(y.intact()) << map.name << " n " << n;
    }
    EXPECT_LE(worst, map.allowed) << map.name;
  }
}

TEST(Kernels, MapsMayWriteOverTheirInput) {
  for (const MapCase& map : maps()) {
    std::vector<real> x = random_numbers(37, 1, map.low, map.high), y(37);
    map.loop(x.data(), y.data(), 37);
    map.loop(x.data(), x.data(), 37);
    EXPECT_EQ(x, y) << map.name;
  }
}

// A number's result does not depend on its place in the array: whole vectors and the rest agree.
TEST(Kernels, MapsTreatEveryPlaceAlike) {
  for (const MapCase& map : maps()) {
    const real number = random_numbers(1, 5, map.low, map.high)[0];
    std::vector<real> x(longest, number), y(longest);
    map.loop(x.data(), y.data(), longest);
    for (const real value : y) EXPECT_LE(ulps(value, y[0]), 1) << map.name;
  }
}

TEST(Kernels, AdjointsAndScalesAgreeWithThePlainLoop) {
  for (const Index n : lengths(0)) {
    const std::vector<real> x = random_numbers(n, 1, -4, 4), dy = random_numbers(n, 2);
    Guarded relu(n), gelu_tanh(n), scaled(n), added(n);
    kernels().relu_backward(dy.data(), x.data(), relu.data(), n);
    kernels().gelu_tanh_backward(dy.data(), x.data(), gelu_tanh.data(), n);
    kernels().scale(x.data(), real(1.7), scaled.data(), n);
    std::copy(dy.begin(), dy.end(), added.data());
    kernels().add_scaled(x.data(), real(1.7), added.data(), n);
    for (Index i = 0; i < n; ++i) {
      const Wide a = x[size_t(i)], g = dy[size_t(i)];
      ASSERT_EQ(relu[i], a > 0 ? real(g) : 0) << n;
      ASSERT_LE(ulps(gelu_tanh[i], g * gelu_tanh_slope(a), 1), 16) << n << " at " << double(a);
      ASSERT_LE(ulps(scaled[i], a * real(1.7)), 1) << n;
      ASSERT_LE(ulps(added[i], g + a * real(1.7), 4), 1) << n;
    }
    ASSERT_TRUE(relu.intact() && gelu_tanh.intact() && scaled.intact() && added.intact()) << n;
  }
}

static constexpr real nan_number = std::numeric_limits<real>::quiet_NaN();
static constexpr real smallest = std::numeric_limits<real>::denorm_min();
static constexpr real least = std::numeric_limits<real>::min();  // the smallest normal number
static constexpr real largest_number = std::numeric_limits<real>::max();

// Applies a kernel to one number, at all places of an array that fills vectors and leaves a rest.
static real at(Kernels::Map loop, real x) {
  std::vector<real> from(35, x), to(35);
  loop(from.data(), to.data(), 35);
  for (const real y : to) EXPECT_TRUE(y == to[0] || (std::isnan(y) && std::isnan(to[0]))) << x;
  return to[0];
}

TEST(Kernels, ExpAtItsEdges) {
  const auto exp = [](real x) { return at(kernels().exp, x); };
  EXPECT_EQ(exp(0), 1);
  EXPECT_EQ(exp(real(-0.0)), 1);
  EXPECT_EQ(exp(infinity), infinity);
  EXPECT_EQ(exp(-infinity), 0);
  EXPECT_TRUE(std::isnan(exp(nan_number)));
  EXPECT_EQ(exp(smallest), 1);
  EXPECT_EQ(exp(largest_number), infinity);
  EXPECT_EQ(exp(-largest_number), 0);
  const real overflow = std::log(largest_number);
  EXPECT_LT(exp(overflow * real(0.9999)), infinity);
  EXPECT_EQ(exp(overflow * real(1.0001)), infinity);
  // Results below the smallest normal number fade out, they do not jump to 0.
  const real faint = std::log(least) - 3;
  EXPECT_GT(exp(faint), 0);
  EXPECT_LE(ulps(exp(faint), std::exp(Wide(faint))), 1);
  EXPECT_EQ(exp(std::log(smallest) - 2), 0);
}

TEST(Kernels, LogAtItsEdges) {
  const auto log = [](real x) { return at(kernels().log, x); };
  EXPECT_EQ(log(1), 0);
  EXPECT_EQ(log(0), -infinity);
  EXPECT_EQ(log(real(-0.0)), -infinity);
  EXPECT_EQ(log(infinity), infinity);
  EXPECT_TRUE(std::isnan(log(-1)));
  EXPECT_TRUE(std::isnan(log(-infinity)));
  EXPECT_TRUE(std::isnan(log(nan_number)));
  for (const real x : {smallest, smallest * 5, least / 3, least, largest_number,
                       1 + std::numeric_limits<real>::epsilon()}) {
    EXPECT_LE(ulps(log(x), std::log(Wide(x))), 2) << x;
  }
}

TEST(Kernels, TanhAtItsEdges) {
  const auto tanh = [](real x) { return at(kernels().tanh, x); };
  EXPECT_EQ(tanh(0), 0);
  EXPECT_FALSE(std::signbit(tanh(0)));
  EXPECT_TRUE(std::signbit(tanh(real(-0.0))));
  EXPECT_EQ(tanh(infinity), 1);
  EXPECT_EQ(tanh(-infinity), -1);
  EXPECT_EQ(tanh(100), 1);
  EXPECT_TRUE(std::isnan(tanh(nan_number)));
  for (const real x : {smallest, least, real(1e-20), real(-1e-9)})
    EXPECT_LE(ulps(tanh(x), Wide(x)), 1) << x;
}

TEST(Kernels, SqrtReluAndGeluAtTheirEdges) {
  EXPECT_EQ(at(kernels().sqrt, 0), 0);
  EXPECT_EQ(at(kernels().sqrt, infinity), infinity);
  EXPECT_TRUE(std::isnan(at(kernels().sqrt, -1)));
  EXPECT_EQ(at(kernels().relu, -infinity), 0);
  EXPECT_EQ(at(kernels().relu, infinity), infinity);
  EXPECT_TRUE(std::isnan(at(kernels().relu, nan_number)));
  EXPECT_EQ(at(kernels().gelu, infinity), infinity);
  EXPECT_EQ(at(kernels().gelu, real(-1e30)), 0);
  EXPECT_TRUE(std::isnan(at(kernels().gelu, nan_number)));
  EXPECT_EQ(at(kernels().gelu_tanh, 1000), 1000);
  EXPECT_EQ(at(kernels().gelu_tanh, -1000), 0);
  EXPECT_TRUE(std::isnan(at(kernels().gelu_tanh, nan_number)));
}

// relu has no slope at 0; the rule says 0 there. gelu's slope far out is 0 or 1, although x² overflows.
TEST(Kernels, SlopesOfReluAndGeluAtTheirEdges) {
  const auto slope = [](Kernels::Backward adjoint, real x) {
    const std::vector<real> dy(35, 3);
    std::vector<real> from(35, x), to(35);
    adjoint(dy.data(), from.data(), to.data(), 35);
    for (const real dx : to) EXPECT_EQ(dx, to[0]) << x;
    return to[0];
  };
  EXPECT_EQ(slope(kernels().relu_backward, 0), 0);
  EXPECT_EQ(slope(kernels().relu_backward, smallest), 3);
  for (const real x : {real(1000), largest_number, infinity}) {
    EXPECT_EQ(slope(kernels().gelu_backward, x), 3) << x;
    EXPECT_EQ(slope(kernels().gelu_backward, -x), 0) << x;
    EXPECT_EQ(slope(kernels().gelu_tanh_backward, x), 3) << x;
    EXPECT_NEAR(double(slope(kernels().gelu_tanh_backward, -x)), 0, 1e-30) << x;
  }
}

TEST(Kernels, SumsAgreeWithThePlainLoop) {
  for (const Index n : lengths(0)) {
    const std::vector<real> x = random_numbers(n, 1), y = random_numbers(n, 2);
    Wide total = 0, product = 0;
    for (size_t i = 0; i < x.size(); ++i) total += x[i], product += Wide(x[i]) * y[i];
    EXPECT_LE(ulps(kernels().sum(x.data(), n), total, Wide(n)), 4) << n;
    EXPECT_LE(ulps(kernels().dot(x.data(), y.data(), n), product, Wide(n)), 4) << n;
  }
}

TEST(Kernels, ExpRowFindsTheLargestAtEveryPlace) {
  for (const Index n : lengths(1)) {
    for (Index place = 0; place < n; ++place) {
      std::vector<real> x = random_numbers(n, 1, -5, -1);
      x[size_t(place)] = real(-0.5);
      Guarded y(n);
      real largest;
      kernels().exp_row(x.data(), 1, y.data(), n, &largest);
      ASSERT_EQ(largest, real(-0.5)) << n << " at " << place;
    }
  }
}

// `size` is that of all scores: of large ones only the differences count, as nothing is rounded before.
static void expect_exp_row(real scale, real size, real spread) {
  for (const Index n : lengths(1)) {
    const std::vector<real> x = random_numbers(n, 1, size, size + spread),
                            dp = random_numbers(n, 2);
    Guarded y(n);
    real largest;
    const real total = kernels().exp_row(x.data(), scale, y.data(), n, &largest);
    EXPECT_EQ(largest, *std::max_element(x.begin(), x.end()));
    Wide want = 0;
    for (Index i = 0; i < n; ++i) {
      const Wide term = std::exp((Wide(x[size_t(i)]) - largest) * scale);
      ASSERT_LE(ulps(y[i], term), 4) << n;
      want += term;
    }
    ASSERT_LE(ulps(total, want), 8) << n;

    Guarded p(n), ds(n);
    std::copy(x.begin(), x.end(), p.data()), std::copy(dp.begin(), dp.end(), ds.data());
    kernels().exp_row_backward(p.data(), ds.data(), n, scale, largest, real(2), real(0.5));
    for (Index i = 0; i < n; ++i) {
      ASSERT_EQ(p[i], y[i] / 2) << n;
      ASSERT_LE(ulps(ds[i], scale * Wide(y[i] / 2) * (Wide(dp[size_t(i)]) - 0.5), 0.01), 8) << n;
    }
    ASSERT_TRUE(y.intact() && p.intact() && ds.intact());
  }
}

TEST(Kernels, ExpRowAndItsAdjointAgreeWithThePlainLoop) {
  expect_exp_row(real(0.25), 200, 40);
  expect_exp_row(real(0.7), 1'000'000, 4);
}

static constexpr Index row_count = 3;

TEST(Kernels, SoftmaxAndItsAdjointAgreeWithThePlainLoop) {
  for (const Index n : lengths(1)) {
    const std::vector<real> x = random_numbers(row_count * n, 1, -5, 5),
                            dy = random_numbers(row_count * n, 2);
    Guarded y(row_count * n), dx(row_count * n);
    kernels().softmax(x.data(), y.data(), row_count, n);
    kernels().softmax_backward(dy.data(), y.data(), dx.data(), row_count, n);
    for (Index r = 0; r < row_count; ++r) {
      Wide total = 0, shared = 0;
      for (Index i = r * n; i < (r + 1) * n; ++i) total += std::exp(Wide(x[size_t(i)]));
      for (Index i = r * n; i < (r + 1) * n; ++i) shared += Wide(dy[size_t(i)]) * y[i];
      for (Index i = r * n; i < (r + 1) * n; ++i) {
        ASSERT_LE(ulps(y[i], std::exp(Wide(x[size_t(i)])) / total), 16) << n;
        ASSERT_LE(ulps(dx[i], Wide(y[i]) * (dy[size_t(i)] - shared), 1), 8) << n;
      }
    }
    ASSERT_TRUE(y.intact() && dx.intact()) << n;
  }
}

TEST(Kernels, LayerNormAndItsAdjointsAgreeWithThePlainLoop) {
  const real epsilon = real(0.01);
  for (const Index n : lengths(1)) {
    const std::vector<real> x = random_numbers(row_count * n, 1, 1, 3),
                            dy = random_numbers(row_count * n, 2);
    const std::vector<real> weight = random_numbers(n, 3), bias = random_numbers(n, 4);
    Guarded y(row_count * n), dx(row_count * n), dweight(n), mean_rstd(2 * row_count);
    std::fill_n(dweight.data(), n, real(1));  // the kernel adds
    kernels().layer_norm(x.data(), weight.data(), bias.data(), epsilon, y.data(), mean_rstd.data(),
                         row_count, n);
    kernels().layer_norm_backward(dy.data(), x.data(), weight.data(), mean_rstd.data(), dx.data(),
                                  row_count, n);
    kernels().layer_norm_weight_backward(dy.data(), x.data(), mean_rstd.data(), dweight.data(),
                                         row_count, n);
    std::vector<Wide> want_dweight(static_cast<std::size_t>(n), 1);
    for (Index r = 0; r < row_count; ++r) {
      const auto number = [&](const std::vector<real>& v, Index i) {
        return Wide(v[size_t(r * n + i)]);
      };
      Wide mean = 0, variance = 0, mean_h = 0, mean_hx = 0;
      for (Index i = 0; i < n; ++i) mean += number(x, i) / Wide(n);
      for (Index i = 0; i < n; ++i)
        variance += (number(x, i) - mean) * (number(x, i) - mean) / Wide(n);
      const Wide scale = 1 / std::sqrt(variance + epsilon);
      for (Index i = 0; i < n; ++i) {
        const Wide h = number(dy, i) * weight[size_t(i)], x_hat = (number(x, i) - mean) * scale;
        mean_h += h / Wide(n), mean_hx += h * x_hat / Wide(n);
        want_dweight[size_t(i)] += number(dy, i) * x_hat;
      }
      for (Index i = 0; i < n; ++i) {
        const Wide h = number(dy, i) * weight[size_t(i)], x_hat = (number(x, i) - mean) * scale;
        ASSERT_LE(ulps(y[r * n + i], x_hat * weight[size_t(i)] + bias[size_t(i)], 10), 8) << n;
        ASSERT_LE(ulps(dx[r * n + i], (h - mean_h - x_hat * mean_hx) * scale, 100), 8) << n;
      }
    }
    for (Index i = 0; i < n; ++i) ASSERT_LE(ulps(dweight[i], want_dweight[size_t(i)], 10), 8) << n;
    ASSERT_TRUE(y.intact() && dx.intact() && dweight.intact() && mean_rstd.intact()) << n;
  }
}

TEST(Kernels, CrossEntropyAndItsAdjointAgreeWithThePlainLoop) {
  for (const Index n : lengths(1)) {
    const std::vector<real> logits = random_numbers(row_count * n, 1, -5, 5);
    const Index targets[row_count] = {n - 1, -1, 0};
    Guarded losses(row_count), dlogits(row_count * n);
    kernels().cross_entropy(logits.data(), targets, losses.data(), row_count, n);
    kernels().cross_entropy_backward(logits.data(), targets, real(0.5), dlogits.data(), row_count,
                                     n);
    for (Index r = 0; r < row_count; ++r) {
      Wide total = 0;
      for (Index i = r * n; i < (r + 1) * n; ++i) total += std::exp(Wide(logits[size_t(i)]));
      const bool counts = targets[r] >= 0;
      const Wide loss = counts ? std::log(total) - logits[size_t(r * n + targets[r])] : 0;
      ASSERT_LE(ulps(losses[r], loss, 10), 4) << n;
      for (Index i = 0; i < n; ++i) {
        const Wide p = std::exp(Wide(logits[size_t(r * n + i)])) / total;
        ASSERT_LE(ulps(dlogits[r * n + i], counts ? (p - (i == targets[r])) / 2 : 0, 1), 8) << n;
      }
    }
    ASSERT_TRUE(losses.intact() && dlogits.intact()) << n;
  }
}

TEST(Kernels, AdamAgreesWithThePlainLoop) {
  const AdamStep s = {real(0.01), real(0.9), real(0.99), real(1e-8), 10, 100, real(0.1)};
  for (const Index n : lengths(0)) {
    const std::vector<real> x0 = random_numbers(n, 1), m0 = random_numbers(n, 2),
                            g = random_numbers(n, 4);
    const std::vector<real> v0 = random_numbers(n, 3, 0.5, 2);
    Guarded x(n), m(n), v(n);
    std::copy(x0.begin(), x0.end(), x.data());
    std::copy(m0.begin(), m0.end(), m.data());
    std::copy(v0.begin(), v0.end(), v.data());
    kernels().adam(x.data(), m.data(), v.data(), g.data(), n, s);
    for (size_t i = 0; i < size_t(n); ++i) {
      const Wide mean = Wide(s.beta1) * m0[i] + (1 - Wide(s.beta1)) * g[i];
      const Wide square = Wide(s.beta2) * v0[i] + (1 - Wide(s.beta2)) * g[i] * g[i];
      const Wide step =
          s.learning_rate * mean * s.correction1 / (std::sqrt(square * s.correction2) + s.epsilon);
      ASSERT_LE(ulps(m[Index(i)], mean, 2), 4) << n;
      ASSERT_LE(ulps(v[Index(i)], square, 2), 4) << n;
      ASSERT_LE(ulps(x[Index(i)], (1 - Wide(s.learning_rate) * s.weight_decay) * x0[i] - step, 2),
                4)
          << n;
    }
    ASSERT_TRUE(x.intact() && m.intact() && v.intact()) << n;
  }
}

// C (m, n) = start + A (m, k) B (k, n) by multiply, against the plain loop; rows of C are wider than
// n, and what stands between them must stay.
enum class Start { zero, itself, bias };
struct Product {
  Index m, n, k;
  bool a_transposed = false, b_transposed = false;
  Start start = Start::zero;
  Index a_wide = 0, b_wide = 0;  // length of a line in memory; 0: a little more than needed
};
static void check_product(Product of) {
  const auto [m, n, k, a_transposed, b_transposed, from, wide_a, wide_b] = of;
  SCOPED_TRACE(fmt::format("m {} n {} k {} a {} b {} start {}", m, n, k, a_transposed, b_transposed,
                           int(from)));
  const Index a_wide = wide_a ? wide_a : (a_transposed ? m : k) + 3;
  const Index b_wide = wide_b ? wide_b : (b_transposed ? k : n) + 2, c_row = n + 5;
  const std::vector<real> a = random_numbers((a_transposed ? k : m) * a_wide, 1, -1, 1);
  const std::vector<real> b = random_numbers((b_transposed ? n : k) * b_wide, 2, -1, 1);
  const std::vector<real> bias = random_numbers(n, 3, -1, 1);
  std::vector<real> c(static_cast<std::size_t>(m * c_row + 1), guard_number);
  for (Index i = 0; i < m; ++i) std::fill_n(c.data() + i * c_row, n, real(0.25));
  const MatrixView left{a.data(), a_wide}, right{b.data(), b_wide};
  multiply(m, n, k, a_transposed ? left.transposed() : left,
           b_transposed ? right.transposed() : right, c.data(), c_row,
           from == Start::zero     ? MatrixView{nullptr, 0}
           : from == Start::itself ? MatrixView{c.data(), c_row}
                                   : MatrixView{bias.data(), 0});
  for (Index i = 0; i < m; ++i) {
    for (Index j = 0; j < n; ++j) {
      Wide want = from == Start::zero ? 0 : from == Start::itself ? 0.25 : Wide(bias[size_t(j)]);
      for (Index p = 0; p < k; ++p) {
        want += Wide(a[size_t(a_transposed ? p * a_wide + i : i * a_wide + p)]) *
                b[size_t(b_transposed ? j * b_wide + p : p * b_wide + j)];
      }
      // Each of k additions rounds a partial sum of some √p numbers: about k / 8 epsilon in all.
      ASSERT_LE(ulps(c[size_t(i * c_row + j)], want, 1 + Wide(k) / 8), 8) << i << ", " << j;
    }
    for (Index j = n; j < c_row; ++j)
      ASSERT_EQ(c[size_t(i * c_row + j)], guard_number) << "beside row " << i;
  }
  ASSERT_EQ(c.back(), guard_number);
}

TEST(Multiply, AgreesWithThePlainLoopForEveryRaggedSize) {
  const Index tile_rows = kernels().tile_rows, tile_columns = kernels().tile_columns;
  for (const Start start : {Start::zero, Start::itself, Start::bias}) {
    for (Index m = 1; m <= tile_rows + 1; ++m)
      check_product({.m = m, .n = tile_columns + 1, .k = 5, .start = start});
    for (Index n = 1; n <= 2 * tile_columns + 1; ++n)
      check_product({.m = tile_rows + 2, .n = n, .k = 7, .start = start});
    for (const Index k : {0, 1, 2, 3, 511, 512, 513, 1025})
      check_product({.m = 5, .n = 19, .k = k, .start = start});
    for (const bool a_transposed : {false, true}) {
      for (const bool b_transposed : {false, true}) {
        check_product({tile_rows + 1, tile_columns + 3, 9, a_transposed, b_transposed, start});
        check_product({1, 1, 1, a_transposed, b_transposed, start});
        check_product({3, 2, 600, a_transposed, b_transposed, start});
        check_product({100, 3 * tile_columns / 2, 37, a_transposed, b_transposed, start});
        check_product({20, 2 * tile_columns, 67, a_transposed, b_transposed, start});
      }
    }
  }
}

TEST(Multiply, AgreesWithThePlainLoopForSeveralBlocks) {
  check_product({.m = 490, .n = 33, .k = 20});                       // three pieces of rows
  check_product({.m = 2, .n = 1030, .k = 3, .b_transposed = true});  // two blocks of columns
  // Lines of A 4 KiB apart, which are copied before they are used.
  const Index page = 4096 / Index(sizeof(real));
  check_product({.m = 30, .n = 150, .k = 25, .a_wide = page});
  check_product({.m = 250, .n = 150, .k = 530, .start = Start::bias, .a_wide = 2 * page});
  check_product({.m = 30, .n = 150, .k = 25, .a_transposed = true, .a_wide = page});
}

TEST(Multiply, ARightOperandServesPartsOfItself) {
  const Index k = 40, n = 2 * kernels().tile_columns, m = 5;
  const std::vector<real> a = random_numbers(m * k, 1), b = random_numbers(k * n, 2);
  for (const Index about : {1, 1000}) {  // read where it stands, and packed
    const RightOperand right(k, n, {b.data(), n}, about);
    for (const Index columns : {Index(1), n / 2 + 1, n}) {
      for (const Index depth : {Index(0), Index(7), k}) {
        std::vector<real> c(size_t(m * columns), guard_number);
        right.multiply(m, columns, depth, {a.data(), k}, c.data(), columns);
        for (Index i = 0; i < m; ++i) {
          for (Index j = 0; j < columns; ++j) {
            Wide want = 0;
            for (Index p = 0; p < depth; ++p)
              want += Wide(a[size_t(i * k + p)]) * b[size_t(p * n + j)];
            ASSERT_LE(ulps(c[size_t(i * columns + j)], want, 40), 8) << i << ", " << j;
          }
        }
      }
    }
  }
}

TEST(Kernels, MultiplyPanelWritesNothingOutsideOfC) {
  const Kernels& k = kernels();
  for (Index m = 1; m <= 2 * k.tile_rows + 1; m += 3) {
    for (Index n = 1; n <= k.tile_columns + 1; n += 5) {
      const Index depth = 4, strips = (n + k.tile_columns - 1) / k.tile_columns;
      const std::vector<real> a = random_numbers(m * depth, 1), b = random_numbers(depth * n, 2);
      Guarded packed(strips * k.tile_columns * depth);
      k.pack(b.data(), n, 1, depth, n, packed.data());
      ASSERT_TRUE(packed.intact());
      for (Index j = n; j < strips * k.tile_columns; ++j) {  // missing columns are zero
        for (Index p = 0; p < depth; ++p) {
          const Index strip = j / k.tile_columns;
          ASSERT_EQ(packed[(strip * depth + p) * k.tile_columns + j % k.tile_columns], 0);
        }
      }
      Guarded c(m * n);
      k.multiply_panel({.m = m,
                        .n = n,
                        .k = depth,
                        .a = a.data(),
                        .a_row = depth,
                        .a_column = 1,
                        .b = packed.data(),
                        .b_row = k.tile_columns,
                        .b_strip = depth * k.tile_columns,
                        .start = nullptr,
                        .start_row = 0,
                        .c = c.data(),
                        .c_row = n});
      ASSERT_TRUE(c.intact()) << m << " x " << n;
      Wide last = 0;
      for (Index p = 0; p < depth; ++p)
        last += Wide(a[size_t((m - 1) * depth + p)]) * b[size_t(p * n + n - 1)];
      ASSERT_LE(ulps(c[m * n - 1], last, 2), 8) << m << " x " << n;
    }
  }
}

}  // namespace locus
