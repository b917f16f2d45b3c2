// The rules of style that a machine can check. Each is a function from text to a list of problems, seen
// to fail on sabotaged text first and then run on the sources.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace {

using Problems = std::vector<std::string>;

struct Source {
  std::string path;  // from the root, such as "tensor/math.h"
  std::string text;
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string place(const Source& source, std::size_t line) {
  return source.path + ":" + std::to_string(line + 1);
}

bool is_in(const std::string& path, const std::string& folder) {
  return path.rfind(folder + "/", 0) == 0;
}

// --- includes point downward -----------------------------------------------------------------------

// What each folder, or file, may include beside itself. The longest name that fits a path counts.
//   kernels <- tensor <- autograd <- nn <- nn/optim <- nn/io <- examples,  tensor <- nn/inspect, nn/plot
const std::vector<std::pair<std::string, std::set<std::string>>> may_include = {
    {"tensor/kernels", {"tensor/real.h", "tensor/adam_step.h", "tensor/check.h"}},
    {"tensor/real.h", {}},
    {"tensor/adam_step.h", {"tensor/real.h"}},
    {"tensor/check.h", {}},
    {"tensor", {"tensor/kernels", "tensor/real.h", "tensor/adam_step.h", "tensor/check.h"}},
    {"autograd", {"tensor"}},
    {"nn", {"tensor", "autograd", "nn/grid.h"}},
    {"nn/locus.h", {"tensor", "autograd", "nn", "nn/optim", "nn/io", "nn/inspect", "nn/plot"}},
    {"nn/grid.h", {"tensor"}},
    {"nn/check_matrix.h", {"tensor"}},
    {"nn/optim", {"tensor", "autograd", "nn"}},
    {"nn/text", {}},
    {"nn/io", {"tensor", "autograd", "nn", "nn/grid.h", "nn/optim", "nn/text"}},
    {"nn/inspect", {"tensor", "nn/grid.h", "nn/check_matrix.h"}},
    {"nn/plot", {"tensor", "nn/grid.h", "nn/check_matrix.h", "nn/text"}},
    {"examples",
     {"nn/grid.h", "tensor", "autograd", "nn", "nn/optim", "nn/io", "nn/inspect", "nn/plot",
      "nn/text"}},
};

// The entry of may_include that a path belongs to; empty where there is none.
std::string room_of(const std::string& path) {
  std::string room;
  for (const auto& [name, others] : may_include) {
    if ((path == name || is_in(path, name)) && name.size() > room.size()) room = name;
  }
  return room;
}

bool may(const std::string& from, const std::string& to) {
  if (from == to) return true;
  for (const auto& [name, others] : may_include) {
    if (name != from) continue;
    // The few headers that kernels stand on belong to tensor as well.
    return others.contains(to) || (others.contains("tensor") && is_in(to, "tensor"));
  }
  return false;
}

// The names that a source includes, with their quotes or angle brackets.
std::vector<std::pair<std::string, std::size_t>> includes_of(const Source& source) {
  static const std::regex pattern(R"rx(^\s*#\s*include\s*([<"][^>"]+[>"]).*)rx");
  std::vector<std::pair<std::string, std::size_t>> result;
  const auto lines = lines_of(source.text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::smatch match;
    if (std::regex_match(lines[i], match, pattern)) result.emplace_back(match[1], i);
  }
  return result;
}

Problems includes_that_point_upward(const Source& source) {
  Problems problems;
  for (const auto& [name, line] : includes_of(source)) {
    if (name[0] != '"') continue;
    const std::string path = name.substr(1, name.size() - 2);
    if (room_of(path).empty()) {
      problems.push_back(place(source, line) + ": " + name + " is no path from the root");
    } else if (!may(room_of(source.path), room_of(path))) {
      problems.push_back(place(source, line) + ": " + name + " is a layer above");
    }
  }
  return problems;
}

// Files compiled for wide instruction sets must not bring in inline functions of the standard library.
Problems includes_forbidden_in_kernels(const Source& source) {
  Problems problems;
  if (!is_in(source.path, "tensor/kernels") || source.path == "tensor/kernels/choose.cpp")
    return problems;
  for (const auto& [name, line] : includes_of(source)) {
    const bool plain = name == "\"tensor/real.h\"" || name == "\"tensor/adam_step.h\"";
    if (!plain && name.rfind("\"tensor/kernels/", 0) != 0) {
      problems.push_back(place(source, line) + ": a kernel includes " + name);
    }
  }
  return problems;
}

// --- every op has cases of all three kinds -------------------------------------------------------

std::map<std::string, int> counts_of(const std::string& text, const std::regex& pattern) {
  std::map<std::string, int> counts;
  for (const std::string& line : lines_of(text)) {
    std::smatch match;
    if (std::regex_search(line, match, pattern)) ++counts[match[1]];
  }
  return counts;
}

// Every declaration of ops.h wants a case of its own of each kind, so an op of two forms wants two.
Problems ops_without_case(const std::string& ops, const std::string& cases) {
  static const std::regex declaration(R"rx(^(?:inline )?Variable (operator.|\w+)\()rx");
  Problems problems;
  for (const std::string kind : {"GradientCase", "RandomCase", "PrecisionCase"}) {
    std::map<std::string, int> have =
        counts_of(cases, std::regex(R"rx(^\s*)rx" + kind + R"rx(\{"([^"]+)", ")rx"));
    for (const auto& [op, count] : counts_of(ops, declaration)) {
      if (have[op] < count) {
        problems.push_back(op + ": " + std::to_string(count) + " declared, " +
                           std::to_string(have[op]) + " of " + kind);
      }
    }
  }
  return problems;
}

// --- sizes and words -----------------------------------------------------------------------------

constexpr std::size_t widest_line = 120, most_lines = 300;

Problems lines_too_wide(const Source& source) {
  Problems problems;
  const auto lines = lines_of(source.text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    // Bytes that go on with a character of UTF-8 are no columns.
    const auto columns =
        std::count_if(lines[i].begin(), lines[i].end(), [](char c) { return (c & 0xC0) != 0x80; });
    if (std::size_t(columns) > widest_line)
      problems.push_back(place(source, i) + ": " + std::to_string(columns) + " columns");
  }
  return problems;
}

Problems too_many_lines(const Source& source) {
  const std::size_t lines = lines_of(source.text).size();
  return lines > most_lines ? Problems{source.path + ": " + std::to_string(lines) + " lines"}
                            : Problems{};
}

Problems unfinished_work(const Source& source) {
  Problems problems;
  const auto lines = lines_of(source.text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    for (const std::string word : {"TO"
                                   "DO",
                                   "FIX"
                                   "ME",
                                   "XX"
                                   "X"}) {
      if (lines[i].find(word) != std::string::npos)
        problems.push_back(place(source, i) + ": " + word);
    }
  }
  return problems;
}

Problems headers_without_pragma_once(const Source& source) {
  const bool header = source.path.size() > 2 && source.path.substr(source.path.size() - 2) == ".h";
  return header && source.text.find("#pragma once") == std::string::npos ? Problems{source.path}
                                                                         : Problems{};
}

// Two types of one name in two sources are one type to the linker, which keeps one copy of their inline
// functions for both. Kernels are compiled into a namespace per instruction set and are left out.
Problems types_of_the_same_name(const std::vector<Source>& sources) {
  static const std::regex definition(
      R"rx(^(?:struct|class|enum class|union) (\w+)(?: : .*)? \{)rx");
  std::map<std::string, std::string> first;
  Problems problems;
  for (const Source& source : sources) {
    if (is_in(source.path, "tensor/kernels")) continue;
    for (const auto& [name, count] : counts_of(source.text, definition)) {
      const auto [where, is_new] = first.try_emplace(name, source.path);
      if (!is_new) problems.push_back(name + " in " + where->second + " and in " + source.path);
    }
  }
  return problems;
}

// --- the rules are seen to fail ------------------------------------------------------------------

TEST(StyleRules, AnIncludeThatPointsUpwardIsSeen) {
  EXPECT_EQ(includes_that_point_upward(
                {"tensor/a.cpp", "#include \"tensor/a.h\"\n#include \"autograd/ops.h\"\n"}),
            Problems{"tensor/a.cpp:2: \"autograd/ops.h\" is a layer above"});
  EXPECT_EQ(
      includes_that_point_upward({"tensor/kernels/a.cpp", "#include \"tensor/math.h\"\n"}).size(),
      1u);
  EXPECT_EQ(includes_that_point_upward({"autograd/a.cpp", "  #  include \"nn/linear.h\"\n"}).size(),
            1u);
  EXPECT_EQ(includes_that_point_upward({"nn/a.cpp", "#include \"examples/support/a.h\"\n"}).size(),
            1u);
  for (const char* source : {"nn/inspect/a.cpp", "nn/plot/a.cpp", "nn/text/a.h"}) {
    EXPECT_EQ(includes_that_point_upward({source, "#include \"nn/module.h\"\n"}).size(), 1u);
  }
  EXPECT_EQ(includes_that_point_upward({"nn/plot/a.h", "#include \"nn/inspect/map.h\"\n"}).size(),
            1u);
  EXPECT_EQ(includes_that_point_upward({"nn/optim/a.h", "#include \"nn/io/file.h\"\n"}).size(), 1u);
  EXPECT_EQ(includes_that_point_upward({"nn/a.cpp", "#include \"nn/optim/optimizer.h\"\n"}).size(),
            1u);
  EXPECT_EQ(includes_that_point_upward({"nn/io/a.h",
                                        "#include \"nn/optim/optimizer.h\"\n"
                                        "#include \"nn/module.h\"\n#include \"nn/text/b.h\"\n"}),
            Problems{});
  EXPECT_EQ(includes_that_point_upward({"nn/a.cpp", "#include \"linear.h\"\n"}),
            Problems{"nn/a.cpp:1: \"linear.h\" is no path from the root"});
  EXPECT_EQ(
      includes_that_point_upward(
          {"nn/a.cpp", "#include \"nn/a.h\"\n#include \"tensor/math.h\"\n#include <cmath>\n"}),
      Problems{});
}

TEST(StyleRules, AKernelThatIncludesTheStandardLibraryIsSeen) {
  EXPECT_EQ(
      includes_forbidden_in_kernels(
          {"tensor/kernels/a.cpp", "#include \"tensor/kernels/vector.h\"\n#include <cmath>\n"}),
      Problems{"tensor/kernels/a.cpp:2: a kernel includes <cmath>"});
  EXPECT_EQ(
      includes_forbidden_in_kernels({"tensor/kernels/a.h", "#include \"tensor/check.h\"\n"}).size(),
      1u);
  EXPECT_EQ(includes_forbidden_in_kernels({"tensor/kernels/choose.cpp", "#include <cstdlib>\n"}),
            Problems{});
}

TEST(StyleRules, AnOpWithoutCaseIsSeen) {
  const std::string ops =
      "Variable exp(const Variable& x);\nVariable log(const Variable& x);\n"
      "Variable operator-(const Variable& a);\ninline Variable operator-(real a, const Variable& "
      "b) {\n";
  const auto cases = [](const std::string& kind) {
    return "    " + kind + "{\"exp\", \"a matrix\", ...\n    " + kind +
           "{\"operator-\", \"negated\", ...\n";
  };
  const std::string all = cases("GradientCase") + cases("PrecisionCase") + cases("RandomCase");
  EXPECT_EQ(ops_without_case(ops, all).size(), 6u);
  const std::string more =
      "    GradientCase{\"log\", \"...\n    PrecisionCase{\"log\", \"...\n"
      "    GradientCase{\"operator-\", \"two\", ...\n"
      "    PrecisionCase{\"operator-\", \"two\", ...\n";
  EXPECT_EQ(
      ops_without_case(ops, all + more),
      (Problems{"log: 1 declared, 0 of RandomCase", "operator-: 2 declared, 1 of RandomCase"}));
}

TEST(StyleRules, SizesAndUnfinishedWorkAreSeen) {
  EXPECT_EQ(lines_too_wide({"a.h", "\n" + std::string(121, 'x') + "\n"}),
            Problems{"a.h:2: 121 columns"});
  std::string wide;
  for (int i = 0; i < 120; ++i) wide += "√";
  EXPECT_EQ(lines_too_wide({"a.h", wide}), Problems{});
  EXPECT_EQ(too_many_lines({"a.h", std::string(301, '\n')}), Problems{"a.h: 301 lines"});
  EXPECT_EQ(too_many_lines({"a.h", std::string(300, '\n')}), Problems{});
  EXPECT_EQ(unfinished_work({"a.h",
                             "int x;  // TO"
                             "DO: more\n"}),
            Problems{"a.h:1: TO"
                     "DO"});
  EXPECT_EQ(headers_without_pragma_once({"a.h", "int x;\n"}), Problems{"a.h"});
  EXPECT_EQ(headers_without_pragma_once({"a.cpp", "int x;\n"}), Problems{});
}

TEST(StyleRules, TwoTypesOfOneNameAreSeen) {
  EXPECT_EQ(types_of_the_same_name({{"a.cpp", "struct Heads {\n};\nstruct Forward;\n"},
                                    {"b.cpp", "class Heads {\n};\nstruct Forward {\n"}}),
            Problems{"Heads in a.cpp and in b.cpp"});
}

// --- the sources ---------------------------------------------------------------------------------

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

const std::filesystem::path root = LOCUS_SOURCE_DIR;

std::vector<Source> sources_in(const std::vector<std::string>& folders) {
  std::vector<Source> sources;
  for (const std::string& folder : folders) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      const auto extension = entry.path().extension();
      if (extension != ".h" && extension != ".cpp") continue;
      sources.push_back(
          {std::filesystem::relative(entry.path(), root).generic_string(), read(entry.path())});
    }
  }
  std::sort(sources.begin(), sources.end(),
            [](const Source& a, const Source& b) { return a.path < b.path; });
  return sources;
}

template <class Rule>
void expect_no_problems(const std::vector<std::string>& folders, Rule rule) {
  const std::vector<Source> sources = sources_in(folders);
  EXPECT_GT(sources.size(), 10u);
  for (const Source& source : sources) {
    for (const std::string& problem : rule(source)) ADD_FAILURE() << problem;
  }
}

TEST(Style, IncludesPointDownward) {
  expect_no_problems({"tensor", "autograd", "nn", "examples"}, includes_that_point_upward);
}

TEST(Style, KernelsIncludeNothingOfTheStandardLibrary) {
  expect_no_problems({"tensor"}, includes_forbidden_in_kernels);
}

TEST(Style, EveryOpHasCasesOfAllThreeKinds) {
  const std::string ops = read(root / "autograd/ops.h");
  EXPECT_NE(ops.find("Variable softmax("), std::string::npos);
  std::string cases;
  for (const Source& source : sources_in({"tests/op_cases"})) cases += source.text;
  for (const std::string& problem : ops_without_case(ops, cases)) ADD_FAILURE() << problem;
}

TEST(Style, LinesAreAtMost120ColumnsWide) {
  expect_no_problems({"tensor", "autograd", "nn", "examples", "tests"}, lines_too_wide);
}

TEST(Style, FilesAreAtMost300LinesLong) {
  expect_no_problems({"tensor", "autograd", "nn"}, too_many_lines);
}

TEST(Style, ExamplesAreAtMost150LinesLong) {
  int examples = 0;
  for (const Source& source : sources_in({"examples"})) {
    if (is_in(source.path, "examples/support")) continue;
    EXPECT_LE(lines_of(source.text).size(), 150u) << source.path;
    ++examples;
  }
  EXPECT_GE(examples, 8);
}

TEST(Style, NothingIsLeftUnfinished) {
  expect_no_problems({"tensor", "autograd", "nn", "examples", "tests"}, unfinished_work);
}

TEST(Style, HeadersAreIncludedOnce) {
  expect_no_problems({"tensor", "autograd", "nn", "examples", "tests"},
                     headers_without_pragma_once);
}

TEST(Style, NoTwoSourcesDefineTypesOfTheSameName) {
  for (const std::string& problem : types_of_the_same_name(sources_in(
           {"tensor", "autograd", "nn", "tests/unit", "tests/gradients", "tests/properties"}))) {
    ADD_FAILURE() << problem;
  }
}

}  // namespace
