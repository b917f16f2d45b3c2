#include "tensor/tensor.h"

#include <algorithm>

namespace locus {

Tensor Tensor::uninitialized(Shape shape) {
  Tensor tensor;
  tensor.shape_ = shape;
  if (shape.size() > 0) tensor.buffer_ = Buffer(shape.size());
  return tensor;
}

Tensor::Tensor(Shape shape, real value) : Tensor(uninitialized(shape)) {
  std::fill_n(data(), size(), value);
}

Tensor::Tensor(Shape shape, const std::vector<real>& numbers) : Tensor(uninitialized(shape)) {
  check(Index(numbers.size()) == size(), "Tensor: the shape {} holds {} numbers, got {}.", shape,
        size(), numbers.size());
  std::copy(numbers.begin(), numbers.end(), data());
}

real* Tensor::data() {
  if (buffer_.shared()) {
    Buffer own(size());
    std::copy_n(buffer_.numbers(), size(), own.numbers());
    buffer_ = std::move(own);
  }
  return buffer_.numbers();
}

real Tensor::item() const {
  check(size() == 1, "item: the tensor must hold one number, got the shape {}.", shape_);
  return data()[0];
}

Index Tensor::place(std::initializer_list<Index> index) const {
  check(Index(index.size()) == shape_.rank(),
        "Tensor: one index per axis, got {} for the shape {}.", index.size(), shape_);
  return shape_.offset(index.begin());
}

Tensor Tensor::reshaped(std::initializer_list<Index> extents) const {
  std::vector<Index> filled(extents);
  const auto open = std::find(filled.begin(), filled.end(), -1);
  if (open != filled.end()) {
    *open = 1;
    const Index rest = Shape(filled.data(), filled.data() + filled.size()).size();
    check(rest > 0 && size() % rest == 0,
          "reshape: {} numbers must divide into groups of {}, got {} over.", size(), rest,
          rest > 0 ? size() % rest : 0);
    *open = size() / rest;
  }
  return reshaped(Shape(filled.data(), filled.data() + filled.size()));
}

Tensor Tensor::reshaped(const Shape& shape) const {
  check(shape.size() == size(),
        "reshape: the new shape must hold as many numbers, got {} for {} of {}.", shape, size(),
        shape_);
  Tensor result = *this;
  result.shape_ = shape;
  return result;
}

}  // namespace locus
