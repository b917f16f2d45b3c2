#include "nn/inspect/compare.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "nn/inspect/doubles.h"
#include "nn/inspect/eigen.h"

namespace locus {

Alignment procrustes(const Tensor& points, const Tensor& truth) {
  check_matrix(points, "procrustes", "map");
  check(points.shape() == truth.shape(),
        "procrustes: map and truth must have one shape, got {} and {}.", points.shape(),
        truth.shape());
  check_finite(points, "procrustes", "map");
  check_finite(truth, "procrustes", "truth");
  const Index n = points.shape()[0], k = points.shape()[1];
  const Doubles place = to_doubles(truth);
  Doubles x = to_doubles(points), y = place;
  center_columns(x, n, k);
  center_columns(y, n, k);

  Doubles m(size_t(k * k), 0.0);  // Xᵀ Y
  for (Index i = 0; i < n; ++i) {
    for (Index a = 0; a < k; ++a) {
      for (Index b = 0; b < k; ++b)
        m[size_t(a * k + b)] += x[size_t(i * k + a)] * y[size_t(i * k + b)];
    }
  }
  const Svd parts = svd(m, k, k);
  const double trace = std::accumulate(parts.values.begin(), parts.values.end(), 0.0);
  Doubles rotation(size_t(k * k), 0.0);  // U Vᵀ
  for (Index i = 0; i < k; ++i) {
    for (Index a = 0; a < k; ++a) {
      for (Index b = 0; b < k; ++b)
        rotation[size_t(a * k + b)] += parts.u[size_t(i * k + a)] * parts.v[size_t(i * k + b)];
    }
  }
  const double xx = dot(x.data(), x.data(), n * k), yy = dot(y.data(), y.data(), n * k);
  const double scale = xx > 0 ? trace / xx : 0;
  Doubles aligned(static_cast<size_t>(n * k));
  for (Index i = 0; i < n; ++i) {
    for (Index b = 0; b < k; ++b) {
      double turned = 0;
      for (Index a = 0; a < k; ++a) turned += x[size_t(i * k + a)] * rotation[size_t(a * k + b)];
      const double mean = place[size_t(i * k + b)] - y[size_t(i * k + b)];
      aligned[size_t(i * k + b)] = scale * turned + mean;
    }
  }
  const double correlation = xx > 0 && yy > 0 ? std::min(trace / std::sqrt(xx * yy), 1.0) : 0;
  return {to_tensor(aligned, points.shape()), correlation};
}

static void check_lists(const Tensor& a, const Tensor& b, const char* function) {
  check(a.size() == b.size(), "{}: both must hold the same count of numbers, got {} and {}.",
        function, a.shape(), b.shape());
  check(a.size() >= 2, "{}: at least 2 numbers are needed, got {}.", function, a.size());
}

static double correlation(Doubles a, Doubles b) {
  const Index n = Index(a.size());
  // A list that varies by no more than rounding is constant.
  const auto spread = [n](Doubles& x) {
    const double before = dot(x.data(), x.data(), n);
    center_columns(x, n, 1);
    const double after = dot(x.data(), x.data(), n);
    return after > before * 1e-24 ? after : 0;
  };
  const double aa = spread(a), bb = spread(b);
  if (aa == 0 || bb == 0) return 0;
  return std::clamp(dot(a.data(), b.data(), n) / (std::sqrt(aa) * std::sqrt(bb)), -1.0, 1.0);
}

double pearson(const Tensor& a, const Tensor& b) {
  check_lists(a, b, "pearson");
  check_finite(a, "pearson", "first list");
  check_finite(b, "pearson", "second list");
  return correlation(to_doubles(a), to_doubles(b));
}

// 1 for the smallest; equal numbers share the mean of the ranks they take up.
static Doubles ranks(const Tensor& x, const char* what) {
  std::vector<Index> order(static_cast<size_t>(x.size()));
  std::iota(order.begin(), order.end(), Index(0));
  const real* number = x.data();
  for (const Index i : order) {
    check(!std::isnan(number[i]), "spearman: NaN has no rank, got one at place {} of the {}.", i,
          what);
  }
  std::sort(order.begin(), order.end(),
            [number](Index i, Index j) { return number[i] < number[j]; });
  Doubles rank(order.size());
  for (size_t first = 0, last = 0; first < order.size(); first = last) {
    while (last < order.size() && number[order[last]] == number[order[first]]) ++last;
    for (size_t i = first; i < last; ++i) rank[size_t(order[i])] = double(first + 1 + last) / 2;
  }
  return rank;
}

double spearman(const Tensor& a, const Tensor& b) {
  check_lists(a, b, "spearman");
  return correlation(ranks(a, "first list"), ranks(b, "second list"));
}

Tensor pairs(const Tensor& matrix) {
  check_square(matrix, "pairs", "matrix");
  const Index n = matrix.shape()[0];
  Tensor result = Tensor::uninitialized({n * (n - 1) / 2});
  real* out = result.data();
  for (Index i = 0; i < n; ++i) {
    for (Index j = i + 1; j < n; ++j) *out++ = matrix.data()[i * n + j];
  }
  return result;
}

}  // namespace locus
