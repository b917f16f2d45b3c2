#include <cmath>

#include "examples/support/opened.h"

namespace locus::course {

using Cells = std::vector<std::string>;

std::string number(double x) {
  const std::string digits = fmt::format("{:.2f}", std::abs(x));
  return (x < 0 && digits != "0.00" ? "−" : "") + digits;
}

std::vector<Cells> answers_of(const std::vector<Opened>& tables) {
  std::vector<Cells> rows = {{"asked of every table"}};
  for (const Opened& table : tables) rows[0].push_back(table.label);
  const auto ask = [&](const std::string& question, auto&& answer) {
    rows.push_back({question});
    for (const Opened& table : tables) rows.back().push_back(answer(table));
  };
  if (tables[0].in_grid) {
    const auto of_grid = [&](const std::string& question, auto&& answer) {
      ask(question, [&](const Opened& t) {
        return t.in_grid ? number(answer(*t.in_grid)) : std::string("–");
      });
    };
    of_grid("row read off by a straight line, R²",
            [](const GridAnswers& a) { return a.row.r_squared; });
    of_grid("column read off, R²", [](const GridAnswers& a) { return a.column.r_squared; });
    of_grid("map against the grid, correlation",
            [](const GridAnswers& a) { return a.map_correlation; });
  } else {
    ask("position read off by a straight line, R²",
        [&](const Opened& t) { return number(t.answers.read_off.r_squared); });
    ask("share of similarity that is distance alone",
        [&](const Opened& t) { return number(t.answers.invariance); });
    ask("the nearer is the more alike",
        [&](const Opened& t) { return number(t.answers.monotone); });
  }
  ask("directions the vectors spread in",
      [&](const Opened& t) { return fmt::format("{:.0f}", t.answers.directions); });
  ask("longest vector / shortest", [&](const Opened& t) { return number(t.answers.norm_ratio); });
  return rows;
}

std::vector<Cells> errors_of(const std::vector<Opened>& tables) {
  struct Published {
    const char* table;
    double error;
    int digits;
  };
  static constexpr Published published[] = {
      {"sinusoid", 0, 1}, {"GPT-2", 1.03, 2}, {"RoBERTa", 6.06, 2}, {"BERT", 34.14, 2}};
  constexpr Index published_positions = 512;
  const auto row = [](const std::string& name, Index positions, double error, int digits) {
    return Cells{name, fmt::format("{:.1f} %", 100 * error / double(positions)),
                 fmt::format("{:.{}f}", error, digits), fmt::format("{}", positions)};
  };
  std::vector<Cells> rows = {
      {"a straight line's mean error", "of the table", "in positions", "rows"}};
  for (const Opened& table : tables)
    rows.push_back(
        row(table.label, table.answers.norms.size(), table.answers.read_off.mean_error, 2));
  for (const Published& p : published)
    rows.push_back(
        row(std::string("published: ") + p.table, published_positions, p.error, p.digits));
  return rows;
}

}  // namespace locus::course
