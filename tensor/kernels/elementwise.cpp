// Number by number. Plain loops: the compiler turns each into SIMD code of the set it compiles for.
#include "tensor/kernels/kernels.h"
#include "tensor/kernels/vector.h"

namespace locus::KERNEL_SET {

template <class F>
static void zip(const real* x, Index x_step, const real* y, Index y_step, real* z, Index n, F f) {
  if (x_step == 0) {
    const real a = *x;
    for (Index i = 0; i < n; ++i) z[i] = f(a, y[i]);
  } else if (y_step == 0) {
    const real b = *y;
    for (Index i = 0; i < n; ++i) z[i] = f(x[i], b);
  } else {
    for (Index i = 0; i < n; ++i) z[i] = f(x[i], y[i]);
  }
}

static void add(const real* x, Index x_step, const real* y, Index y_step, real* z, Index n) {
  zip(x, x_step, y, y_step, z, n, [](real a, real b) { return a + b; });
}
static void subtract(const real* x, Index x_step, const real* y, Index y_step, real* z, Index n) {
  zip(x, x_step, y, y_step, z, n, [](real a, real b) { return a - b; });
}
static void multiply(const real* x, Index x_step, const real* y, Index y_step, real* z, Index n) {
  zip(x, x_step, y, y_step, z, n, [](real a, real b) { return a * b; });
}
static void divide(const real* x, Index x_step, const real* y, Index y_step, real* z, Index n) {
  zip(x, x_step, y, y_step, z, n, [](real a, real b) { return a / b; });
}

// tanh a = 1 - 2 / (exp(2a) + 1), a = |x|. Near 0, where that cancels, Lambert's continued fraction
// a / (1 + a² / (3 + a² / (5 + ...))), cut off behind the 15 and taken from a: a - a s p(s) / q(s) with
// s = a². Below 0.6 what is left out is under 2^-57. One division serves both.      [Lambert 1768]
static inline real tanh(real x) {
  const real a = x < 0 ? -x : x, s = a * a;
  const bool near_0 = a < real(0.6);
  const real p = ((s + 594) * s + 45045) * s + 675675;
  const real q = (((s + 630) * s + 51975) * s + 945945) * s + 2027025;
  const real over = near_0 ? a * s * p : 2, under = near_0 ? q : exp2_of_normal(2 * log2_e * a) + 1;
  const real y = (near_0 ? a : 1) - over / under;
  if constexpr (is_double) return real(__builtin_copysign(y, x));
  return real(__builtin_copysignf(static_cast<float>(y), static_cast<float>(x)));
}

// 1 / (1 + exp(-x)), of which exp(-|x|) cannot overflow: e / (1 + e) below 0.
static inline real sigmoid(real x) {
  const real e = exp(x < 0 ? x : -x);
  return (x < 0 ? e : 1) / (1 + e);
}

// c[0] + c[1] t + c[2] t² + ...
template <int n, int i = 0>
static inline real polynomial(const real (&c)[n], real t) {
  if constexpr (i == n - 1) {
    return c[i];
  } else {
    return polynomial<n, i + 1>(c, t) * t + c[i];
  }
}

// Φ(-a) = exp(-a²/2) tail(a) for 0 <= a <= 40, Φ the normal distribution: so small values keep their
// digits. tail(a) (a + 4) is a polynomial in t = (a - 4) / (a + 4), the form of Shepherd & Laframboise
// 1981; its coefficients interpolate erfc at Chebyshev points in 60 digits. What is left out is below
// 2^-57 of the value, in float 2^-26.
static inline real normal_tail(real a) {
  const real inverse = 1 / (a + 4), t = (a - 4) * inverse;
  if constexpr (is_double) {
    constexpr real c[] = {
        0.755285130415751493,    -0.607896641971892108,   0.387137400742214541,
        -0.186521857959657247,   0.0603965748909365607,   -0.00754018896672679157,
        -0.00347969236739359515, 0.00163081845758870119,  1.33344312409645737e-4,
        -2.31094935169459014e-4, -1.90825847977343311e-6, 3.5144686053003463e-5,
        7.16666324522103119e-7,  -5.92017332301610292e-6, -6.29696560581582333e-7,
        1.02155403719610153e-6,  2.71804529625928358e-7,  -1.54964917422474505e-7,
        -8.54084181568512498e-8, 1.32807977873103278e-8,  1.96196108613555597e-8,
        1.91827702037334026e-9,  -2.52209945787807354e-9, -7.2624198104095793e-10};
    return polynomial(c, t) * inverse;
  } else {
    constexpr real c[] = {0.7552851385,   -0.6078966085,   0.38713668,      -0.1865229433,
                          0.0604065193,   -0.00752760167,  -0.003524096583, 0.001569865336,
                          0.000196038774, -0.0001224420258};
    return polynomial(c, t) * inverse;
  }
}

// exp(-a²/2). a² is split: the upper half of a's digits has an exact square, and the rest is small.
static inline real bell(real a) {
  constexpr Bits lower_half = (Bits(1) << (mantissa_bits / 2 + 1)) - 1;
  const real high = __builtin_bit_cast(real, __builtin_bit_cast(Bits, a) & ~lower_half);
  return exp(real(-0.5) * high * high, real(0.5) * (a - high) * (a + high));
}

// |x|, but at most 40: from there on, bell is 0.
static inline real within_40(real x) {
  const real a = x < 0 ? -x : x;
  return a > 40 ? 40 : a;
}

static inline real gelu(real x) {
  const real a = within_40(x), tail = normal_tail(a), e = bell(a);
  return x > 0 ? x * (1 - tail * e) : x * tail * e;
}

// Φ(x) + x φ(x); that of -a is 1 less that of a.
static inline real gelu_slope(real x) {
  const real a = within_40(x);
  const real slope = bell(a) * (normal_tail(a) - a * real(0.3989422804014327));  // 1 / √(2π)
  return x > 0 ? 1 - slope : slope;
}

// (1 + tanh u) / 2 = 1 / (1 + exp(-2u)) with 2u = c (x + 0.044715 x³), c = 2 √(2/π).
static constexpr real gelu_tanh_c = real(1.5957691216057308), gelu_tanh_cubic = real(0.044715);
static inline real gelu_tanh_gate(real x) {
  return 1 / (1 + exp2_of_normal(x * (-gelu_tanh_c * log2_e -
                                      gelu_tanh_c * gelu_tanh_cubic * log2_e * (x * x))));
}

// gelu_tanh'(x) = 1 - gelu_tanh'(-x), and below 0 the gate is small: 1 - gate loses nothing there.
static inline real gelu_tanh_slope(real x) {
  // Beyond 20 the slope is 0 or 1 to the last bit, and x² must not overflow.
  real z = x > 0 ? -x : x;
  z = z < -20 ? -20 : z;
  const real gate = gelu_tanh_gate(z);
  const real slope = gate + z * gate * (1 - gate) * gelu_tanh_c * (1 + 3 * gelu_tanh_cubic * z * z);
  return x > 0 ? 1 - slope : slope;
}

static void exp_all(const real* x, real* y, Index n) {
  for (Index i = 0; i < n; ++i) y[i] = exp(x[i]);
}
static void log_all(const real* x, real* y, Index n) {
  for (Index i = 0; i < n; ++i) y[i] = log(x[i]);
}
static void sqrt_all(const real* x, real* y, Index n) {
  for (Index i = 0; i < n; ++i) y[i] = sqrt(x[i]);
}
static void tanh_all(const real* x, real* y, Index n) {
  for (Index i = 0; i < n; ++i) y[i] = tanh(x[i]);
}
static void sigmoid_all(const real* x, real* y, Index n) {
  for (Index i = 0; i < n; ++i) y[i] = sigmoid(x[i]);
}
static void relu_all(const real* x, real* y, Index n) {
  for (Index i = 0; i < n; ++i) y[i] = x[i] < 0 ? 0 : x[i];
}
static void gelu_all(const real* x, real* y, Index n) {
  for (Index i = 0; i < n; ++i) y[i] = gelu(x[i]);
}
static void gelu_tanh_all(const real* x, real* y, Index n) {
  for (Index i = 0; i < n; ++i) y[i] = x[i] * gelu_tanh_gate(x[i]);
}
static void relu_backward(const real* dy, const real* x, real* dx, Index n) {
  for (Index i = 0; i < n; ++i) dx[i] = x[i] > 0 ? dy[i] : 0;
}
static void gelu_backward(const real* dy, const real* x, real* dx, Index n) {
  for (Index i = 0; i < n; ++i) dx[i] = dy[i] * gelu_slope(x[i]);
}
static void gelu_tanh_backward(const real* dy, const real* x, real* dx, Index n) {
  for (Index i = 0; i < n; ++i) dx[i] = dy[i] * gelu_tanh_slope(x[i]);
}
static void scale(const real* x, real factor, real* y, Index n) {
  for (Index i = 0; i < n; ++i) y[i] = factor * x[i];
}
static void add_scaled(const real* x, real factor, real* y, Index n) {
  for (Index i = 0; i < n; ++i) y[i] += factor * x[i];
}

// a b + c, rounded once where the set can. Said aloud for a sum of two products, of which a compiler
// would choose the one to fuse: GCC and Clang would choose differently.
static inline real multiply_add(real a, real b, real c) {
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
  if constexpr (is_double) return real(__builtin_fma(a, b, c));
  return real(__builtin_fmaf(static_cast<float>(a), static_cast<float>(b), static_cast<float>(c)));
#else
  return a * b + c;
#endif
}

// Adam with decoupled weight decay.       [Kingma & Ba 2015, algorithm 1; Loshchilov & Hutter 2019]
static void adam(real* x, real* average, real* square, const real* gradient, Index n,
                 const AdamStep& step) {
  const AdamStep s = step;  // a copy that no store below can change
  const real keep = 1 - s.learning_rate * s.weight_decay;
  for (Index i = 0; i < n; ++i) {
    const real g = gradient[i];
    const real m = multiply_add(s.beta1, average[i], (1 - s.beta1) * g);
    const real v = multiply_add(s.beta2, square[i], (1 - s.beta2) * g * g);
    average[i] = m;
    square[i] = v;
    x[i] =
        keep * x[i] - s.learning_rate * (m * s.correction1) / (sqrt(v * s.correction2) + s.epsilon);
  }
}

void put_elementwise(Kernels& table) {
  table.add = add, table.subtract = subtract, table.multiply = multiply, table.divide = divide;
  table.exp = exp_all, table.log = log_all, table.sqrt = sqrt_all, table.tanh = tanh_all;
  table.relu = relu_all, table.relu_backward = relu_backward;
  table.sigmoid = sigmoid_all;
  table.gelu = gelu_all, table.gelu_backward = gelu_backward;
  table.gelu_tanh = gelu_tanh_all, table.gelu_tanh_backward = gelu_tanh_backward;
  table.scale = scale, table.add_scaled = add_scaled, table.adam = adam;
}

}  // namespace locus::KERNEL_SET
