// Number by number, with broadcasting. The loops themselves are in tensor/kernels/elementwise.cpp.
#include <algorithm>
#include <cmath>

#include "tensor/elementwise.h"
#include "tensor/math.h"
#include "tensor/parallel.h"

namespace locus {

static constexpr Index grain = 16384;  // numbers per piece of parallel work: about 10 µs

namespace {
// How to walk two operands through the shape they broadcast to: per axis its extent and each
// operand's step, 0 where it repeats. Neighbouring axes that both operands walk alike are merged.
struct Walk {
  int rank = 0;
  Index extent[Shape::max_rank], x_step[Shape::max_rank], y_step[Shape::max_rank];

  Walk(const Shape& x, const Shape& y, const Shape& out) {
    Index x_next = 1, y_next = 1;  // step of the next axis outwards
    for (int back = 1; back <= out.rank(); ++back) {
      const Index n = out[-back];
      const Index nx = back <= x.rank() ? x[-back] : 1, ny = back <= y.rank() ? y[-back] : 1;
      if (n == 1) continue;
      const Index sx = nx == 1 ? 0 : x_next, sy = ny == 1 ? 0 : y_next;
      x_next *= nx, y_next *= ny;
      if (rank > 0 && sx == x_step[rank - 1] * extent[rank - 1] &&
          sy == y_step[rank - 1] * extent[rank - 1]) {
        extent[rank - 1] *= n;
      } else {
        extent[rank] = n, x_step[rank] = sx, y_step[rank] = sy, ++rank;  // innermost first
      }
    }
    if (rank == 0) extent[0] = 1, x_step[0] = y_step[0] = 0, rank = 1;
  }
};
}  // namespace

// Calls loop(x, x_step, y, y_step, z, n) for every innermost run, in parallel over the runs or,
// where there is only one, over stretches of it.
template <class Loop>
static void walk(const Tensor& x, const Tensor& y, Tensor& z, Loop loop) {
  if (z.empty()) return;
  const Walk w(x.shape(), y.shape(), z.shape());
  const Index n = w.extent[0], runs = z.size() / n;
  const real *from_x = x.data(), *from_y = y.data();
  real* to = z.data();
  if (runs == 1) {
    parallel_for(n, grain, [&](Index begin, Index end) {
      loop(from_x + begin * w.x_step[0], w.x_step[0], from_y + begin * w.y_step[0], w.y_step[0],
           to + begin, end - begin);
    });
    return;
  }
  parallel_for(runs, grain / n, [&](Index begin, Index end) {
    for (Index run = begin; run < end; ++run) {
      Index at_x = 0, at_y = 0, rest = run;
      for (int axis = 1; axis < w.rank; ++axis) {
        const Index i = rest % w.extent[axis];
        rest /= w.extent[axis];
        at_x += i * w.x_step[axis], at_y += i * w.y_step[axis];
      }
      loop(from_x + at_x, w.x_step[0], from_y + at_y, w.y_step[0], to + run * n, n);
    }
  });
}

static Tensor zip(const Tensor& x, const Tensor& y, Kernels::Zip loop, const char* name) {
  Tensor z = Tensor::uninitialized(broadcast(x.shape(), y.shape(), name));
  walk(x, y, z, loop);
  return z;
}

// y[i] = f(x[i]), f a kernel that takes (x, y, n).
template <class Loop>
static Tensor map_with(const Tensor& x, Loop loop) {
  Tensor y = Tensor::uninitialized(x.shape());
  const real* from = x.data();
  real* to = y.data();
  parallel_for(x.size(), grain,
               [&](Index begin, Index end) { loop(from + begin, to + begin, end - begin); });
  return y;
}

Tensor map(const Tensor& x, Kernels::Map kernel) { return map_with(x, kernel); }

Tensor map_backward(const Tensor& dy, const Tensor& x, Kernels::Backward kernel,
                    const char* function) {
  check(dy.shape() == x.shape(), "{}: the gradient must have the input's shape, got {} and {}.",
        function, dy.shape(), x.shape());
  const real* gradient = dy.data();
  return map_with(x, [&, x0 = x.data()](const real* from, real* to, Index n) {
    kernel(gradient + (from - x0), from, to, n);
  });
}

Tensor operator+(const Tensor& a, const Tensor& b) { return zip(a, b, kernels().add, "add"); }
Tensor operator-(const Tensor& a, const Tensor& b) {
  return zip(a, b, kernels().subtract, "subtract");
}
Tensor operator*(const Tensor& a, const Tensor& b) {
  return zip(a, b, kernels().multiply, "multiply");
}
Tensor operator/(const Tensor& a, const Tensor& b) { return zip(a, b, kernels().divide, "divide"); }

Tensor operator+(const Tensor& a, real b) {
  return map_with(a, [b](const real* x, real* y, Index n) { kernels().add(x, 1, &b, 0, y, n); });
}
Tensor operator*(const Tensor& a, real b) {
  return map_with(a, [b](const real* x, real* y, Index n) { kernels().scale(x, b, y, n); });
}
Tensor operator/(const Tensor& a, real b) {
  return map_with(a, [b](const real* x, real* y, Index n) { kernels().divide(x, 1, &b, 0, y, n); });
}
Tensor operator-(const Tensor& a) { return a * real(-1); }

Tensor exp(const Tensor& x) { return map(x, kernels().exp); }
Tensor log(const Tensor& x) { return map(x, kernels().log); }
Tensor sqrt(const Tensor& x) { return map(x, kernels().sqrt); }
Tensor tanh(const Tensor& x) { return map(x, kernels().tanh); }
Tensor relu(const Tensor& x) { return map(x, kernels().relu); }
Tensor gelu(const Tensor& x) { return map(x, kernels().gelu); }
Tensor gelu_tanh(const Tensor& x) { return map(x, kernels().gelu_tanh); }

Tensor relu_backward(const Tensor& dy, const Tensor& x) {
  return map_backward(dy, x, kernels().relu_backward, "relu_backward");
}
Tensor gelu_backward(const Tensor& dy, const Tensor& x) {
  return map_backward(dy, x, kernels().gelu_backward, "gelu_backward");
}
Tensor gelu_tanh_backward(const Tensor& dy, const Tensor& x) {
  return map_backward(dy, x, kernels().gelu_tanh_backward, "gelu_tanh_backward");
}

// y[i] = f(x[i]), one value at a time.
template <class F>
static Tensor map_each(const Tensor& x, F f) {
  return map_with(x, [f](const real* from, real* to, Index n) {
    for (Index i = 0; i < n; ++i) to[i] = f(from[i]);
  });
}

// The C library's, whose range reduction holds for every magnitude.
Tensor sin(const Tensor& x) {
  return map_each(x, [](real a) { return std::sin(a); });
}
Tensor cos(const Tensor& x) {
  return map_each(x, [](real a) { return std::cos(a); });
}
Tensor abs(const Tensor& x) {
  return map_each(x, [](real a) { return std::abs(a); });
}
Tensor pow(const Tensor& x, real exponent) {
  if (exponent == 2) return x * x;
  return map_each(x, [exponent](real a) { return std::pow(a, exponent); });
}
Tensor clamp(const Tensor& x, real low, real high) {
  check(low <= high, "clamp: low must not be above high, got {} and {}.", low, high);
  return map_each(x, [low, high](real a) { return a < low ? low : a > high ? high : a; });
}

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  const Shape shape =
      broadcast(condition.shape(), broadcast(a.shape(), b.shape(), "where"), "where");
  const Tensor wanted = broadcast_to(condition, shape), x = broadcast_to(a, shape);
  Tensor y = broadcast_to(b, shape);
  const real *chosen = wanted.data(), *from = x.data();
  real* to = y.data();
  parallel_for(y.size(), grain, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) to[i] = chosen[i] != 0 ? from[i] : to[i];
  });
  return y;
}

void add_in_place(Tensor& sum, const Tensor& x) {
  check(sum.shape() == x.shape(), "add_in_place: both shapes must be the same, got {} and {}.",
        sum.shape(), x.shape());
  const real* from = x.data();
  real* to = sum.data();
  parallel_for(x.size(), grain, [&](Index begin, Index end) {
    kernels().add_scaled(from + begin, 1, to + begin, end - begin);
  });
}

bool all_finite(const Tensor& x) {
  return std::all_of(x.begin(), x.end(), [](real value) { return std::isfinite(value); });
}

Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  check(broadcast(x.shape(), shape, "broadcast_to") == shape,
        "broadcast_to: {} must broadcast to {}, got an axis that would shrink.", x.shape(), shape);
  Tensor y = Tensor::uninitialized(shape);
  walk(x, x, y, [](const real* from, Index step, const real*, Index, real* to, Index n) {
    if (step == 0) {
      std::fill_n(to, n, *from);
    } else {
      std::copy_n(from, n, to);
    }
  });
  return y;
}

void adam_update(Tensor& x, Tensor& average, Tensor& square, const Tensor& gradient,
                 const AdamStep& step) {
  for (const Shape& other : {average.shape(), square.shape(), gradient.shape()}) {
    check(other == x.shape(), "adam_update: all shapes must be the parameter's {}, got {}.",
          x.shape(), other);
  }
  real *to = x.data(), *m = average.data(), *v = square.data();
  const real* g = gradient.data();
  parallel_for(x.size(), grain, [&](Index begin, Index end) {
    kernels().adam(to + begin, m + begin, v + begin, g + begin, end - begin, step);
  });
}

}  // namespace locus
