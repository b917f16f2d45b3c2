// Similarity: which rows of a table point the same way, and whether they are the rows of true
// neighbours. Everything is computed in double, so that float tables read as well as double ones.
#pragma once

#include <vector>

#include "nn/grid.h"
#include "tensor/tensor.h"

namespace locus {

enum class Center { no, yes };  // whether the mean row is subtracted first

// s_ij = <x_i, x_j> / (|x_i| |x_j|),  x = the row minus the mean row         (n, d) -> (n, n)
// What all rows share says nothing about where they are, yet it lifts every cosine towards 1 and so
// hides the map: it is subtracted unless asked not to. A row of zeros is similar to nothing: 0.
// Throws unless the table has rank 2 and finite numbers.
Tensor cosine_similarity(const Tensor& table, Center center = Center::yes);

// The share of a place's true neighbours among its `degree` most similar other places, the mean of
// all places that have neighbours: 1 when the similarity knows every street.    (n, n) -> [0, 1]
// Row i holds what place i finds similar; it need not be symmetric (attention weights are not).
// Places tied for the last seat share it, so a constant similarity gets no more than chance.
// Throws unless the similarity is square and the links join two different places below n.
double neighbour_recovery(const Tensor& similarity, const std::vector<Link>& links);

// The mean similarity of linked places, both directions counted.                 (n, n) -> number
// Throws as neighbour_recovery does.
double neighbour_cosine(const Tensor& similarity, const std::vector<Link>& links);

}  // namespace locus
