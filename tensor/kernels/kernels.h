// The table of SIMD loops. A kernel is a loop over plain arrays: no shapes, no errors, no
// allocation. The sources of this folder are compiled once per instruction set (KERNEL_SET names
// it); choose.cpp picks the widest that the processor runs, or the one that LOCUS_KERNELS names.
//
// This header and everything those sources include must not define inline functions of the standard
// library: the linker keeps one copy for the whole program, and that might be a wide one.
#pragma once

#include "tensor/adam_step.h"
#include "tensor/real.h"

namespace locus {

// One product C = start + A B whose operands are near enough in memory to be read tile by tile.
struct Panel {
  Index m, n, k;  // C (m, n), A (m, k), B (k, n)
  const real* a;  // A's number (i, p) stands at a[i * a_row + p * a_column]
  Index a_row, a_column;
  const real* b;         // strip s of B: tile_columns columns, their row p at
  Index b_row, b_strip;  // b[s * b_strip + p * b_row], whole vectors readable
  const real* start;     // C's start, rows start_row apart: null for zero, c for "add to it",
  Index start_row;       // a single row and 0 for a bias
  real* c;
  Index c_row;  // from one row of C to the next
};

// Parameters are named as in tensor/math.h. `rows` rows of `n` numbers follow one another.
struct Kernels {
  const char* name;    // "baseline", "avx2" or "avx512"
  Index tile_rows;     // rows and columns of the product that one pass of multiply_panel keeps in
  Index tile_columns;  // registers

  // z[i] = x[i] op y[i] for i < n. A step of 0 repeats the operand's first number, 1 walks along.
  // Not both steps are 0, unless n is 1.
  using Zip = void (*)(const real* x, Index x_step, const real* y, Index y_step, real* z, Index n);
  Zip add, subtract, multiply, divide;
  // y[i] = f(x[i]) for i < n.
  using Map = void (*)(const real* x, real* y, Index n);
  Map exp, log, sqrt, tanh, sigmoid, relu, gelu, gelu_tanh;
  // dx[i] = dy[i] f'(x[i]) for i < n.
  using Backward = void (*)(const real* dy, const real* x, real* dx, Index n);
  Backward relu_backward, gelu_backward, gelu_tanh_backward;
  void (*scale)(const real* x, real factor, real* y, Index n);       // y[i] = factor x[i]
  void (*add_scaled)(const real* x, real factor, real* y, Index n);  // y[i] += factor x[i]

  real (*sum)(const real* x, Index n);
  real (*dot)(const real* x, const real* y, Index n);  // sum of x[i] y[i]

  void (*softmax)(const real* x, real* y, Index rows, Index n);
  void (*softmax_backward)(const real* dy, const real* y, real* dx, Index rows, Index n);
  // One row of attention: scores x become y = exp(scale (x - m)), m = max x. Returns the sum of y,
  // and m. n >= 1; not defined with a NaN.
  real (*exp_row)(const real* x, real scale, real* y, Index n, real* largest);
  // And backward: p, the scores, become p = exp(scale (p - m)) / sum, the weights; dp, the weights'
  // gradients, become scale p (dp - d), the scores'.
  void (*exp_row_backward)(real* p, real* dp, Index n, real scale, real largest, real sum, real d);
  // mean_rstd (rows, 2): mean and 1 / sqrt(variance + epsilon) of each row.
  void (*layer_norm)(const real* x, const real* weight, const real* bias, real epsilon, real* y,
                     real* mean_rstd, Index rows, Index n);
  void (*layer_norm_backward)(const real* dy, const real* x, const real* weight,
                              const real* mean_rstd, real* dx, Index rows, Index n);
  // dweight[j] += sum over rows of dy x̂.
  void (*layer_norm_weight_backward)(const real* dy, const real* x, const real* mean_rstd,
                                     real* dweight, Index rows, Index n);
  // losses[r] = log(sum_j exp(logits_rj)) - logits_r,target; 0 where the target is negative.
  void (*cross_entropy)(const real* logits, const Index* targets, real* losses, Index rows,
                        Index n);
  // dlogits = factor (softmax(logits) - onehot(target)); 0 where the target is negative.
  void (*cross_entropy_backward)(const real* logits, const Index* targets, real factor,
                                 real* dlogits, Index rows, Index n);

  void (*adam)(real* x, real* average, real* square, const real* gradient, Index n,
               const AdamStep& step);

  // Copies B (k, n) into strips of tile_columns columns, each k rows deep; missing columns are
  // zero. B's number (p, j) stands at b[p * b_row + j * b_column].
  void (*pack)(const real* b, Index b_row, Index b_column, Index k, Index n, real* strips);
  void (*multiply_panel)(const Panel& panel);
};

// The table in use. Throws at the first call when LOCUS_KERNELS names a set that cannot run here.
const Kernels& kernels();

}  // namespace locus

#ifdef KERNEL_SET  // in the sources of one instruction set: how they fill its table
namespace locus::KERNEL_SET {
void put_elementwise(Kernels& table);
void put_rows(Kernels& table);
void put_product(Kernels& table);
}  // namespace locus::KERNEL_SET
#endif
