// The README agrees with the sources: its programs are those of tests/package/readme, its line counts
// are those of the files, every example has a row in its table,
// and the page about C++ quotes lines that are there.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <regex>
#include <string>

namespace {

const std::filesystem::path top = LOCUS_SOURCE_DIR;

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The text between two marks, without the marks.
std::string between(const std::string& text, const std::string& first, const std::string& last) {
  const auto begin = text.find(first);
  const auto end = text.find(last, begin + first.size());
  if (begin == std::string::npos || end == std::string::npos) return "";
  return text.substr(begin + first.size(), end - begin - first.size());
}

// tests/package/installs builds and runs them.
TEST(Readme, ItsProgramsAreThoseThatAreTested) {
  const std::string readme = text_of(top / "README.md");
  int programs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(top / "tests/package/readme")) {
    if (entry.path().filename() == ".clang-format") continue;
    EXPECT_NE(readme.find("\n" + text_of(entry.path()) + "```\n"), std::string::npos)
        << entry.path().filename() << " is not a block of the README";
    ++programs;
  }
  EXPECT_EQ(programs, 5);
}

// Rows such as | `tensor/math.h` | 130 | ... |, rounded to tens.
TEST(Readme, ItsLineCountsAreThoseOfTheFiles) {
  const std::string readme = text_of(top / "README.md");
  const std::regex row(R"(\| `([a-z_/.]+)` \| (\d+) \|)");
  int rows = 0;
  for (std::sregex_iterator match(readme.begin(), readme.end(), row), end; match != end; ++match) {
    const std::string file = text_of(top / (*match)[1].str());
    const auto lines = std::count(file.begin(), file.end(), '\n');
    EXPECT_LE(std::abs(double(lines) - std::stod((*match)[2])), 10)
        << (*match)[1] << " has " << lines << " lines";
    ++rows;
  }
  EXPECT_GE(rows, 10);
}

TEST(Readme, ItsTableHasEveryExample) {
  const std::string table =
      between(text_of(top / "README.md"), "<!-- examples: begin -->", "<!-- examples: end -->");
  for (const auto& entry : std::filesystem::directory_iterator(top / "examples")) {
    if (entry.path().extension() != ".cpp") continue;
    EXPECT_NE(table.find("`" + entry.path().stem().string() + "`"), std::string::npos)
        << entry.path().stem() << " has no row";
  }
}

// From `examples/05_embedding.cpp`: and then a block of lines that stand in that file.
TEST(Readme, TheLinesThatExplainTheCppAreInTheSources) {
  const std::string page = text_of(top / "examples/CPP.md");
  const std::regex block(R"(From\s+`([^`]+)`:\n\n```cpp\n([^`]+)\n```)");
  int blocks = 0;
  for (std::sregex_iterator match(page.begin(), page.end(), block), end; match != end; ++match) {
    const std::string file = text_of(top / (*match)[1].str());
    EXPECT_NE(file.find((*match)[2].str()), std::string::npos)
        << (*match)[1] << " has no line " << (*match)[2];
    ++blocks;
  }
  EXPECT_GE(blocks, 15);
}

}  // namespace
