// What an independent implementation computed, and the inputs that both sides compute from the same
// counter hash. A line of a file holds an entry: its name, its count of numbers, the numbers.
#pragma once

#include <fstream>
#include <map>
#include <sstream>

#include "tests/bench/gpt_model.h"
#include "tests/support.h"

namespace locus {

inline const std::string golden_folder = LOCUS_SOURCE_DIR "/tests/golden/";

class Golden {
 public:
  explicit Golden(const std::string& name) {
    const std::string path = golden_folder + name;
    std::ifstream file(path);
    EXPECT_TRUE(file.good()) << "cannot read " << path;
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      std::string entry, number;
      std::size_t count = 0;
      words >> entry >> count;
      std::vector<double>& numbers = entries_[entry];
      while (words >> number) numbers.push_back(std::stod(number));
      EXPECT_EQ(numbers.size(), count) << entry;
    }
  }

  const std::vector<double>& operator[](const std::string& name) const {
    static const std::vector<double> none;
    const auto found = entries_.find(name);
    return found == entries_.end() ? none : found->second;
  }

  void expect(const std::string& name, const Tensor& got, double tolerance = allowed) const {
    const std::vector<double>& want = (*this)[name];
    ASSERT_EQ(std::size_t(got.size()), want.size()) << name;
    double scale = 0;
    for (const double number : want) scale = std::max(scale, std::abs(number));
    for (Index i = 0; i < got.size(); ++i) {
      const double x = double(got.begin()[i]), y = want[std::size_t(i)];
      ASSERT_LE(std::abs(x - y), tolerance * scale)
          << fmt::format("{}, number {}: got {}, PyTorch says {}", name, i, x, y);
    }
  }

 private:
  std::map<std::string, std::vector<double>> entries_;
};

// Numbers in [-scale, scale) that float holds exactly.
inline Tensor hashed_tensor(std::uint64_t stream, Shape shape, real scale = 1) {
  Tensor x(shape);
  std::uint64_t counter = 1000000 * stream;
  for (real *number = x.data(), *end = number + x.size(); number != end; ++number, ++counter) {
    *number = (real(splitmix64(counter) >> 40) / (1 << 23) - 1) * scale;
  }
  return x;
}

}  // namespace locus
