// The innermost loops of the matrix product C = A B.
//
// One tile of C stays in registers while k runs. For each k it needs one number from each of its
// rows of A and two vectors from B, so most of the time goes into multiplying:
//
//                 B:  [ b0 | b1 ]        two vectors: tile_columns columns of row p
//      A:  a(0,p)     [ c00  c01 ]
//          a(1,p)     [ c10  c11 ]       c(i,·) += a(i,p) * b(p,·)
//           ...          ...             tile_rows rows
//
// B is packed beforehand into strips as wide as a tile, so that the loop reads it as one stream.
#include "tensor/kernels/sets.h"
#include "tensor/kernels/vector.h"

namespace locus::KERNEL_SET {

// As many rows as leave room for two vectors of B and one number of A: AVX-512 has 32 registers,
// the others 16 (NEON has 32, and is served by the same tile).
static constexpr int most_rows = vector_bytes == 64 ? 12 : 6;
static constexpr Index width = 2 * lanes;

static void pack(const real* b, Index b_row, Index b_column, Index k, Index n, real* strips) {
  for (Index first = 0; first < n; first += width) {
    const Index columns = n - first < width ? n - first : width;
    for (Index p = 0; p < k; ++p, strips += width) {
      const real* row = b + p * b_row + first * b_column;
      if (columns == width && b_column == 1) {
        store(strips, load(row));
        store(strips + lanes, load(row + lanes));
        continue;
      }
      for (Index j = 0; j < columns; ++j) strips[j] = row[j * b_column];
      for (Index j = columns; j < width; ++j) strips[j] = 0;
    }
  }
}

template <int rows>
static void tile(const real* a, Index a_row, Index a_column, const real* strip, real* c,
                 Index c_row, Index columns, Index k, bool accumulate) {
  Vector sums[rows][2] = {};
  for (Index p = 0; p < k; ++p, a += a_column, strip += width) {
    const Vector b0 = load(strip), b1 = load(strip + lanes);
#pragma GCC unroll 12
    for (int i = 0; i < rows; ++i) {
      const real factor = a[i * a_row];
      sums[i][0] += factor * b0;
      sums[i][1] += factor * b1;
    }
  }
#pragma GCC unroll 12
  for (int i = 0; i < rows; ++i, c += c_row) {
    if (columns == width) {
      store(c, accumulate ? load(c) + sums[i][0] : sums[i][0]);
      store(c + lanes, accumulate ? load(c + lanes) + sums[i][1] : sums[i][1]);
    } else {
      real row[width];
      store(row, sums[i][0]);
      store(row + lanes, sums[i][1]);
      for (Index j = 0; j < columns; ++j) c[j] = accumulate ? c[j] + row[j] : row[j];
    }
  }
}

using Tile = void (*)(const real*, Index, Index, const real*, real*, Index, Index, Index, bool);
static constexpr Tile tiles[] = {
    nullptr, tile<1>, tile<2>, tile<3>,  tile<4>,  tile<5>,  tile<6>,
#if defined(__AVX512F__)
    tile<7>, tile<8>, tile<9>, tile<10>, tile<11>, tile<12>,
#endif
};

static void multiply_panel(const real* a, Index a_row, Index a_column, const real* strips, real* c,
                           Index c_row, Index m, Index n, Index k, bool accumulate) {
  for (Index j = 0; j < n; j += width, strips += k * width) {  // a strip stays in the nearest cache
    const Index columns = n - j < width ? n - j : width;
    for (Index i = 0; i < m; i += most_rows) {
      const Index rows = m - i < most_rows ? m - i : most_rows;
      tiles[rows](a + i * a_row, a_row, a_column, strips, c + i * c_row + j, c_row, columns, k,
                  accumulate);
    }
  }
}

void put_product(Kernels& table) {
  table.tile_rows = most_rows, table.tile_columns = width;
  table.pack = pack, table.multiply_panel = multiply_panel;
}

}  // namespace locus::KERNEL_SET
