// Along rows: sums, softmax, layer normalisation, cross-entropy. Rows are short and stay in the
// nearest cache, so several simple passes over one row cost little more than a single clever one.
#include "tensor/kernels/kernels.h"
#include "tensor/kernels/vector.h"

namespace locus::KERNEL_SET {

static real sum(const real* x, Index n) {
  return sum_of(x, x, n, [](auto a, auto) { return a; });
}

static real dot(const real* x, const real* y, Index n) {
  return sum_of(x, y, n, [](auto a, auto b) { return a * b; });
}

static real max(const real* x, Index n) {
  real largest = x[0];
  Index i = 0;
  if (n >= lanes) {
    Vector v = load(x);
    for (i = lanes; i + lanes <= n; i += lanes) {
      const Vector next = load(x + i);
      v = next > v ? next : v;
    }
    largest = v[0];
    for (Index lane = 1; lane < lanes; ++lane) largest = v[lane] > largest ? v[lane] : largest;
  }
  for (; i < n; ++i) largest = x[i] > largest ? x[i] : largest;
  return largest;
}

// The largest is subtracted first: exp of it would overflow, and the quotient stays the same. And it
// is subtracted before anything is rounded: of large scores only the differences count.
static real exp_row(const real* x, real scale, real* y, Index n, real* largest) {
  const real m = max(x, n);
  for (Index i = 0; i < n; ++i) y[i] = exp(scale * (x[i] - m));
  *largest = m;
  return sum(y, n);
}

static void exp_row_backward(real* p, real* dp, Index n, real scale, real largest, real sum,
                             real d) {
  const real factor = 1 / sum;
  for (Index i = 0; i < n; ++i) {
    p[i] = exp(scale * (p[i] - largest)) * factor;
    dp[i] = scale * p[i] * (dp[i] - d);
  }
}

static void softmax(const real* x, real* y, Index rows, Index n) {
  for (Index row = 0; row < rows; ++row, x += n, y += n) {
    real largest;
    const real factor = 1 / exp_row(x, 1, y, n, &largest);
    for (Index i = 0; i < n; ++i) y[i] *= factor;
  }
}

static void softmax_backward(const real* dy, const real* y, real* dx, Index rows, Index n) {
  for (Index row = 0; row < rows; ++row, dy += n, y += n, dx += n) {
    const real shared = dot(dy, y, n);
    for (Index i = 0; i < n; ++i) dx[i] = y[i] * (dy[i] - shared);
  }
}

static void layer_norm(const real* x, const real* weight, const real* bias, real epsilon, real* y,
                       real* mean_rstd, Index rows, Index n) {
  for (Index row = 0; row < rows; ++row, x += n, y += n, mean_rstd += 2) {
    const real mean = sum(x, n) / real(n);
    const real variance =
        sum_of(x, x, n, [mean](auto a, auto) { return (a - mean) * (a - mean); }) / real(n);
    const real scale = 1 / sqrt(variance + epsilon);
    mean_rstd[0] = mean, mean_rstd[1] = scale;
    for (Index i = 0; i < n; ++i) y[i] = (x[i] - mean) * scale * weight[i] + bias[i];
  }
}

static void layer_norm_backward(const real* dy, const real* x, const real* weight,
                                const real* mean_rstd, real* dx, Index rows, Index n) {
  for (Index row = 0; row < rows; ++row, dy += n, x += n, dx += n, mean_rstd += 2) {
    const real mean = mean_rstd[0], scale = mean_rstd[1];
    for (Index i = 0; i < n; ++i) dx[i] = dy[i] * weight[i];  // h
    const real h = sum(dx, n) / real(n);                      // mean(h)
    const real h_x =
        sum_of(dx, x, n, [mean, scale](auto a, auto b) { return a * ((b - mean) * scale); }) /
        real(n);
    for (Index i = 0; i < n; ++i) dx[i] = (dx[i] - h - (x[i] - mean) * scale * h_x) * scale;
  }
}

static void layer_norm_weight_backward(const real* dy, const real* x, const real* mean_rstd,
                                       real* dweight, Index rows, Index n) {
  for (Index row = 0; row < rows; ++row, dy += n, x += n, mean_rstd += 2) {
    const real mean = mean_rstd[0], scale = mean_rstd[1];
    for (Index i = 0; i < n; ++i) dweight[i] += dy[i] * ((x[i] - mean) * scale);
  }
}

// sum_j exp(x_j - m) without keeping the terms.
static real sum_exp(const real* x, real m, Index n) {
  constexpr Index block = 256;
  real terms[block], total = 0;
  for (Index start = 0; start < n; start += block) {
    const Index count = n - start < block ? n - start : block;
    for (Index i = 0; i < count; ++i) terms[i] = exp(x[start + i] - m);
    total += sum(terms, count);
  }
  return total;
}

static void cross_entropy(const real* logits, const Index* targets, real* losses, Index rows,
                          Index n) {
  constexpr Index block = 64;  // rows, whose logarithms are taken together
  real sums[block], shifts[block];
  for (Index first = 0; first < rows; first += block) {
    const Index count = rows - first < block ? rows - first : block;
    for (Index i = 0; i < count; ++i, logits += n) {
      const Index target = targets[first + i];
      const real m = max(logits, n);
      sums[i] = target < 0 ? 1 : sum_exp(logits, m, n);
      shifts[i] = target < 0 ? 0 : m - logits[target];
    }
    for (Index i = 0; i < count; ++i) losses[first + i] = log(sums[i]) + shifts[i];
  }
}

static void cross_entropy_backward(const real* logits, const Index* targets, real factor,
                                   real* dlogits, Index rows, Index n) {
  for (Index row = 0; row < rows; ++row, logits += n, dlogits += n) {
    if (targets[row] < 0) {
      for (Index i = 0; i < n; ++i) dlogits[i] = 0;
      continue;
    }
    real largest;
    const real scale = factor / exp_row(logits, 1, dlogits, n, &largest);
    for (Index i = 0; i < n; ++i) dlogits[i] *= scale;
    dlogits[targets[row]] -= factor;
  }
}

void put_rows(Kernels& table) {
  table.sum = sum, table.dot = dot;
  table.softmax = softmax, table.softmax_backward = softmax_backward, table.exp_row = exp_row;
  table.exp_row_backward = exp_row_backward;
  table.layer_norm = layer_norm, table.layer_norm_backward = layer_norm_backward;
  table.layer_norm_weight_backward = layer_norm_weight_backward;
  table.cross_entropy = cross_entropy, table.cross_entropy_backward = cross_entropy_backward;
}

}  // namespace locus::KERNEL_SET
