// Functions of one number at a time.
#include "autograd/ops.h"
#include "autograd/record.h"
#include "tensor/elementwise.h"

namespace locus {

// y = exp x     dx = dy y
Variable exp(const Variable& x) {
  return record("exp", exp(x.value()), {
      {x, [](const Variable& dy, const Variable& y) { return dy * y; }},
  });
}

// y = log x     dx = dy / x
Variable log(const Variable& x) {
  return record("log", log(x.value()), {
      {x, [x](const Variable& dy, const Variable&) { return dy / x; }},
  });
}

// y = √x     dx = dy / (2 y)
Variable sqrt(const Variable& x) {
  return record("sqrt", sqrt(x.value()), {
      {x, [](const Variable& dy, const Variable& y) { return dy / (y * real(2)); }},
  });
}

// y = tanh x     dx = dy (1 - y²)
Variable tanh(const Variable& x) {
  return record("tanh", tanh(x.value()), {
      {x, [](const Variable& dy, const Variable& y) { return dy * (real(1) - y * y); }},
  });
}

// dx = dy where x > 0, else 0. Linear in dy and its own adjoint; x only says where.
static Variable relu_backward(const Variable& dy, const Tensor& x) {
  return record("relu_backward", relu_backward(dy.value(), x), {
      {dy, [x](const Variable& ddx, const Variable&) { return relu_backward(ddx, x); }},
  });
}

// y = max(x, 0)     dx = dy where x > 0, else 0
Variable relu(const Variable& x) {
  return record("relu", relu(x.value()), {
      {x, [at = x.value()](const Variable& dy, const Variable&) { return relu_backward(dy, at); }},
  });
}

// y = 1 / (1 + exp(-x))     dx = dy y (1 - y)
Variable sigmoid(const Variable& x) {
  return record("sigmoid", map(x.value(), kernels().sigmoid), {
      {x, [](const Variable& dy, const Variable& y) { return dy * y * (real(1) - y); }},
  });
}

Variable silu(const Variable& x) { return x * sigmoid(x); }

// y = sin x     dx = dy cos x
Variable sin(const Variable& x) {
  return record("sin", sin(x.value()), {
      {x, [x](const Variable& dy, const Variable&) { return dy * cos(x); }},
  });
}

// y = cos x     dx = -dy sin x
Variable cos(const Variable& x) {
  return record("cos", cos(x.value()), {
      {x, [x](const Variable& dy, const Variable&) { return -(dy * sin(x)); }},
  });
}

// y = |x|     dx = dy where x > 0, -dy where x < 0, 0 at 0
Variable abs(const Variable& x) { return relu(x) + relu(-x); }

// y = x^p     dx = dy p x^(p - 1), and 0 for p = 0, whose x^-1 would be infinite at 0
Variable pow(const Variable& x, real exponent) {
  return record("pow", pow(x.value(), exponent), {
      {x, [x, exponent](const Variable& dy, const Variable&) {
        if (exponent == 0) return Variable(zeros(dy.shape()));
        return dy * (pow(x, exponent - 1) * exponent);
      }},
  });
}

// y = a where the condition holds, else b     da = dy there, else 0     db the other way round
Variable where(const Tensor& condition, const Variable& a, const Variable& b) {
  const Variable zero(Tensor(Shape{}, 0));
  return record("where", where(condition, a.value(), b.value()), {
      {a, [condition, zero](const Variable& dy, const Variable&) {
        return where(condition, dy, zero);
      }},
      {b, [condition, zero](const Variable& dy, const Variable&) {
        return where(condition, zero, dy);
      }},
  });
}

// y = x within low .. high, else the nearer of the two     dx = dy where y is x, else 0
Variable clamp(const Variable& x, real low, real high) {
  const Tensor y = clamp(x.value(), low, high);
  Tensor inside(x.shape());
  for (Index i = 0; i < y.size(); ++i) inside.data()[i] = y.begin()[i] == x.value().begin()[i];
  return record("clamp", y, {
      {x, [inside](const Variable& dy, const Variable&) {
        return where(inside, dy, Variable(Tensor(Shape{}, 0)));
      }},
  });
}

// dx = dy gelu'(x) with gelu'(x) = Φ(x) + x φ(x), φ(x) = exp(-x²/2) / √(2π), the slope of Φ
// Its own slope in x is dy (2 φ - x² φ); x times x φ, since x² may be infinite where φ is 0.
static Variable gelu_backward(const Variable& dy, const Variable& x) {
  return record("gelu_backward", gelu_backward(dy.value(), x.value()), {
      {dy, [x](const Variable& ddx, const Variable&) { return gelu_backward(ddx, x); }},
      {x, [dy, x](const Variable& ddx, const Variable&) {
        const Variable bell = exp(x * x * real(-0.5)) * real(0.3989422804014327);
        return ddx * dy * (bell * real(2) - x * (x * bell));
      }},
  });
}

// y = x Φ(x) = x (1 + erf(x / √2)) / 2     dx = dy (Φ(x) + x φ(x))
Variable gelu(const Variable& x) {
  return record("gelu", gelu(x.value()), {
      {x, [x](const Variable& dy, const Variable&) { return gelu_backward(dy, x); }},
  });
}

// gelu_tanh'(x) = (1 + t) / 2 + x (1 - t²) u' / 2     with t = tanh u, u' = √(2/π) (1 + 3 · 0.044715 x²)
static Variable gelu_tanh_backward(const Variable& dy, const Variable& x) {
  if (!recording()) return gelu_tanh_backward(dy.value(), x.value());  // the same in one pass
  const real c = real(0.7978845608028654), cubic = real(0.044715);
  const Variable x2 = x * x;
  const Variable t = tanh(x * (x2 * cubic + 1) * c);
  const Variable du = (x2 * (3 * cubic) + 1) * c;
  return dy * ((t + 1) + x * (real(1) - t * t) * du) * real(0.5);
}

// y = x (1 + tanh u) / 2, u = √(2/π) (x + 0.044715 x³)     dx = dy gelu_tanh'(x)
Variable gelu_tanh(const Variable& x) {
  return record("gelu_tanh", gelu_tanh(x.value()), {
      {x, [x](const Variable& dy, const Variable&) { return gelu_tanh_backward(dy, x); }},
  });
}

// y = x mask, mask = 1 / (1 - rate) with probability 1 - rate, else 0     dx = dy mask
Variable dropout(const Variable& x, real rate, Rng& rng) {
  check(0 <= rate && rate < 1, "dropout: the rate must be in [0, 1), got {}.", rate);
  if (rate == 0) return x;
  Tensor mask = Tensor::uninitialized(x.shape());
  const real kept = 1 / (1 - rate);  // so that the expected value stays the same
  for (real *m = mask.data(), *end = m + mask.size(); m != end; ++m) {
    *m = rng.uniform() < double(rate) ? 0 : kept;
  }
  return x * Variable(mask);
}

}  // namespace locus
