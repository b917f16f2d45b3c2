// Indices: whole numbers with a shape, such as token ids and positions. A type of its own, because
// 2.5 is not an id and an id has no gradient: neither mistake can be written.
#pragma once

#include <utility>
#include <vector>

#include "tensor/shape.h"

namespace locus {

class Indices {
 public:
  Indices() : shape_{0} {}
  Indices(const Indices&) = default;
  Indices(Indices&& other) noexcept
      : shape_(std::exchange(other.shape_, Shape{0})), numbers_(std::move(other.numbers_)) {}
  Indices& operator=(Indices other) noexcept {
    std::swap(shape_, other.shape_);
    numbers_.swap(other.numbers_);
    return *this;
  }
  explicit Indices(Shape shape, Index value = 0)
      : shape_(shape), numbers_(filled(shape.size(), value)) {}
  // Throws when the count of numbers is not shape.size().
  Indices(Shape shape, std::vector<Index> numbers) : shape_(shape), numbers_(std::move(numbers)) {
    check(Index(numbers_.size()) == shape_.size(),
          "Indices: the shape {} holds {} numbers, got {}.", shape_, shape_.size(),
          numbers_.size());
  }
  Indices(Shape shape, std::initializer_list<Index> numbers)
      : Indices(shape, std::vector<Index>(numbers)) {}
  static Indices range(Index count) {  // 0, 1, 2, ... count - 1                          -> (count)
    Indices result(Shape{count});
    for (Index i = 0; i < count; ++i) result[i] = i;
    return result;
  }

  const Shape& shape() const { return shape_; }
  Index size() const { return shape_.size(); }
  Index operator[](Index i) const { return numbers_[size_t(i)]; }  // row-major, not checked
  Index& operator[](Index i) { return numbers_[size_t(i)]; }
  auto begin() const { return numbers_.begin(); }
  auto end() const { return numbers_.end(); }
  bool operator==(const Indices&) const = default;

 private:
  static std::vector<Index> filled(Index count, Index value);  // throws when memory ends

  Shape shape_;
  std::vector<Index> numbers_;
};

std::ostream& operator<<(std::ostream& out, const Indices& ids);  // as fmt::print("{}", ids)

}  // namespace locus

// The shape and the indices: "(2, 3): 4 0 4 2 4 0".
template <>
struct fmt::formatter<locus::Indices> : fmt::formatter<std::string_view> {
  fmt::format_context::iterator format(const locus::Indices& ids, fmt::format_context& out) const;
};
