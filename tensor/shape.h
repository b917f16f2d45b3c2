// Shape: the extents of a tensor, outermost first. (2, 3) is two rows of three numbers; () is one
// number. Shapes broadcast as in NumPy: aligned at the right, extents of 1 or missing ones repeat.
#pragma once

#include <initializer_list>
#include <iosfwd>

#include "tensor/check.h"
#include "tensor/real.h"

namespace locus {

class Shape {
 public:
  static constexpr int max_rank = 6;

  Shape() = default;  // (): one number
  Shape(std::initializer_list<Index> extents) : Shape(extents.begin(), extents.end()) {}
  // Throws for more than max_rank extents, a negative one, or a product beyond the address space.
  Shape(const Index* first, const Index* last);

  int rank() const { return rank_; }
  Index size() const { return size_; }  // how many numbers: the product of the extents
  // Extent of an axis; -1 is the last axis, -2 the one before.     Throws for an axis out of range.
  Index operator[](int axis) const { return extents_[resolve(axis)]; }
  const Index* begin() const { return extents_; }
  const Index* end() const { return extents_ + rank_; }
  bool operator==(const Shape& other) const;

  // -1 -> rank - 1.     Throws for an axis out of range; the message starts with `function`.
  int resolve(int axis, const char* function = "Shape") const;
  Shape with(int axis, Index extent) const;  // the same, one extent replaced
  Shape without(int axis) const;             // the same, one axis removed
  Index rows() const;                        // all extents but the last, multiplied
  Index offset(const Index* index) const;    // place of a number, row-major; throws out of range

 private:
  Index extents_[max_rank] = {};
  Index size_ = 1;
  int rank_ = 0;
};

// The shape two operands share: (3, 1) and (4) -> (3, 4).
// Throws when extents differ and neither is 1; the message starts with `function`.
Shape broadcast(const Shape& a, const Shape& b, const char* function);

std::ostream& operator<<(std::ostream& out, const Shape& shape);  // "(2, 3)"

}  // namespace locus

template <>
struct fmt::formatter<locus::Shape> : fmt::formatter<std::string_view> {
  fmt::format_context::iterator format(const locus::Shape& shape, fmt::format_context& out) const;
};
