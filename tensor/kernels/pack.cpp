// Packing the right operand of a matrix product into strips as wide as the register tile, which
// product.cpp then reads as one stream.
#include "tensor/kernels/sets.h"
#include "tensor/kernels/vector.h"

namespace locus::KERNEL_SET {

static constexpr Index width = 2 * lanes;  // of a strip

// a0 b0 a1 b1 ... of the lower halves of a and b, or of the upper.
template <class V>
static inline V interleave_low(V a, V b) {
  if constexpr (lanes == 2) return __builtin_shufflevector(a, b, 0, 2);
  if constexpr (lanes == 4) return __builtin_shufflevector(a, b, 0, 4, 1, 5);
  if constexpr (lanes == 8) return __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
  if constexpr (lanes == 16) {
    return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  }
}
template <class V>
static inline V interleave_high(V a, V b) {
  if constexpr (lanes == 2) return __builtin_shufflevector(a, b, 1, 3);
  if constexpr (lanes == 4) return __builtin_shufflevector(a, b, 2, 6, 3, 7);
  if constexpr (lanes == 8) return __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
  if constexpr (lanes == 16) {
    return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15,
                                   31);
  }
}

// to (lanes rows, to_row apart) = the transpose of x (lanes rows, x_row apart). Interleaving the
// first half of the rows with the second, log2(lanes) times over, is a transpose: each time the
// highest bit of a number's row becomes the lowest bit of its column.
static inline void transpose_square(const real* x, Index x_row, real* to, Index to_row) {
  Vector rows[lanes], next[lanes];
#pragma GCC unroll 16
  for (Index i = 0; i < lanes; ++i) rows[i] = load(x + i * x_row);
#pragma GCC unroll 4
  for (Index round = 1; round < lanes; round *= 2) {
#pragma GCC unroll 8
    for (Index i = 0; i < lanes / 2; ++i) {
      next[2 * i] = interleave_low(rows[i], rows[i + lanes / 2]);
      next[2 * i + 1] = interleave_high(rows[i], rows[i + lanes / 2]);
    }
#pragma GCC unroll 16
    for (Index i = 0; i < lanes; ++i) rows[i] = next[i];
  }
#pragma GCC unroll 16
  for (Index i = 0; i < lanes; ++i) store(to + i * to_row, rows[i]);
}

static void pack(const real* b, Index b_row, Index b_column, Index k, Index n, real* strips) {
  const Index whole = n / width;  // strips
  Index p = 0;
  if (b_column == 1) {
    for (; p < k; ++p) {
      for (Index s = 0; s < whole; ++s) {
        const real* from = b + p * b_row + s * width;
        real* to = strips + (s * k + p) * width;
        store(to, load(from)), store(to + lanes, load(from + lanes));
      }
    }
  } else if (b_row == 1) {  // B is the transpose of what stands in memory
    for (; p + lanes <= k; p += lanes) {
      for (Index j = 0; j < 2 * whole; ++j) {
        transpose_square(b + p + j * lanes * b_column, b_column,
                         strips + (j / 2 * k + p) * width + j % 2 * lanes, width);
      }
    }
  }
  // What is left: the last rows of all strips, and all rows of the last strip.
  for (Index s = 0; s * width < n; ++s, strips += k * width) {
    for (Index row = s < whole ? p : 0; row < k; ++row) {
      for (Index j = 0; j < width; ++j) {
        const Index column = s * width + j;
        strips[row * width + j] = column < n ? b[row * b_row + column * b_column] : 0;
      }
    }
  }
}

void put_pack(Kernels& table) { table.tile_columns = width, table.pack = pack; }

}  // namespace locus::KERNEL_SET
