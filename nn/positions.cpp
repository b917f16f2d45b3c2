#include "nn/positions.h"

#include <cmath>

#include "autograd/ops.h"

namespace locus {

LearnedPositions::LearnedPositions(Tensor table) {
  check(table.shape().rank() == 2 && !table.empty(),
        "LearnedPositions: the table has shape (max_length, embedding_dim), got {}.",
        table.shape());
  weight = Parameter(std::move(table), "positions");
}

Variable LearnedPositions::operator()(Index length) const {
  check(length >= 0, "LearnedPositions: a length of 0 or more, got {}.", length);
  check(length <= max_length(),
        "LearnedPositions: at most {} positions, one per row of the table, got {}. A row that does "
        "not "
        "exist cannot be looked up; interpolated({}) makes a longer table.",
        max_length(), length, length);
  return embedding(weight, Indices::range(length));
}

Variable LearnedPositions::operator()(const Indices& positions) const {
  for (const Index position : positions) {
    check(0 <= position && position < max_length(),
          "LearnedPositions: positions must be from 0 to {}, got {}. interpolated makes a longer "
          "table.",
          max_length() - 1, position);
  }
  return embedding(weight, positions);
}

void LearnedPositions::register_members(Registry& registry) {
  registry.parameter("weight", weight);
}

SinusoidalPositions::SinusoidalPositions(Index max_length, Index embedding_dim)
    : SinusoidalPositions(sinusoid(max_length, embedding_dim)) {}

SinusoidalPositions::SinusoidalPositions(Tensor code) : table_(std::move(code)) {
  check(table_.shape().rank() == 2 && !table_.empty(),
        "SinusoidalPositions: the code has shape (max_length, embedding_dim), got {}.",
        table_.shape());
}

Variable SinusoidalPositions::operator()(Index length) const {
  check(0 <= length && length <= max_length(),
        "SinusoidalPositions: a length from 0 to {}, got {}. Make it with a larger max_length.",
        max_length(), length);
  return Variable(slice(table_, 0, 0, length));
}

Tensor sinusoid(Index length, Index dim) {
  check(length >= 1 && dim >= 1, "sinusoid: a length and a dim of at least 1, got {} and {}.",
        length, dim);
  Tensor table = Tensor::uninitialized({length, dim});
  real* to = table.data();
  for (Index p = 0; p < length; ++p) {
    for (Index i = 0; i < dim; ++i) {
      const double angle = double(p) / std::pow(10000.0, double(i - i % 2) / double(dim));
      *to++ = real(i % 2 == 0 ? std::sin(angle) : std::cos(angle));
    }
  }
  return table;
}

}  // namespace locus
