// Functions of one number at a time.
#include "autograd/ops.h"
#include "autograd/record.h"

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

// gelu'(x) = (1 + t) / 2 + x (1 - t²) u' / 2     with t = tanh u, u' = √(2/π) (1 + 3 · 0.044715 x²)
static Variable gelu_backward(const Variable& dy, const Variable& x) {
  if (!recording()) return gelu_backward(dy.value(), x.value());  // the same in one pass
  const real c = real(0.7978845608028654), cubic = real(0.044715);
  const Variable x2 = x * x;
  const Variable t = tanh(x * (x2 * cubic + 1) * c);
  const Variable du = (x2 * (3 * cubic) + 1) * c;
  return dy * ((t + 1) + x * (real(1) - t * t) * du) * real(0.5);
}

// y = x (1 + tanh u) / 2, u = √(2/π) (x + 0.044715 x³)     dx = dy gelu'(x)
Variable gelu(const Variable& x) {
  return record("gelu", gelu(x.value()), {
      {x, [x](const Variable& dy, const Variable&) { return gelu_backward(dy, x); }},
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
