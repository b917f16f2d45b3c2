// Moving numbers without changing them.
#include <algorithm>

#include "tensor/math.h"

namespace locus {

// (n, m) -> (m, n) by small blocks: of each line of memory that a block touches, all is used at once.
static void transpose(const real* x, Index n, Index m, real* y) {
  constexpr Index high = 8, wide = 16;
  for (Index i0 = 0; i0 < n; i0 += high) {
    const Index i1 = std::min(i0 + high, n);
    for (Index j0 = 0; j0 < m; j0 += wide) {
      for (Index j = j0, j1 = std::min(j0 + wide, m); j < j1; ++j) {
        for (Index i = i0; i < i1; ++i) y[j * n + i] = x[i * m + j];
      }
    }
  }
}

Tensor permute(const Tensor& x, const std::vector<int>& order) {
  const int rank = x.shape().rank();
  check(int(order.size()) == rank, "permute: one entry per axis, got {} for the shape {}.",
        order.size(), x.shape());
  Index extents[Shape::max_rank] = {}, steps[Shape::max_rank] = {};
  bool used[Shape::max_rank] = {};
  for (int i = 0; i < rank; ++i) {
    const int axis = x.shape().resolve(order[size_t(i)], "permute");
    check(!used[axis], "permute: every axis once, got axis {} twice.", axis);
    used[axis] = true;
    extents[i] = x.shape()[axis];
    steps[i] = 1;
    for (int inner = axis + 1; inner < rank; ++inner) steps[i] *= x.shape()[inner];
  }
  Tensor y = Tensor::uninitialized(Shape(extents, extents + rank));
  if (y.empty()) return y;
  if (rank == 2 && steps[0] == 1) {
    transpose(x.data(), x.shape()[0], x.shape()[1], y.data());
    return y;
  }
  const Index n = rank > 0 ? extents[rank - 1] : 1, step = rank > 0 ? steps[rank - 1] : 0;
  real* to = y.data();
  for (Index run = 0; run < y.size() / n; ++run, to += n) {
    const real* from = x.data();
    Index rest = run;
    for (int axis = rank - 2; axis >= 0; --axis) {
      from += rest % extents[axis] * steps[axis];
      rest /= extents[axis];
    }
    for (Index i = 0; i < n; ++i) to[i] = from[i * step];
  }
  return y;
}

// Copies `width` of every `from_width` numbers to places `to_width` apart.
static void copy_blocks(const real* from, Index from_width, real* to, Index to_width, Index width,
                        Index count) {
  for (Index i = 0; i < count; ++i) std::copy_n(from + i * from_width, width, to + i * to_width);
}

// How many numbers stand under one entry of an axis.
static Index inner_size(const Shape& shape, int axis) {
  Index size = 1;
  for (int i = axis + 1; i < shape.rank(); ++i) size *= shape[i];
  return size;
}

Tensor slice(const Tensor& x, int axis, Index first, Index last) {
  axis = x.shape().resolve(axis, "slice");
  const Index n = x.shape()[axis];
  check(0 <= first && first <= last && last <= n,
        "slice: 0 <= first <= last <= {} along axis {}, got first {} and last {}.", n, axis, first,
        last);
  Tensor y = Tensor::uninitialized(x.shape().with(axis, last - first));
  if (y.empty()) return y;
  const Index inner = inner_size(x.shape(), axis), width = (last - first) * inner;
  copy_blocks(x.data() + first * inner, n * inner, y.data(), width, width, y.size() / width);
  return y;
}

Tensor pad(const Tensor& x, int axis, Index before, Index after) {
  axis = x.shape().resolve(axis, "pad");
  constexpr Index most = PTRDIFF_MAX / 4;  // so that the sum of three extents cannot overflow
  check(0 <= before && before <= most && 0 <= after && after <= most,
        "pad: counts must be from 0 to {}, got {} before and {} after.", most, before, after);
  const Index n = x.shape()[axis];
  Tensor y(x.shape().with(axis, before + n + after));
  if (x.empty()) return y;
  const Index inner = inner_size(x.shape(), axis), width = n * inner;
  copy_blocks(x.data(), width, y.data() + before * inner, (before + n + after) * inner, width,
              x.size() / width);
  return y;
}

Tensor concatenate(const std::vector<Tensor>& parts, int axis) {
  check(!parts.empty(), "concatenate: at least one part, got none.");
  const Shape& first = parts[0].shape();
  axis = first.resolve(axis, "concatenate");
  Index total = 0;
  Shape shape = first;
  for (const Tensor& part : parts) {
    check(part.shape().rank() == first.rank() && part.shape().with(axis, first[axis]) == first,
          "concatenate: all extents but that of axis {} must agree, got {} and {}.", axis, first,
          part.shape());
    total += part.shape()[axis];
    shape = first.with(axis, total);  // part by part, so that Shape refuses before a sum overflows
  }
  Tensor y = Tensor::uninitialized(shape);
  if (y.empty()) return y;
  const Index inner = inner_size(first, axis);
  real* to = y.data();
  for (const Tensor& part : parts) {
    const Index width = part.shape()[axis] * inner;
    if (width > 0) copy_blocks(part.data(), width, to, total * inner, width, part.size() / width);
    to += width;
  }
  return y;
}

Tensor unsqueeze(const Tensor& x, int axis) {
  const Shape& shape = x.shape();
  const int rank = shape.rank(), at = axis < 0 ? axis + rank + 1 : axis;
  check(0 <= at && at <= rank, "unsqueeze: axis must be from {} to {}, got {} for the shape {}.",
        -rank - 1, rank, axis, shape);
  std::vector<Index> extents(shape.begin(), shape.end());
  extents.insert(extents.begin() + at, 1);
  return x.reshaped(Shape(extents.data(), extents.data() + extents.size()));
}

Tensor squeeze(const Tensor& x, int axis) {
  axis = x.shape().resolve(axis, "squeeze");
  check(x.shape()[axis] == 1, "squeeze: the extent of axis {} must be 1, got {} in the shape {}.",
        axis, x.shape()[axis], x.shape());
  return x.reshaped(x.shape().without(axis));
}

Tensor stack(const std::vector<Tensor>& parts, int axis) {
  check(!parts.empty(), "stack: at least one part, got none.");
  std::vector<Tensor> wide;
  for (const Tensor& part : parts) {
    check(part.shape() == parts[0].shape(), "stack: all shapes must be the same, got {} and {}.",
          parts[0].shape(), part.shape());
    wide.push_back(unsqueeze(part, axis));
  }
  return concatenate(wide, axis);
}

Tensor concatenate(std::initializer_list<Tensor> parts, int axis) {
  return concatenate(std::vector<Tensor>(parts), axis);
}

}  // namespace locus
