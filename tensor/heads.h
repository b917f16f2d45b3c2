// How attention's heads lie in queries, keys and values side by side: (batch, length, 3 dim), where
// each of the three is `count` heads of dim / count numbers.
#pragma once

#include <cmath>

#include "tensor/shape.h"

namespace locus {

struct HeadLayout {
  Index batch, length, dim, count, width;  // width: of one head
  real scale;  // 1 / √width: without it scores spread with the width and softmax saturates

  // Throws unless qkv has such a shape.
  HeadLayout(const Shape& qkv, Index num_heads) {
    check(qkv.rank() == 3 && num_heads >= 1 && qkv[2] > 0 && qkv[2] % 3 == 0 &&
              qkv[2] / 3 % num_heads == 0,
          "attention: qkv has shape (batch, length, 3 dim) with dim a multiple of the {} heads, "
          "got {}.",
          num_heads, qkv);
    batch = qkv[0], length = qkv[1], dim = qkv[2] / 3, count = num_heads, width = dim / num_heads;
    scale = 1 / std::sqrt(real(width));
  }
};

}  // namespace locus
