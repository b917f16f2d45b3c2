// Our tokenizer against the one that make_tokenizer.py wrote in Python, and their character classes.
#include "nn/io/tokenizer.h"

#include <fstream>
#include <sstream>

#include "nn/text/characters.h"
#include "tests/golden/golden.h"

namespace locus {

static std::string from_hexadecimal(const std::string& digits) {
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2)
    bytes += char(std::stoi(digits.substr(i, 2), nullptr, 16));
  return bytes;
}

TEST(GoldenTokenizer, ItsClassesOfCharactersAreThoseOfThePattern) {
  std::ifstream file(golden_folder + "tokens.txt");
  for (const auto kind : {CharacterKind::letter, CharacterKind::number, CharacterKind::space}) {
    Index want_count = 0, want_sum = 0, count = 0, sum = 0;
    file >> want_count >> want_sum;
    for (char32_t c = 0; c < 0x110000; ++c) {
      if (kind_of(c) == kind) ++count, sum += Index(c);
    }
    EXPECT_GT(want_count, 0);
    EXPECT_EQ(count, want_count);
    EXPECT_EQ(sum, want_sum);
  }
}

TEST(GoldenTokenizer, EveryTextGetsTheIdsOfThePlainImplementationAndComesBack) {
  const Tokenizer tokenizer =
      load_tokenizer(golden_folder + "vocab.json", golden_folder + "merges.txt");
  std::ifstream file(golden_folder + "tokens.txt");
  std::string line;
  for (int kind = 0; kind < 3; ++kind) std::getline(file, line);
  int texts = 0;
  for (; std::getline(file, line); ++texts) {
    std::istringstream words(line);
    std::string digits;
    words >> digits;
    std::vector<Index> want;
    for (Index id = 0; words >> id;) want.push_back(id);
    const std::string text = from_hexadecimal(digits);
    const Indices got = tokenizer.encode(text);
    EXPECT_EQ(numbers(got), want) << text;
    EXPECT_EQ(tokenizer.decode(got), text);
  }
  EXPECT_GT(texts, 100);
}

}  // namespace locus
