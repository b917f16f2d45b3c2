// The innermost loops of the matrix product C = start + A B.
//
// One tile of C stays in registers while k runs. For each k it needs one number from each of its
// rows of A and two vectors from B, so nearly all of the time goes into multiplying:
//
//                 B:  [ b0 | b1 ]        two vectors: tile_columns columns of row p
//      A:  a(0,p)     [ c00  c01 ]
//          a(1,p)     [ c10  c11 ]       c(i,·) += a(i,p) * b(p,·)
//           ...          ...             tile_rows rows
//
// Why this tile: a multiply-add takes 4 cycles and two can start in each, so that at least 8 sums must
// be under way; and a step's loads, one number a row and two vectors, must be fewer than its two
// multiply-adds a row. Taller is better, as B's vectors are read once for all rows, until the
// registers are full.
#include "tensor/kernels/kernels.h"
#include "tensor/kernels/vector.h"

namespace locus::KERNEL_SET {

// As many rows as leave room for two vectors of B and one number of A: AVX-512 has 32 registers,
// the others 16 (NEON has 32, and is served by the same tile).
static constexpr int most_rows = vector_bytes == 64 ? 12 : 6;
static constexpr Index width = 2 * lanes;

// For the last columns of C, a vector of half the width, where a whole one would mostly be waste.
static constexpr Index half_bytes = vector_bytes == 64 ? 32 : vector_bytes;

template <Index bytes>
struct VectorOf {
  typedef real type __attribute__((vector_size(bytes), aligned(sizeof(real)), may_alias));
};

// C's tile at row i and column j. Meanwhile the rows of A that are next come nearer, a line a step.
template <Index bytes, int rows, int vectors>
static void tile(const Panel& of, Index i, Index j, Index next_step) {
  typedef typename VectorOf<bytes>::type V;
  constexpr Index columns = bytes / Index(sizeof(real));  // of one vector
  const Index a_row = of.a_row, a_column = of.a_column, b_row = of.b_row, k = of.k;
  const real* b = of.b + j / width * of.b_strip;
  const real* next = of.a + (i + rows) * a_row;
  const real* a[(rows + 3) / 4];  // a pointer to every fourth row: few enough for the registers
#pragma GCC unroll 3
  for (int row = 0; row < rows; row += 4) a[row / 4] = of.a + (i + row) * a_row;
  real* c = of.c + i * of.c_row + j;
#pragma GCC unroll 12
  for (int row = 0; row < rows; ++row) {  // C comes near, too
    __builtin_prefetch(c + row * of.c_row, 1);
    if constexpr (vectors == 2) __builtin_prefetch(c + row * of.c_row + columns, 1);
  }
  V sums[rows][vectors] = {};
  for (Index p = 0; p < k; ++p, b += b_row, next += next_step) {
    __builtin_prefetch(next);
    const V b0 = *reinterpret_cast<const V*>(b);
    const V b1 = *reinterpret_cast<const V*>(b + (vectors - 1) * columns);
#pragma GCC unroll 12
    for (int row = 0; row < rows; ++row) {
      const real factor = a[row / 4][row % 4 * a_row];
      sums[row][0] += factor * b0;
      if constexpr (vectors == 2) sums[row][1] += factor * b1;
    }
#pragma GCC unroll 3
    for (int row = 0; row < rows; row += 4) a[row / 4] += a_column;
  }
  const real* start = of.start ? of.start + i * of.start_row + j : nullptr;
  const Index start_row = of.start ? of.start_row : 0, width_left = of.n - j;
  if (width_left >= vectors * columns) {
#pragma GCC unroll 12
    for (int row = 0; row < rows; ++row, c += of.c_row, start += start_row) {
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v) {
        if (start) sums[row][v] += *reinterpret_cast<const V*>(start + v * columns);
        *reinterpret_cast<V*>(c + v * columns) = sums[row][v];
      }
    }
  } else {
    real kept[rows][vectors * columns];  // a copy, so that the sums themselves stay in registers
#pragma GCC unroll 12
    for (int row = 0; row < rows; ++row) {
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v)
        *reinterpret_cast<V*>(kept[row] + v * columns) = sums[row][v];
    }
#pragma GCC unroll 1
    for (int row = 0; row < rows; ++row, c += of.c_row, start += start_row) {
#pragma GCC unroll 1
      for (Index q = 0; q < width_left; ++q) c[q] = start ? start[q] + kept[row][q] : kept[row][q];
    }
  }
}

using Tile = void (*)(const Panel&, Index i, Index j, Index next_step);
template <Index bytes, int vectors>
static constexpr Tile tiles[] = {
    nullptr,
    tile<bytes, 1, vectors>,
    tile<bytes, 2, vectors>,
    tile<bytes, 3, vectors>,
    tile<bytes, 4, vectors>,
    tile<bytes, 5, vectors>,
    tile<bytes, 6, vectors>,
#if defined(__AVX512F__)
    tile<bytes, 7, vectors>,
    tile<bytes, 8, vectors>,
    tile<bytes, 9, vectors>,
    tile<bytes, 10, vectors>,
    tile<bytes, 11, vectors>,
    tile<bytes, 12, vectors>,
#endif
};

static void multiply_panel(const Panel& of) {
  // The next rows of A as one stretch of memory, spread over k steps; or, by columns, beside these.
  const Index next_step = of.a_column == 1 && of.k > 0 ? most_rows * of.a_row / of.k : of.a_column;
  for (Index j = 0; j < of.n; j += width) {  // a strip of B stays near while A's rows pass by
    const Index columns = of.n - j;
    const Tile* const tile = columns > lanes                              ? tiles<vector_bytes, 2>
                             : columns > half_bytes / Index(sizeof(real)) ? tiles<vector_bytes, 1>
                                                                          : tiles<half_bytes, 1>;
    for (Index i = 0; i < of.m; i += most_rows) {
      tile[of.m - i < most_rows ? of.m - i : most_rows](of, i, j, next_step);
    }
  }
}

// --- packing: B is copied into strips as wide as the tile, which are then read as one stream ---------

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

void put_product(Kernels& table) {
  table.tile_rows = most_rows, table.tile_columns = width;
  table.pack = pack, table.multiply_panel = multiply_panel;
}

}  // namespace locus::KERNEL_SET
