// Tensor: a shape and its numbers. Contiguous, row-major, and a value: a copy never changes when
// the original does. Copying shares the numbers until one of the two is written to (copy-on-write),
// so copies and reshapes are cheap. What can be computed with tensors stands in tensor/math.h.
#pragma once

#include <concepts>
#include <initializer_list>
#include <utility>
#include <vector>

#include "tensor/memory.h"
#include "tensor/shape.h"

namespace locus {

class Tensor {
 public:
  // A tensor that was moved from is empty, as a new one.
  Tensor(const Tensor&) = default;
  Tensor(Tensor&& other) noexcept
      : shape_(std::exchange(other.shape_, Shape{0})), buffer_(std::move(other.buffer_)) {}
  Tensor& operator=(Tensor other) noexcept {
    std::swap(shape_, other.shape_);
    buffer_ = std::move(other.buffer_);
    return *this;
  }

  Tensor() : shape_{0} {}                        // no numbers: shape (0)
  explicit Tensor(Shape shape, real value = 0);  // every number the same
  // Numbers in row-major order.                        Throws when their count is not shape.size().
  Tensor(Shape shape, const std::vector<real>& numbers);
  template <std::floating_point Other>  // the float build takes doubles, the double build floats
  Tensor(Shape shape, const std::vector<Other>& values)
      : Tensor(shape, std::vector<real>(values.begin(), values.end())) {}
  Tensor(Shape shape, std::initializer_list<real> numbers)
      : Tensor(shape, std::vector<real>(numbers)) {}
  static Tensor uninitialized(Shape shape);  // for a function that writes every number itself

  const Shape& shape() const { return shape_; }
  Index size() const { return shape_.size(); }
  bool empty() const { return size() == 0; }

  const real* data() const { return buffer_.numbers(); }
  const real* begin() const { return data(); }
  const real* end() const { return data() + size(); }
  // For writing: numbers shared with another tensor are copied first. The pointer is good until
  // this tensor is copied; from then on a write through it would reach the copy.
  real* data();

  // One number: x(1, 3).                       Throws unless there is one index per axis, in range.
  template <std::convertible_to<Index>... I>
  real operator()(I... index) const {
    return data()[place({static_cast<Index>(index)...})];
  }
  // One number to write: x.at({1, 3}) = 2. Do not keep the reference; see data().
  real& at(std::initializer_list<Index> index) {
    const Index i = place(index);
    return data()[i];
  }
  const real& at(std::initializer_list<Index> index) const { return data()[place(index)]; }
  real item() const;  // the only number;                        throws unless there is one

  // The same numbers in another shape of the same size; at most one extent is -1: "the rest".
  Tensor reshaped(std::initializer_list<Index> extents) const;
  Tensor reshaped(const Shape& shape) const;

 private:
  Index place(std::initializer_list<Index> index) const;

  Shape shape_;
  Buffer buffer_;
};

inline Tensor zeros(Shape shape) { return Tensor(shape, 0); }
inline Tensor ones(Shape shape) { return Tensor(shape, 1); }

std::ostream& operator<<(std::ostream& out, const Tensor& x);  // as fmt::print("{}", x)

}  // namespace locus

// Prints as NumPy does, shortened beyond 1,000 numbers: fmt::print("{}", x).
// {:.2f} and the like apply to every number.
template <>
struct fmt::formatter<locus::Tensor> {
  constexpr auto parse(fmt::format_parse_context& text) {
    auto end = text.begin();
    while (end != text.end() && *end != '}') ++end;
    spec_ = std::string_view(text.begin(), static_cast<std::size_t>(end - text.begin()));
    return end;
  }
  fmt::format_context::iterator format(const locus::Tensor& tensor, fmt::format_context& out) const;

 private:
  std::string_view spec_;
};
