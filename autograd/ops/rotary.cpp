// Rotary positions: a token's place told by turning its queries and keys.
#include <cmath>

#include "autograd/ops.h"
#include "autograd/record.h"
#include "tensor/parallel.h"

namespace locus {

// (a, b) -> (a cos - b sin, a sin + b cos) for every pair of every query and key, by its own angle.
// Values are not turned: they are what is read, not where.
static Tensor rotated(const Tensor& qkv, Index num_heads, real direction) {
  const Index length = qkv.shape()[1], dim = qkv.shape()[2] / 3, width = dim / num_heads;
  Tensor cosine({length, width / 2}), sine({length, width / 2});
  real *cosines = cosine.data(), *sines = sine.data();
  for (Index p = 0; p < length; ++p) {
    for (Index i = 0; i < width; i += 2) {
      const double angle = double(direction) * double(p) / std::pow(10000.0, double(i) / double(width));
      *cosines++ = real(std::cos(angle)), *sines++ = real(std::sin(angle));
    }
  }
  Tensor result = qkv;
  real* const tokens = result.data();
  parallel_for(qkv.shape().rows(), /*grain=*/64, [&](Index begin, Index end) {
    for (Index token = begin; token < end; ++token) {
      real* const numbers = tokens + token * 3 * dim;  // queries, then keys: 2 dim to turn
      const real *c = cosine.begin() + token % length * (width / 2),
                 *s = sine.begin() + token % length * (width / 2);
      for (Index j = 0; j < 2 * dim; j += 2) {
        const Index pair = j % width / 2;
        const real a = numbers[j], b = numbers[j + 1];
        numbers[j] = a * c[pair] - b * s[pair];
        numbers[j + 1] = a * s[pair] + b * c[pair];
      }
    }
  });
  return result;
}

// y = qkv, its queries and keys turned by place     dqkv = dy turned back: a turn's transpose is
// the turn by minus the angle
Variable rotary(const Variable& qkv, Index num_heads, real direction) {
  const Shape& shape = qkv.shape();
  check(shape.rank() == 3 && num_heads >= 1 && shape[2] > 0 && shape[2] % 6 == 0 &&
            shape[2] / 6 % num_heads == 0,
        "rotary: qkv has shape (batch, length, 3 dim) with an even head_dim for each of the {} "
        "heads, got {}.",
        num_heads, shape);
  return record("rotary", rotated(qkv.value(), num_heads, direction), {
      {qkv, [num_heads, direction](const Variable& dy, const Variable&) {
        return rotary(dy, num_heads, -direction);
      }},
  });
}

}  // namespace locus
