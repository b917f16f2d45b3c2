// The names of the tests of an op.
#pragma once

#include <gtest/gtest.h>

#include <cctype>
#include <string>

namespace locus {

// "operator+", "same shapes" -> "add_same_shapes", since a test's name holds letters and digits alone.
template <class Case>
std::string test_name(const testing::TestParamInfo<Case>& info) {
  const std::string &op = info.param.op, &about = info.param.about;
  const std::string word = op == "operator+"   ? "add"
                           : op == "operator-" ? "subtract"
                           : op == "operator*" ? "multiply"
                           : op == "operator/" ? "divide"
                                               : op;
  std::string name = word + "_" + about;
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
}

}  // namespace locus
