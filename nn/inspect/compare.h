// Comparing a map with the truth, and one list of numbers with another.
#pragma once

#include "tensor/tensor.h"

namespace locus {

struct Alignment {
  Tensor aligned;      // (n, k) the points, moved, turned, mirrored and scaled onto the truth
  double correlation;  // 1: the same figure; 0: nothing in common
};

// aligned = s (points - mean) R + mean(truth), with the orthogonal R and the scale s that bring it
// nearest to the truth. With X and Y the centred points and truth, and U S Vᵀ = Xᵀ Y:
// R = U Vᵀ,  s = tr S / |X|²,  correlation = tr S / (|X| |Y|).          (n, k) x (n, k) -> (n, k)
// Points all in one place have correlation 0.
// Throws unless both have the same shape of rank 2 and finite numbers.
// [Schönemann 1966; Gower 1975; the correlation: Peres-Neto & Jackson 2001]
Alignment procrustes(const Tensor& points, const Tensor& truth);

// <a - mean, b - mean> / (|a - mean| |b - mean|); 0 when one of them is constant.       -> [-1, 1]
// Throws unless both hold the same count of numbers, at least 2, all of them finite.
double pearson(const Tensor& a, const Tensor& b);

// pearson of the ranks; equal numbers share the mean of their ranks.                    -> [-1, 1]
// Throws as pearson does, but infinities may be ranked.                          [Spearman 1904]
double spearman(const Tensor& a, const Tensor& b);

// The numbers above the diagonal, row by row: each pair of places once.     (n, n) -> (n(n-1)/2)
// Throws unless the matrix is square.
Tensor pairs(const Tensor& matrix);

}  // namespace locus
