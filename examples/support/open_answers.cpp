#include <cmath>

#include "examples/support/opened.h"

namespace locus {

using Cells = std::vector<std::string>;

std::vector<Cells> answers_of(const std::vector<Opened>& tables) {
  std::vector<Cells> rows = {{"asked of every table"}};
  for (const Opened& table : tables) rows[0].push_back(table.label);
  const auto ask = [&](const std::string& question, auto&& answer) {
    rows.push_back({question});
    for (const Opened& table : tables) rows.back().push_back(answer(table));
  };
  const auto number = [](double x) {
    return (x < 0 ? "−" : "") + fmt::format("{:.2f}", std::abs(x));
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
    ask("mean error of that, in positions",
        [&](const Opened& t) { return number(t.answers.read_off.mean_error); });
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

}  // namespace locus
