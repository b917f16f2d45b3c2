// A table of positions out of a file, with all its answers, for the parts of 20_open_a_model.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "examples/support/report.h"
#include "nn/inspect/answers.h"
#include "nn/io/pretrained.h"

namespace locus::course {

struct Opened {
  std::string label;  // of its column and its curves
  PositionTable table;
  Answers answers;
  std::optional<GridAnswers> in_grid = {};

  Opened(std::string label_, PositionTable table_)
      : label(std::move(label_)), table(std::move(table_)), answers(table.rows) {
    if (table.grid && table.grid->rows >= 2 && table.grid->columns >= 2)
      in_grid.emplace(table.rows, answers.similarity, *table.grid);
  }

  // In a grid, near is near in two directions, which the questions of a line do not ask.
  std::string verdict() const {
    if (!in_grid) return answers.verdict();
    if (std::min(in_grid->row.r_squared, in_grid->column.r_squared) < 0.5) return "random";
    return answers.norm_ratio < 1.01 ? "sinusoid" : "learned";
  }
};

// With two digits behind the point, and a minus sign as wide as a digit.
std::string number(double x);

// A question per row, a table per column, for terminal and page. The first of the tables is the one
// that was opened.
std::vector<std::vector<std::string>> answers_of(const std::vector<Opened>& tables);

// How far off a straight line's guess of the position is, of these tables and of published ones.
// [Wang & Chen 2020, "What Do Position Embeddings Learn?", table 1]
std::vector<std::vector<std::string>> errors_of(const std::vector<Opened>& tables);

// Similarity, map, profile or tiles, lengths, spectrum. `compared`: the second of the tables is from
// another file, and is drawn beside the first.
std::vector<Figure> figures_of(const std::vector<Opened>& tables, bool compared);

}  // namespace locus::course
