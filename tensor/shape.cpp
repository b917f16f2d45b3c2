#include "tensor/shape.h"

#include <fmt/ranges.h>
#include <algorithm>
#include <ostream>

namespace locus {

void fail(const std::string& message) { throw Error(message); }

// A tensor holds at most this many numbers: beyond it their bytes cannot be addressed.
static constexpr Index most_numbers = PTRDIFF_MAX / Index(sizeof(real));

Shape::Shape(const Index* first, const Index* last) {
  check(last - first <= max_rank, "Shape: at most {} axes, got {}. Merge some with reshape.",
        max_rank, last - first);
  // Without the extents of 0: the product of a few extents is then a number for every shape.
  Index numbers = 1;
  for (; first != last; ++first) {
    check(*first >= 0, "Shape: an extent must be 0 or more, got {} on axis {}.", *first, rank_);
    if (*first > 0) {
      check(numbers <= most_numbers / *first,
            "Shape: at most {} numbers can be addressed, got {} times an extent of {}.",
            most_numbers, numbers, *first);
      numbers *= *first;
    }
    size_ *= *first;
    extents_[rank_++] = *first;
  }
}

bool Shape::operator==(const Shape& other) const {
  return std::equal(begin(), end(), other.begin(), other.end());
}

int Shape::resolve(int axis, const char* function) const {
  check(rank_ > 0, "{}: a shape with an axis, got axis {} for the shape () of a single number.",
        function, axis);
  check(-rank_ <= axis && axis < rank_, "{}: axis must be from {} to {}, got {} for the shape {}.",
        function, -rank_, rank_ - 1, axis, *this);
  return axis < 0 ? axis + rank_ : axis;
}

Shape Shape::with(int axis, Index extent) const {
  Index extents[max_rank];
  std::copy(begin(), end(), extents);
  extents[resolve(axis)] = extent;
  return Shape(extents, extents + rank_);
}

Shape Shape::without(int axis) const {
  axis = resolve(axis);
  Index extents[max_rank];
  std::copy(begin(), begin() + axis, extents);
  std::copy(begin() + axis + 1, end(), extents + axis);
  return Shape(extents, extents + rank_ - 1);
}

Index Shape::rows() const {
  Index rows = 1;
  for (int axis = 0; axis + 1 < rank_; ++axis) rows *= extents_[axis];
  return rows;
}

Index Shape::offset(const Index* index) const {
  Index place = 0;
  for (int axis = 0; axis < rank_; ++axis) {
    check(0 <= index[axis] && index[axis] < extents_[axis],
          "Tensor: the index on axis {} must be 0 or more and below {}, got {} for the shape {}.",
          axis, extents_[axis], index[axis], *this);
    place = place * extents_[axis] + index[axis];
  }
  return place;
}

Shape broadcast(const Shape& a, const Shape& b, const char* function) {
  const int rank = std::max(a.rank(), b.rank());
  Index extents[Shape::max_rank];
  for (int back = 1; back <= rank; ++back) {  // aligned at the right, so count from the back
    const Index x = back <= a.rank() ? a[-back] : 1;
    const Index y = back <= b.rank() ? b[-back] : 1;
    check(x == y || x == 1 || y == 1,
          "{}: shapes must agree or be 1 on every axis, got {} and {}: {} is not {}.", function, a,
          b, x, y);
    extents[rank - back] = x == 1 ? y : x;
  }
  return Shape(extents, extents + rank);
}

std::ostream& operator<<(std::ostream& out, const Shape& shape) {
  return out << fmt::format("{}", shape);
}

}  // namespace locus

fmt::format_context::iterator fmt::formatter<locus::Shape>::format(const locus::Shape& shape,
                                                                   fmt::format_context& out) const {
  const std::string text = fmt::format("({})", fmt::join(shape.begin(), shape.end(), ", "));
  return fmt::formatter<std::string_view>::format(text, out);
}
