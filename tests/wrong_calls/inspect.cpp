// Wrong calls of nn/inspect/*.h: tables, maps, probes, and of nn/plot/*.h: pictures.
#include "nn/attention_terms.h"
#include "nn/inspect/attention.h"
#include "nn/inspect/compare.h"
#include "nn/inspect/eigen.h"
#include "nn/inspect/map.h"
#include "nn/inspect/probes.h"
#include "nn/plot/film.h"
#include "nn/plot/picture.h"
#include "nn/plot/svg.h"
#include "tests/wrong_calls/wrong_calls.h"

namespace locus {

TEST(WrongCalls, OfTablesAndMaps) {
  Tensor table = random_tensor({4, 3}, 1), square = random_tensor({4, 4}, 2),
         list = random_tensor({4}, 3), none({0, 3}), holes({2, 2}, {0, nan, 1, 0}),
         walls({2, 2}, {0, infinity, infinity, 0}), lopsided({2, 2}, {0, 1, 2, 0}), one({1}, 1);
  const std::vector<Link> street = {{0, 1}, {1, 2}}, beyond = {{0, 4}}, before = {{-1, 2}},
                          loop = {{2, 2}};
  const std::vector<WrongCall> calls = {
      {CALL(cosine_similarity(list)),
       "cosine_similarity: the table must have two axes and hold numbers, got the shape (4)."},
      {CALL(cosine_similarity(none)),
       "cosine_similarity: the table must have two axes and hold numbers, got the shape (0, 3)."},
      {CALL(cosine_similarity(holes)),
       "cosine_similarity: the table must hold finite numbers, got nan at place 1. Look at what "
       "computed it."},
      {CALL(neighbour_recovery(table, street)),
       "neighbour_recovery: the similarity must be square, got the shape (4, 3)."},
      {CALL(neighbour_recovery(holes, street)),
       "neighbour_recovery: the similarity must hold finite numbers, got nan at place 1. Look at "
       "what computed it."},
      {CALL(neighbour_recovery(square, {})),
       "neighbour_recovery: at least one link is needed, got none."},
      {CALL(neighbour_recovery(square, beyond)),
       "neighbour_recovery: links must join places from 0 to 3, got 0 - 4."},
      {CALL(neighbour_recovery(square, before)),
       "neighbour_recovery: links must join places from 0 to 3, got -1 - 2."},
      {CALL(neighbour_recovery(square, loop)),
       "neighbour_recovery: a link must join two different places, got 2 - 2."},
      {CALL(neighbour_cosine(table, street)),
       "neighbour_cosine: the similarity must be square, got the shape (4, 3)."},
      {CALL(neighbour_cosine(square, {})),
       "neighbour_cosine: at least one link is needed, got none."},
      {CALL(neighbour_cosine(square, beyond)),
       "neighbour_cosine: links must join places from 0 to 3, got 0 - 4."},
      {CALL(neighbour_cosine(square, loop)),
       "neighbour_cosine: a link must join two different places, got 2 - 2."},
      {CALL(pca(list)), "pca: the table must have two axes and hold numbers, got the shape (4)."},
      {CALL(pca(table, 4)), "pca: components must be from 1 to 3 for a table of (4, 3), got 4."},
      {CALL(pca(table, 0)), "pca: components must be from 1 to 3 for a table of (4, 3), got 0."},
      {CALL(pca(holes)),
       "pca: the table must hold finite numbers, got nan at place 1. Look at what computed it."},
      {CALL(classical_mds(table)),
       "classical_mds: the distances must be square, got the shape (4, 3)."},
      {CALL(classical_mds(square, 5)),
       "classical_mds: components must be from 1 to 4 for 4 places, got 5."},
      {CALL(classical_mds(walls)),
       "classical_mds: distances must be finite, got inf from 0 to 1. Join the pieces."},
      {CALL(classical_mds(lopsided)),
       "classical_mds: distances must be the same both ways, got 1 from 0 to 1 and 2 back."},
      {CALL(isomap(table)), "isomap: the similarity must be square, got the shape (4, 3)."},
      {CALL(isomap(square, 4)), "isomap: neighbours must be from 1 to 3 for 4 places, got 4."},
      {CALL(isomap(square, 0)), "isomap: neighbours must be from 1 to 3 for 4 places, got 0."},
      {CALL(isomap(square, 2, 9)), "isomap: components must be from 1 to 4 for 4 places, got 9."},
      {CALL(isomap(holes, 1)),
       "isomap: the similarity must hold finite numbers, got nan at place 1. Look at what computed "
       "it."},
      {CALL(walking_distances(0, {})), "walking_distances: at least one place is needed, got 0."},
      {CALL(walking_distances(3, beyond)),
       "walking_distances: links must join two different places from 0 to 2, got 0 - 4."},
      {CALL(walking_distances(3, loop)),
       "walking_distances: links must join two different places from 0 to 2, got 2 - 2."},
      {CALL(walking_distances(huge, {})),
       fmt::format("Shape: at most {} numbers can be addressed, got 1 times an extent of {}.",
                   PTRDIFF_MAX / Index(sizeof(real)), huge)},
      {CALL(straight_distances(list)),
       "straight_distances: the points must have two axes and hold numbers, got the shape (4)."},
      {CALL(procrustes(table, square)),
       "procrustes: map and truth must have one shape, got (4, 3) and (4, 4)."},
      {CALL(procrustes(list, list)),
       "procrustes: the map must have two axes and hold numbers, got the shape (4)."},
      {CALL(procrustes(holes, lopsided)),
       "procrustes: the map must hold finite numbers, got nan at place 1. Look at what computed "
       "it."},
      {CALL(procrustes(lopsided, walls)),
       "procrustes: the truth must hold finite numbers, got inf at place 1. Look at what computed "
       "it."},
      {CALL(pearson(list, table)),
       "pearson: both must hold the same count of numbers, got (4) and (4, 3)."},
      {CALL(pearson(one, one)), "pearson: at least 2 numbers are needed, got 1."},
      {CALL(pearson(holes, lopsided)),
       "pearson: the first list must hold finite numbers, got nan at place 1. Look at what "
       "computed it."},
      {CALL(spearman(list, one)),
       "spearman: both must hold the same count of numbers, got (4) and (1)."},
      {CALL(spearman(one, one)), "spearman: at least 2 numbers are needed, got 1."},
      {CALL(spearman(lopsided, holes)),
       "spearman: NaN has no rank, got one at place 1 of the second list."},
      {CALL(pairs(table)), "pairs: the matrix must be square, got the shape (4, 3)."},
      {CALL(symmetric_eigen({1, 2, 3}, 2)), "symmetric_eigen: 2 rows must hold 4 numbers, got 3."},
      {CALL(symmetric_eigen({1, 2, 3, nan}, 2)),
       "symmetric_eigen: the numbers must be finite, got nan."},
      {CALL(symmetric_eigen({}, -1)), "symmetric_eigen: at least one row is needed, got -1."},
      {CALL(leading_eigen({1, 0, 0, 1}, 2, 3)), "leading_eigen: count must be from 1 to 2, got 3."},
      {CALL(leading_eigen({1, 0, 0, 1}, 2, 0)), "leading_eigen: count must be from 1 to 2, got 0."},
      {CALL(svd({1, 2, 3}, 2, 2)), "svd: 2 rows must hold 4 numbers, got 3."},
      {CALL(svd({infinity, 2}, 2, 1)), "svd: the numbers must be finite, got inf."},
  };
  expect_refused(calls, bits_of(table, square, list, none, holes, walls, lopsided, one));
}

TEST(WrongCalls, OfProbes) {
  Tensor table = random_tensor({4, 3}, 1), square = random_tensor({4, 4}, 2),
         two = random_tensor({2, 2}, 3), list = random_tensor({4}, 4),
         holes({3, 3}, {0, nan, 1, 0, 1, 2, 3, 4, 5});
  const std::vector<WrongCall> calls = {
      {CALL(position_probe(two)),
       "position_probe: at least 3 rows and a ridge above 0, got 2 and 1e-09."},
      {CALL(position_probe(list)),
       "position_probe: the table must have two axes and hold numbers, got the shape (4)."},
      {CALL(position_probe(holes)),
       "position_probe: the table must hold finite numbers, got nan at place 1. Look at what "
       "computed it."},
      {CALL(position_probe(table, 0)),
       "position_probe: at least 3 rows and a ridge above 0, got 4 and 0."},
      {CALL(position_probe(table, double(nan))),
       "position_probe: at least 3 rows and a ridge above 0, got 4 and nan."},
      {CALL(translation_invariance(table)),
       "translation_invariance: the similarity must be square, got the shape (4, 3)."},
      {CALL(translation_invariance(two)), "translation_invariance: at least 3 rows, got 2."},
      {CALL(monotonicity(holes)),
       "monotonicity: the similarity must hold finite numbers, got nan at place 1. Look at what "
       "computed it."},
      {CALL(monotonicity(square, 1)),
       "monotonicity: max_distance must be at least 2, or 0 for all distances, got 1."},
      {CALL(monotonicity(square, -1)),
       "monotonicity: max_distance must be at least 2, or 0 for all distances, got -1."},
      {CALL(symmetry(two)), "symmetry: at least 3 rows, got 2."},
      {CALL(symmetry(list)),
       "symmetry: the similarity must have two axes and hold numbers, got the shape (4)."},
      {CALL(effective_rank(list)),
       "effective_rank: the table must have two axes and hold numbers, got the shape (4)."},
      {CALL(effective_rank(holes)),
       "effective_rank: the table must hold finite numbers, got nan at place 1. Look at what "
       "computed it."},
      {CALL(position_spectrum(list)),
       "position_spectrum: the table must have two axes and hold numbers, got the shape (4)."},
      {CALL(position_spectrum(holes)),
       "position_spectrum: the table must hold finite numbers, got nan at place 1. Look at what "
       "computed it."},
  };
  expect_refused(calls, bits_of(table, square, two, list, holes));
}

TEST(WrongCalls, OfLookingAtAttention) {
  Rng rng(1);
  Transformer model({.vocab_size = 7, .max_length = 5, .embedding_dim = 4, .num_heads = 2}, rng);
  Tensor weights({2, 2, 3, 4}), table({3, 3}), none({0, 2, 3, 3});
  const std::vector<WrongCall> calls = {
      {CALL(attention_terms(model, Indices({3}))),
       "attention_terms: ids have shape (batch, length), got (3)."},
      {CALL(attention_terms(model, Indices({1, 1}, 7))),
       "embedding: ids must be 0 or more and below 7, got 7 at place 0 of (1, 1).", "embedding"},
      {CALL(attention_terms(model, Indices({1, 6}))),
       "LearnedPositions: at most 5 positions, one per row of the table, got 6. A row that does "
       "not exist cannot be looked up; interpolated(6) makes a longer table.",
       "LearnedPositions"},
      {CALL(spread_over_keys(weights, false)),
       "spread_over_keys: the term must have shape (batch, num_heads, length, length) and hold "
       "numbers, got (2, 2, 3, 4)."},
      {CALL(spread_over_keys(none, true)),
       "spread_over_keys: the term must have shape (batch, num_heads, length, length) and hold "
       "numbers, got (0, 2, 3, 3)."},
      {CALL(attention_by_offset(table)),
       "attention_by_offset: the weights must have shape (batch, num_heads, length, length) and "
       "hold numbers, got (3, 3)."},
  };
  expect_refused(calls, bits_of(rng, model, weights, table, none));
}

TEST(WrongCalls, OfPictures) {
  Tensor values = random_tensor({2, 3}, 1), points = random_tensor({3, 2}, 2),
         list = random_tensor({3}, 3), none({0, 2}), holes({2, 2}, {0, nan, 1, 0});
  const Picture text = {.svg = "no picture"};
  Film Film_unseen(3);
  const std::vector<Curve> nine(9, {.label = "x", .x = {1}, .y = {1}});
  const std::vector<WrongCall> calls = {
      {CALL(heat_map(list)),
       "heat_map: the values must have two axes and hold numbers, got the shape (3)."},
      {CALL(heat_map(none)),
       "heat_map: the values must have two axes and hold numbers, got the shape (0, 2)."},
      {CALL(heat_map(values, {.columns = {"a", "b"}})),
       "heat_map: column labels must be 3 or none, got 2."},
      {CALL(heat_map(values, {.rows = {"a"}})), "heat_map: row labels must be 2 or none, got 1."},
      {CALL(heat_map(values, {.low = 1, .high = 0})),
       "heat_map: low must not be above high, got 1 and 0."},
      {CALL(heat_map(values, {.low = double(nan), .high = 0})),
       "heat_map: low must not be above high, got nan and 0."},
      {CALL(scatter(list)),
       "scatter: the points must have two axes and hold numbers, got the shape (3)."},
      {CALL(scatter(values)),
       "scatter: points must have two coordinates each, got the shape (2, 3)."},
      {CALL(scatter(holes)),
       "scatter: the points must hold finite numbers, got nan at place 1. Look at what computed "
       "it."},
      {CALL(scatter(points, {.links = {{0, 3}}})),
       "scatter: links must join points from 0 to 2, got 0 - 3."},
      {CALL(scatter(points, {.labels = {"a"}})),
       "scatter: labels, categories and values must be 3 or none, got 1, 0 and 0."},
      {CALL(scatter(points, {.categories = {1, 2}})),
       "scatter: labels, categories and values must be 3 or none, got 0, 2 and 0."},
      {CALL(scatter(points, {.categories = {1, 2, 3}, .values = {1, 2, 3}})),
       "scatter: a point's colour must come from categories or from values, got both. Leave one "
       "empty."},
      {CALL(curves({})), "curves: at least one curve is needed, got none."},
      {CALL(curves({{.label = "a", .x = {1, 2}, .y = {1}}})),
       "curves: 'a' must have as many x as y, got 2 and 1."},
      {CALL(curves(nine)), "curves: at most 8 can be told apart, got 9. Make some of them quiet."},
      {CALL(curves({{.label = "a", .x = {1}, .y = {1}}}, {.y_low = 2, .y_high = 1})),
       "curves: y_low must not be above y_high, got 2 and 1."},
      {CALL(curves({{.label = "a", .x = {1}, .y = {1}}}, {.log_y = true, .y_low = 0, .y_high = 1})),
       "curves: y_low must be above 0 on a logarithmic axis, got 0."},
      {CALL(bars({})), "bars: at least one bar is needed, got none."},
      {CALL(bars({{.label = "a", .value = double(nan)}})),
       "bars: values must be finite, got nan for 'a'."},
      {CALL(bars({{.label = "a", .value = 1}}, {.low = 1, .high = -1})),
       "bars: low must not be above high, got 1 and -1."},
      {CALL(side_by_side({})), "side_by_side: at least one picture is needed, got none."},
      {CALL(side_by_side({text, text}, {"one"})), "side_by_side: titles must be 2 or none, got 1."},
      {CALL(side_by_side({text}, {"one"})),
       "side_by_side: a picture must begin with '<svg ', got 'no picture'."},
      {CALL(terminal_heat_map(list)),
       "terminal_heat_map: the values must have two axes and hold numbers, got the shape (3)."},
      {CALL(terminal_heat_map(values, Palette::diverging, 0, 0, 0)),
       "terminal_heat_map: at least one column is needed, got 0."},
      {CALL(terminal_heat_map(values, Palette::diverging, 2, 1)),
       "terminal_heat_map: low must not be above high, got 2 and 1."},
      {CALL(save(text, "/dev/null/picture.svg")),
       "save: /dev/null/picture.svg must be writable, got 'Not a directory'. Choose another "
       "folder."},
      {CALL(save_text("text", "/dev/null/folder/text")),
       "save: /dev/null/folder/text must be writable, got 'Not a directory'. Choose another "
       "folder.",
       "save"},
      {CALL(Film(0)), "Film: at least 1 step and 2 frames, got 0 and 8."},
      {CALL(Film(3, 1)), "Film: at least 1 step and 2 frames, got 3 and 1."},
      {CALL(Film_unseen.picture([](const Tensor& table) { return heat_map(table); })),
       "Film: at least one table, got none. Call see at every step."},
  };
  expect_refused(calls, bits_of(values, points, list, none, holes));
}

}  // namespace locus
