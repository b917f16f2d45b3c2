// Probes: what a table of position vectors knows about positions, one number per question. Row p of
// the table is the vector of position p. Everything is computed in double.
#pragma once

#include "nn/inspect/similarity.h"
#include "tensor/tensor.h"

namespace locus {

struct PositionProbe {
  double r_squared;   // 1: read off exactly; 0 or less: no better than always guessing the mean
  double mean_error;  // mean |guess - position|, in positions; about n / 4 when nothing is known
};

// Can the position be read off its vector by a straight line? position ≈ a + <b, row>, by least
// squares; each position is guessed by the line fitted to all other rows, so a wide table cannot
// learn its rows by heart.                                                    (n, d) -> numbers
//   r_squared = 1 - sum (p - guess_p)² / sum (p - mean of the others)²
// The squares of b are charged `ridge` times the largest eigenvalue of XᵀX, X the centred table: it
// decides which line when many fit, and keeps rounding from being read.
// Throws unless there are at least 3 rows, finite numbers, and ridge > 0.
// [a linear regression of the position: Wang & Chen 2020; leaving each one out: Allen 1974]
PositionProbe position_probe(const Tensor& table, double ridge = 1e-9);
// The same for any number of each row in place of its position, such as its column in a grid: places
// (n). Throws as well when they are not one finite number per row, or all the same.
PositionProbe position_probe(const Tensor& table, const Tensor& places, double ridge = 1e-9);

// Three properties of how near position i finds position j. [the properties: Wang et al. 2021; the
// numbers that measure them here are our own]       similarity (n, n), its diagonal is not read;
// it may be a cosine similarity, dot products, or attention weights. All three throw unless it is
// square with finite numbers and at least 3 rows.

// Translation invariance, s(i, i + m) = s(j, j + m): the share of the variance that the offset
// explains, 1 - sum (s_ij - mean of its offset j - i)² / sum (s_ij - mean)².
// 1 for one that depends on the offset alone; near 2/n for random numbers.
double translation_invariance(const Tensor& similarity);

// What the offset explains: the mean of s(i, j) over all pairs with j - i = m and with j - i = -m,
// m = 0 .. n - 1.                                                             (n, n) -> (n)
Tensor offset_profile(const Tensor& similarity);

// Monotonicity, s(i, i ± m) > s(i, i ± k) for m < k: the share of all such pairs to one side of
// one place, k up to `max_distance` (0: as far as the table goes), that are so; ties count half.
// 1: nearer is always more alike; 1/2 for random numbers.
double monotonicity(const Tensor& similarity, Index max_distance = 0);

// Symmetry, s(i, j) = s(j, i): their correlation,
// sum (s_ij - mean)(s_ji - mean) / sum (s_ij - mean)².
// 1: before and after are alike; 0 for random numbers; -1: opposites.
double symmetry(const Tensor& similarity);

// In how many directions the rows spread: exp(-sum p_k ln p_k), p_k = σ_k / sum σ, σ the singular
// values of the table, minus its mean row unless asked not to.        (n, d) -> 1 .. min(n, d)
// A table of equal rows has 0. Throws unless it has rank 2 and finite numbers.
// [Roy & Vetterli 2007, who do not subtract the mean]
double effective_rank(const Tensor& table, Center center = Center::yes);

// Which waves run along the positions: for f = 0 .. n/2 cycles per table, the mean over columns of
//   P_f = c |sum_p (x_p - mean) exp(-2πi f p / n)|² / n²,  c = 2, but 1 for f = 0 and f = n/2,
// so that the P_f add up to the mean variance of the columns; P_0 = 0.        (n, d) -> (n/2 + 1)
// Throws as effective_rank does.                              [the periodogram: Schuster 1898]
Tensor position_spectrum(const Tensor& table);

}  // namespace locus
