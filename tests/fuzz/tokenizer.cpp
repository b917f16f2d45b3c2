// The reader of vocabularies: what breaks one of its rules is refused in one line. What does not
// cuts a text as the published pattern says, joins as strings are joined, and gives every byte back.
#include "nn/io/tokenizer.h"

#include <algorithm>
#include <array>
#include <map>
#include <regex>
#include <set>

#include "tensor/check.h"
#include "tests/fuzz/bytes.h"

namespace locus::fuzz {
namespace {

// What the two files say, with tokens as their bytes.
struct Said {
  std::map<std::string, std::string> ids;  // as vocab.json writes them: some are no ids
  std::vector<std::pair<std::string, std::string>> merges;
};

// --- the naive side ------------------------------------------------------------------------------

bool allowed(const Said& said) {
  std::set<std::string> ids;
  for (const auto& [token, id] : said.ids) ids.insert(id);
  for (std::size_t i = 0; i < said.ids.size(); ++i)
    if (!ids.contains(std::to_string(i))) return false;
  for (int byte = 0; byte < 256; ++byte)
    if (!said.ids.contains(std::string(1, char(byte)))) return false;
  return std::all_of(said.merges.begin(), said.merges.end(), [&](const auto& pair) {
    return said.ids.contains(pair.first) && said.ids.contains(pair.second) &&
           said.ids.contains(pair.first + pair.second);
  });
}

// The pattern as published, of which std::regex has all but Unicode.
std::vector<std::string> pieces(const std::string& ascii) {
  static const std::regex pattern(
      "'s|'t|'re|'ve|'m|'ll|'d| ?[A-Za-z]+| ?[0-9]+| ?[^\\sA-Za-z0-9]+|\\s+(?!\\S)|\\s+");
  std::vector<std::string> found;
  for (std::sregex_iterator at(ascii.begin(), ascii.end(), pattern), end; at != end; ++at)
    found.push_back(at->str());
  return found;
}

// The earliest line of merges that fits joins all its pairs, until none fits.
std::vector<std::string> joined(const std::string& piece, const Said& said) {
  std::vector<std::string> parts;
  for (const char byte : piece) parts.emplace_back(1, byte);
  const auto rank = [&](std::size_t i) {  // of a pair that stands twice, the last
    const auto found =
        std::find(said.merges.rbegin(), said.merges.rend(), std::pair(parts[i], parts[i + 1]));
    return said.merges.rend() - found;
  };
  while (true) {
    std::size_t first = 0;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i)
      if (rank(i) > 0 && (rank(first) == 0 || rank(i) < rank(first))) first = i;
    if (parts.size() < 2 || rank(first) == 0) return parts;
    const auto [left, right] = said.merges[std::size_t(rank(first) - 1)];
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
      if (parts[i] != left || parts[i + 1] != right) continue;
      parts[i] += right;
      parts.erase(parts.begin() + std::ptrdiff_t(i) + 1);
    }
  }
}

// --- the files -----------------------------------------------------------------------------------

// A byte as the files write it: one that can be seen is itself, the others count from 256 on.
std::array<std::string, 256> written_bytes() {
  std::array<std::string, 256> all;
  int next = 256;
  for (int byte = 0; byte < 256; ++byte) {
    const bool seen = (byte > 32 && byte < 127) || (byte > 160 && byte != 173);
    const int character = seen ? byte : next++;
    if (character < 0x80)
      all[std::size_t(byte)] = char(character);
    else
      all[std::size_t(byte)] = {char(0xC0 | character >> 6), char(0x80 | (character & 0x3F))};
  }
  return all;
}

std::string written(const std::string& token) {
  static const std::array<std::string, 256> bytes = written_bytes();
  std::string text;
  for (const char byte : token) text += bytes[std::size_t(byte & 0xFF)];
  return text;
}

std::string vocab_text(const Said& said) {
  std::string text;
  for (const auto& [token, id] : said.ids) {
    std::string name = written(token);
    if (name == "\"" || name == "\\") name.insert(0, "\\");
    text += fmt::format("{}\"{}\":{}", text.empty() ? '{' : ',', name, id);
  }
  return text + '}';
}

std::string merges_text(const Said& said, bool with_version) {
  std::string text = with_version ? "#version: 0.2\n" : "";
  for (const auto& [left, right] : said.merges)
    text += fmt::format("{} {}\n", written(left), written(right));
  return text;
}

std::string some_token(Bytes& in) {
  static constexpr std::string_view letters = "ab '1.\n\xc3\xa9";
  std::string token;
  for (int count = in.below(4); count >= 0; --count)
    token += letters[std::size_t(in.below(int(letters.size())))];
  return token;
}

Said some_files(Bytes& in) {
  Said said;
  const int shift = in.byte();
  for (int byte = 0; byte < 256; ++byte)
    said.ids[std::string(1, char(byte))] = std::to_string((byte + shift) % 256);
  for (int count = in.below(24); count > 0; --count) {
    const std::string left = some_token(in), right = some_token(in);
    if (in.below(16) != 15) {  // else a line joins what is no token
      for (const std::string& token : {left, right, left + right})
        said.ids.emplace(token, std::to_string(said.ids.size()));
    }
    said.merges.emplace_back(left, right);
  }
  static const char* const wrong[] = {
      "0",     "-1",  "-0", "1.0", "1e0", "\"1\"", "4294967296",           "null",
      "false", "[2]", "{}", "01",  "256", "1e999", "18446744073709551616", "99999"};
  const int mistake = in.below(8);
  const auto token = std::next(said.ids.begin(), in.byte());
  if (mistake == 1) token->second = wrong[in.below(int(std::size(wrong)))];
  if (mistake == 2) said.ids.erase(token);
  return said;
}

// --- reading them --------------------------------------------------------------------------------

void encode(const Tokenizer& tokenizer, const std::string& text, const Said* said) {
  const Indices ids = tokenizer.encode(text);
  if (tokenizer.decode(ids) != text) finding("a text does not come back");
  const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return c > 0; });
  if (!said || !ascii) return;
  std::vector<Index> want;
  for (const std::string& piece : pieces(text))
    for (const std::string& token : joined(piece, *said)) want.push_back(tokenizer.id(token));
  if (!std::equal(ids.begin(), ids.end(), want.begin(), want.end()))
    finding(fmt::format("{} ids of a text are not the {} that they should be", ids.size(),
                        want.size()));
}

// `said`: what the texts say; null where nobody knows.
void read(const std::string& vocab, const std::string& merges, const std::string& text,
          const Said* said) {
  try {
    const Tokenizer tokenizer(vocab, merges);
    if (said && !allowed(*said)) finding("a rule is broken, and the files were taken");
    if (said && tokenizer.vocab_size() != Index(said->ids.size())) finding("tokens were lost");
    encode(tokenizer, text, said);
  } catch (const Error& error) {
    const std::string line = error.what();
    if (said && allowed(*said)) finding(line);
    check_line(line, line.starts_with("Tokenizer: merges") ? "Tokenizer: merges.txt"
                                                           : "Tokenizer: vocab.json ");
  }
}

void files(Bytes& in) {
  const Said said = some_files(in);
  std::string vocab = vocab_text(said), merges = merges_text(said, in.flip());
  const int damage = in.below(4);  // whose outcome nobody knows
  std::string& damaged = damage == 1 ? vocab : merges;
  const bool known = damage == 0 || damage == 3 || damaged.empty();
  if (!known) {
    const std::size_t at = std::size_t(in.byte() << 8 | in.byte()) % damaged.size();
    damaged.replace(at, std::size_t(in.below(4)),
                    std::string(std::size_t(in.below(3)), char(in.byte())));
  }
  read(vocab, merges, in.rest(), known ? &said : nullptr);
}

}  // namespace
}  // namespace locus::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  locus::fuzz::Bytes in(data, size);
  if (in.below(8) == 7) {
    const std::string text = in.rest();
    locus::fuzz::read(text, text, text, nullptr);
  } else {
    locus::fuzz::files(in);
  }
  return 0;
}
