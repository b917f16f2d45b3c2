// Arrays the slow and plain way: every number is worked out from its indices. What the library gives
// is compared with this.
#pragma once

#include <optional>
#include <vector>

#include "tensor/shape.h"

namespace locus::fuzz {

using Extents = std::vector<Index>;

inline Index product(const Extents& extents) {
  Index size = 1;
  for (const Index n : extents) size *= n;
  return size;
}

inline Shape shape_of(const Extents& extents) {
  return Shape(extents.data(), extents.data() + extents.size());
}

template <class Number>
struct Array {
  Extents extents;
  std::vector<Number> numbers;  // row-major

  const Number& at(const Extents& index) const {
    Index place = 0;
    for (std::size_t axis = 0; axis < index.size(); ++axis)
      place = place * extents[axis] + index[axis];
    return numbers[std::size_t(place)];
  }
  // The number that stands at `index` of what this broadcasts to.
  const Number& repeated(const Extents& index) const {
    Extents own(index.end() - Index(extents.size()), index.end());
    for (std::size_t i = 0; i < own.size(); ++i) own[i] = extents[i] == 1 ? 0 : own[i];
    return at(own);
  }
};

// f(index) at every index, row-major.
template <class Number, class F>
Array<Number> filled(const Extents& extents, F f) {
  Array<Number> result{extents, std::vector<Number>(std::size_t(product(extents)))};
  for (std::size_t i = 0; i < result.numbers.size(); ++i) {
    Extents index(extents.size());
    Index rest = Index(i);
    for (std::size_t axis = extents.size(); axis-- > 0; rest /= extents[axis])
      index[axis] = rest % extents[axis];
    result.numbers[i] = f(index);
  }
  return result;
}

inline std::optional<Extents> broadcast_extents(Extents a, Extents b) {
  if (a.size() < b.size()) a.insert(a.begin(), b.size() - a.size(), 1);
  if (b.size() < a.size()) b.insert(b.begin(), a.size() - b.size(), 1);
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i] && a[i] != 1 && b[i] != 1) return {};
    if (a[i] == 1) a[i] = b[i];
  }
  return a;
}

// The sum over what broadcasting repeated, down to `extents`.
template <class Number>
Array<Number> summed_to(const Array<Number>& x, const Extents& extents) {
  Array<Number> result = filled<Number>(extents, [](const Extents&) { return Number{}; });
  const std::size_t lead = x.extents.size() - extents.size();
  filled<Number>(x.extents, [&](const Extents& index) {
    Index place = 0;
    for (std::size_t axis = 0; axis < extents.size(); ++axis)
      place = place * extents[axis] + (extents[axis] == 1 ? 0 : index[axis + lead]);
    Number& sum = result.numbers[std::size_t(place)];
    return sum = sum + x.at(index);
  });
  return result;
}

}  // namespace locus::fuzz
