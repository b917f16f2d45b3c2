// The worst errors of all gradient checks, printed when the tests are done. tests/run --errors shows them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "autograd/gradient_check.h"
#include "tensor/check.h"

namespace locus {

class ErrorTable : public testing::Environment {
 public:
  explicit ErrorTable(std::string of_what) : of_what_(std::move(of_what)) {}

  // Of one case of a row, once and twice differentiated. Rows come in the order of their first case.
  void keep_first(const std::string& row, const GradientReport& report) {
    ++at(row).cases;
    keep(at(row).first, report);
  }
  void keep_second(const std::string& row, const GradientReport& report) {
    keep(at(row).second, report);
  }

  void TearDown() override {
    if (rows_.empty()) return;
    const auto line = [](const Row& row) {
      // The case, without the name of its row.
      std::string about = row.first.name.substr(std::min(row.first.name.size(), row.name.size()));
      fmt::print("{:24}{:6}{:12.1e}{:12.1e}  {}\n", row.name, row.cases, row.first.worst,
                 row.second.worst, about);
    };
    fmt::print("{:24}{:>6}{:>12}{:>12}  worst first derivative in\n", of_what_, "cases", "first",
               "second");
    Row all{.name = "all"};
    for (const Row& row : rows_) {
      line(row);
      all.cases += row.cases;
      keep(all.first, row.first), keep(all.second, row.second);
    }
    all.first.name.insert(0, "all ");
    line(all);
  }

 private:
  struct Row {
    std::string name;
    int cases = 0;
    GradientReport first = {}, second = {};
  };

  static void keep(GradientReport& worst, const GradientReport& report) {
    if (report.worst >= worst.worst) worst = report;
  }
  Row& at(const std::string& name) {
    const auto found =
        std::find_if(rows_.begin(), rows_.end(), [&](const Row& row) { return row.name == name; });
    return found != rows_.end() ? *found : rows_.emplace_back(Row{.name = name});
  }

  std::string of_what_;
  std::vector<Row> rows_;
};

}  // namespace locus
