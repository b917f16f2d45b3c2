// Maps: points in the plane (or on a line) that keep what a table says about near and far.
// A map has no north: compare it with the truth by procrustes of nn/inspect/compare.h.
#pragma once

#include <vector>

#include "nn/inspect/similarity.h"
#include "tensor/tensor.h"

namespace locus {

struct Components {
  Tensor points;     // (n, k) each row's place along each axis
  Tensor explained;  // (k) the share of the variance along each axis, largest first
  Tensor axes;       // (k, d) orthonormal directions in the table's space
};

// points = (table - mean row) axesᵀ, where the axes are the k eigenvectors of the covariance
// with the largest eigenvalues.                                               (n, d) -> (n, k)
// Throws unless the table has rank 2, finite numbers, and 1 <= components <= min(n, d).
// [Pearson 1901; Hotelling 1933]
Components pca(const Tensor& table, Index components = 2);

// Points whose straight distances come nearest to those given: the k largest eigenvectors of
// B = -J D² J / 2 with J = 1 - 1/n, each times the root of its eigenvalue; an eigenvalue below zero
// (distances no flat space has) gives zeros.                                   (n, n) -> (n, k)
// Throws unless the distances are square, symmetric and finite, and 1 <= components <= n.
// [Torgerson 1952]
Tensor classical_mds(const Tensor& distances, Index components = 2);

// The map of a curled-up table: every place is joined to its `neighbours` most similar ones (both
// ways), a street is arccos(similarity) long, distances are shortest paths, and classical_mds draws
// them. Neighbours: 4 in a city, 2 on a line or a ring.                         (n, n) -> (n, k)
// Streets that leave the graph in pieces: the most similar pair of places in different pieces is
// joined, again and again, until there is one piece.
// Throws unless the similarity is square with finite numbers, 1 <= neighbours < n and
// 1 <= components <= n.                                                  [Tenenbaum et al. 2000]
Tensor isomap(const Tensor& similarity, Index neighbours = 4, Index components = 2);

// Steps from place to place along the links; infinity where no way leads.     n places -> (n, n)
// Throws unless the links join two different places below n.
Tensor walking_distances(Index places, const std::vector<Link>& links);

// |x_i - x_j| between all rows.                                                (n, k) -> (n, n)
// Throws unless the points have rank 2.
Tensor straight_distances(const Tensor& points);

}  // namespace locus
