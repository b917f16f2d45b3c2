// Sums and extremes. Long sums are added up in pieces of fixed size, so that the result does not
// depend on how many threads share the work.
#include <algorithm>
#include <cmath>

#include "tensor/kernels/kernels.h"
#include "tensor/math.h"
#include "tensor/parallel.h"

namespace locus {

static constexpr Index grain = 16384;

namespace {
// A tensor seen from one axis: `outer` blocks of `n` entries of `inner` numbers.
struct AlongAxis {
  Index outer = 1, n = 1, inner = 1;

  // `axis` counts from the front.
  AlongAxis(const Shape& shape, int axis) {
    for (int i = 0; i < shape.rank(); ++i) (i < axis ? outer : i == axis ? n : inner) *= shape[i];
  }
};
}  // namespace

static Shape reduced(const Shape& shape, int axis, Keep keep) {
  return keep == Keep::yes ? shape.with(axis, 1) : shape.without(axis);
}

// The sum of n numbers, then that of the pieces' sums: added to a sum a million times as large, a float
// loses most of its digits.
static real sum_row(const real* x, Index n) {
  if (n <= grain) return kernels().sum(x, n);
  Tensor partial(Shape{(n + grain - 1) / grain});
  real* to = partial.data();
  parallel_for(n, grain, [&](Index begin, Index end) {
    to[begin / grain] = kernels().sum(x + begin, end - begin);
  });
  return sum_row(to, partial.size());
}

Tensor sum(const Tensor& x) { return Tensor(Shape{}, sum_row(x.data(), x.size())); }

// Adds n rows of `inner` numbers to one. Pieces of rows are summed by themselves first.
static void sum_rows(const real* x, Index n, Index inner, real* y) {
  // At most 256 in a piece: rounding errors grow with the count of numbers added one by one.
  const Index rows = std::clamp<Index>(grain / std::max<Index>(1, inner), 16, 256);
  if (n <= rows) {
    for (Index i = 0; i < n; ++i) kernels().add_scaled(x + i * inner, 1, y, inner);
    return;
  }
  const Index pieces = (n + rows - 1) / rows;
  Tensor partial(Shape{pieces, inner});
  real* to = partial.data();
  parallel_for(n, rows, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i)
      kernels().add_scaled(x + i * inner, 1, to + begin / rows * inner, inner);
  });
  sum_rows(to, pieces, inner, y);
}

Tensor sum(const Tensor& x, int axis, Keep keep) {
  axis = x.shape().resolve(axis, "sum");
  const AlongAxis view(x.shape(), axis);
  Tensor y(reduced(x.shape(), axis, keep));
  if (x.empty()) return y;  // its other extents may be too large to walk along
  const real* from = x.data();
  real* to = y.data();
  if (view.inner == 1) {
    parallel_for(view.outer, grain / view.n, [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) to[i] = sum_row(from + i * view.n, view.n);
    });
  } else {
    for (Index i = 0; i < view.outer; ++i) {
      sum_rows(from + i * view.n * view.inner, view.n, view.inner, to + i * view.inner);
    }
  }
  return y;
}

Tensor mean(const Tensor& x) {
  check(!x.empty(), "mean: at least one number, got the shape {}.", x.shape());
  return sum(x) / real(x.size());
}

Tensor mean(const Tensor& x, int axis, Keep keep) {
  axis = x.shape().resolve(axis, "mean");
  check(x.shape()[axis] > 0, "mean: at least one entry along the axis, got the shape {}.",
        x.shape());
  return sum(x, axis, keep) / real(x.shape()[axis]);
}

// A NaN is above every number, so that it is not lost.
static bool below(real a, real b) { return a < b || (std::isnan(b) && !std::isnan(a)); }

Tensor max(const Tensor& x, int axis, Keep keep) {
  axis = x.shape().resolve(axis, "max");
  check(x.shape()[axis] > 0, "max: at least one entry along the axis, got the shape {}.",
        x.shape());
  const AlongAxis view(x.shape(), axis);
  Tensor y = Tensor::uninitialized(reduced(x.shape(), axis, keep));
  if (x.empty()) return y;
  real* to = y.data();
  for (Index o = 0; o < view.outer; ++o) {
    const real* block = x.data() + o * view.n * view.inner;
    std::copy_n(block, view.inner, to + o * view.inner);
    for (Index i = 1; i < view.n; ++i) {
      for (Index j = 0; j < view.inner; ++j) {
        real& top = to[o * view.inner + j];
        const real next = block[i * view.inner + j];
        if (below(top, next)) top = next;
      }
    }
  }
  return y;
}

Tensor is_max(const Tensor& x, int axis) {
  axis = x.shape().resolve(axis, "is_max");
  const AlongAxis view(x.shape(), axis);
  Tensor mask(x.shape());
  if (x.empty()) return mask;
  for (Index o = 0; o < view.outer; ++o) {
    for (Index j = 0; j < view.inner; ++j) {
      const Index first = o * view.n * view.inner + j;
      Index top = first;
      for (Index i = first; i < first + view.n * view.inner; i += view.inner) {
        if (below(x.begin()[top], x.begin()[i])) top = i;
      }
      mask.data()[top] = 1;
    }
  }
  return mask;
}

Tensor cumsum(const Tensor& x, int axis, From from) {
  axis = x.shape().resolve(axis, "cumsum");
  const AlongAxis view(x.shape(), axis);
  Tensor y = x;
  real* to = y.data();
  const Index inner = view.inner, block = view.n * inner;
  for (Index o = 0; o < view.outer && !x.empty(); ++o, to += block) {
    if (from == From::front) {
      for (Index i = inner; i < block; ++i) to[i] += to[i - inner];
    } else {
      for (Index i = block - inner - 1; i >= 0; --i) to[i] += to[i + inner];
    }
  }
  return y;
}

Indices argmax(const Tensor& x) {
  check(x.shape().rank() > 0 && x.shape()[-1] > 0,
        "argmax: rows of at least one number, got the shape {}.", x.shape());
  Indices places(x.shape().without(-1));
  const Index n = x.shape()[-1];
  for (Index row = 0; row < places.size(); ++row) {
    const real* first = x.data() + row * n;
    places[row] = std::max_element(first, first + n, below) - first;
  }
  return places;
}

Tensor sum_to(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  check(broadcast(shape, x.shape(), "sum_to") == x.shape(),
        "sum_to: {} must broadcast to the shape of x, got {}.", shape, x.shape());
  // Sums of nothing: summed axis by axis, what stands in between could be too wide for memory.
  if (x.empty()) return Tensor(shape);
  // Axes that `shape` lacks are the leading ones: one axis of all of them is summed at once.
  Index lead = 1;
  for (int axis = 0; axis < x.shape().rank() - shape.rank(); ++axis) lead *= x.shape()[axis];
  Index extents[Shape::max_rank];
  std::copy(x.shape().end() - shape.rank(), x.shape().end(), extents);
  const Shape rest(extents, extents + shape.rank());
  Tensor y = lead == 1 ? x.reshaped(rest) : sum(x.reshaped({lead, rest.size()}), 0).reshaped(rest);
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (shape[axis] == 1 && y.shape()[axis] != 1) y = sum(y, axis, Keep::yes);
  }
  return y;
}

}  // namespace locus
