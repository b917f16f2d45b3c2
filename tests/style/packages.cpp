// .ci/packages is the only list of packages: scripts, workflow and dev container install from it.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace packages_test {
namespace {

using Words = std::vector<std::string>;

const std::filesystem::path top = LOCUS_SOURCE_DIR;

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Groups and packages, the first two words of each line of the list.
std::set<std::string> names_in(const std::string& list) {
  std::set<std::string> names;
  std::istringstream lines(list);
  for (std::string line, group, package; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream(line) >> group >> package;
    names.insert({group, package});
  }
  return names;
}

// The lines of a script that install by themselves; .ci/setup.sh alone may.
Words lines_that_install(const std::string& text) {
  static const std::regex installer(
      R"rx(\b(apt|apt-get|aptitude|dnf|brew|pip3?|conda) (-\S+ )*(install|update)\b)rx");
  Words found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::string code = line.substr(0, line.find('#'));
    if (std::regex_search(code, installer) && code.find("echo") == std::string::npos)
      found.push_back(line);
  }
  return found;
}

// What a script installs by name, with need, needs or .ci/install, and the list does not have.
Words names_not_in(const std::set<std::string>& list, const std::string& text) {
  static const std::regex call(
      R"rx((?:^ *|[;&|)!] *|/)(?:needs?|install) ((?:[a-z][a-z0-9+.-]+ ?)+))rx");
  Words missing;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::string code = line.substr(0, line.find('#'));
    std::smatch match;
    if (code.find("echo") != std::string::npos || !std::regex_search(code, match, call)) continue;
    std::istringstream words(match[1]);
    for (std::string word; words >> word;) {
      if (!list.contains(word)) missing.push_back(word);
    }
  }
  return missing;
}

bool is_step_of(const std::string& workflow, const std::string& command) {
  return std::regex_search(workflow, std::regex("\n *- run: " + command + "\n"));
}

TEST(Packages, AScriptThatInstallsByItselfIsSeen) {
  EXPECT_EQ(lines_that_install("RUN apt-get -qq install -y gdb\n"),
            Words{"RUN apt-get -qq install -y gdb"});
  EXPECT_EQ(lines_that_install("  - run: sudo apt-get update\n"),
            Words{"  - run: sudo apt-get update"});
  EXPECT_EQ(lines_that_install("x\n# pip install numpy\n").size(), 0u);
}

TEST(Packages, ANameThatTheListLacksIsSeen) {
  const std::set<std::string> list = names_in("# a b\n\nbuild g++ c++\nci gdb gdb\n");
  EXPECT_EQ(list, (std::set<std::string>{"build", "g++", "ci", "gdb"}));
  EXPECT_EQ(names_not_in(list, "need build || exit 1\n  needs valgrind\n"), Words{"valgrind"});
  EXPECT_EQ(names_not_in(list, "RUN /opt/.ci/install build g++ tests\n"), Words{"tests"});
}

TEST(Packages, AWorkflowWithoutTheStepIsSeen) {
  EXPECT_TRUE(is_step_of("steps:\n  - run: .ci/run\n", "\\.ci/run"));
  EXPECT_FALSE(is_step_of("steps:\n  - run: .ci/run || true\n", "\\.ci/run"));
  EXPECT_FALSE(is_step_of("steps:\n  # - run: .ci/run\n", "\\.ci/run"));
}

TEST(Packages, EverythingInstallsFromTheList) {
  const std::set<std::string> list = names_in(text_of(top / ".ci/packages"));
  EXPECT_GT(list.size(), 20u);
  for (const char* path :
       {".github/workflows/ci.yml", ".devcontainer/Dockerfile", ".devcontainer/devcontainer.json",
        ".ci/run", ".ci/install", "tests/run", "tests/thorough", "tests/coverage", "tests/bare/run",
        "tests/bench/run", "tests/fuzz/run", "examples/run", "notebooks/run"}) {
    const std::string text = text_of(top / path);
    EXPECT_FALSE(text.empty()) << path;
    EXPECT_EQ(lines_that_install(text), Words{}) << path;
    EXPECT_EQ(names_not_in(list, text), Words{}) << path;
  }
}

TEST(Packages, TheWorkflowRunsWhatTheDevContainerHasThePackagesOf) {
  EXPECT_TRUE(is_step_of(text_of(top / ".github/workflows/ci.yml"), "\\.ci/run"));
  EXPECT_TRUE(std::regex_search(text_of(top / ".devcontainer/Dockerfile"),
                                std::regex(R"rx(\nRUN \S*/\.ci/install build tests ci )rx")));
  EXPECT_NE(text_of(top / ".devcontainer/devcontainer.json").find("\"Dockerfile\""),
            std::string::npos);
}

}  // namespace
}  // namespace packages_test
