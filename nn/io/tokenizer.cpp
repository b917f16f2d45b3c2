#include "nn/io/tokenizer.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "nn/io/file.h"
#include "nn/text/characters.h"
#include "tensor/check.h"

namespace locus {

// --- bytes as characters --------------------------------------------------------------------------

// The character that stands for each byte in vocab.json: itself where that can be seen, and the
// others, in order, the characters from 256 on: a space is Ġ.
static std::array<char32_t, 256> characters_of_bytes() {
  std::array<char32_t, 256> characters{};
  char32_t next = 256;
  for (char32_t b = 0; b < 256; ++b) {
    const bool seen = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
    characters[b] = seen ? b : next++;
  }
  return characters;
}

// The bytes of a token as vocab.json writes it; empty when a character stands for none.
static std::string bytes_of(const std::string& token) {
  static const auto byte_of = [] {
    std::unordered_map<char32_t, char> bytes;
    for (const char32_t character : characters_of_bytes())
      bytes.emplace(character, char(bytes.size()));
    return bytes;
  }();
  std::string bytes;
  for (std::size_t i = 0; i < token.size();) {
    const Character c = character_at(token, i);
    const auto found = byte_of.find(c.code);
    if (found == byte_of.end()) return {};
    bytes += found->second;
    i += c.size;
  }
  return bytes;
}

// --- pieces --------------------------------------------------------------------------------------

static std::size_t end_of_run(std::string_view text, std::size_t at, CharacterKind kind) {
  while (at < text.size()) {
    const Character c = character_at(text, at);
    if (kind_of(c.code) != kind) break;
    at += c.size;
  }
  return at;
}

std::size_t next_piece(std::string_view text, std::size_t begin) {
  for (const std::string_view ending : {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"}) {
    if (text.substr(begin, ending.size()) == ending) return begin + ending.size();
  }
  const bool led = text[begin] == ' ' && begin + 1 < text.size();  // the space goes with the word
  const CharacterKind kind = kind_of(character_at(text, begin + (led ? 1 : 0)).code);
  if (kind != CharacterKind::space) return end_of_run(text, begin + (led ? 1 : 0), kind);

  // Spaces: all at the end of the text; else all but the last, which may lead a word.
  std::size_t end = begin, last = begin;
  for (; end < text.size(); end += character_at(text, end).size) {
    if (kind_of(character_at(text, end).code) != CharacterKind::space) break;
    last = end;
  }
  return end == text.size() || last == begin ? end : last;
}

// --- the tokenizer -------------------------------------------------------------------------------

static std::uint64_t pair_of(Index left, Index right) {
  return std::uint64_t(left) << 32 | std::uint64_t(right);
}

Tokenizer::Tokenizer(const std::string& vocab, const std::string& merges,
                     const std::string& vocab_name, const std::string& merges_name) {
  read_vocab(vocab, vocab_name);
  read_merges(merges, merges_name);
}

void Tokenizer::read_vocab(const std::string& text, const std::string& name) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  check(json.is_object() && !json.empty(),
        "Tokenizer: {} must be a JSON object of tokens and ids, got something else. Take the "
        "vocab.json of a GPT-2.",
        name);
  bytes_.resize(json.size());
  for (const auto& [token, number] : json.items()) {
    check(number.is_number_unsigned() && number.get<std::uint64_t>() < bytes_.size(),
          "Tokenizer: {} holds {} tokens, so ids must be 0 to {}, got {} for {}.", name,
          bytes_.size(), bytes_.size() - 1, number.is_number() ? number.dump() : number.type_name(),
          locus::quoted(token));
    std::string& bytes = bytes_[number.get<std::size_t>()];
    check(bytes.empty(), "Tokenizer: {} must give every id once, got {} again for {}.", name,
          number.dump(), locus::quoted(token));
    bytes = bytes_of(token);
    check(!bytes.empty(),
          "Tokenizer: {} must write tokens in GPT-2's characters for bytes, got {} for id {}.",
          name, locus::quoted(token), number.dump());
    ids_[bytes] = number.get<Index>();
  }
  for (std::size_t b = 0; b < 256; ++b) {
    const auto found = ids_.find(std::string(1, char(b)));
    check(found != ids_.end(), "Tokenizer: {} must have a token for every byte, got none for {}.",
          name, b);
    single_[b] = found->second;
  }
}

void Tokenizer::read_merges(const std::string& text, const std::string& name) {
  std::istringstream lines(text);
  Index rank = 0, line_number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++line_number;
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty() || (line_number == 1 && line.starts_with("#version"))) continue;
    const std::size_t space = line.find(' ');
    check(space != std::string::npos && line.find(' ', space + 1) == std::string::npos,
          "Tokenizer: {}, line {}, must be two tokens with a space between, got {}. Take the "
          "merges.txt of the same GPT-2.",
          name, line_number, locus::quoted(line));
    const auto id_of = [&](const std::string& token) {
      const auto found = ids_.find(bytes_of(token));
      check(found != ids_.end(),
            "Tokenizer: {}, line {}, must join two tokens of the vocabulary to a third, got {}.",
            name, line_number, locus::quoted(line));
      return found->second;
    };
    const std::string left = line.substr(0, space), right = line.substr(space + 1);
    merges_[pair_of(id_of(left), id_of(right))] = {rank++, id_of(left + right)};
  }
}

Indices Tokenizer::encode(std::string_view text) const {
  std::vector<Index> all, piece;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = next_piece(text, begin);
    piece.clear();
    for (; begin < end; ++begin) piece.push_back(single_[static_cast<unsigned char>(text[begin])]);
    while (true) {
      constexpr Index none = std::numeric_limits<Index>::max();
      Merge first{none, 0};
      std::uint64_t pair = 0;
      for (std::size_t i = 0; i + 1 < piece.size(); ++i) {
        const auto found = merges_.find(pair_of(piece[i], piece[i + 1]));
        if (found == merges_.end() || found->second.rank >= first.rank) continue;
        first = found->second, pair = found->first;
      }
      if (first.rank == none) break;
      std::size_t kept = 0;  // every such pair becomes one, from left to right
      for (std::size_t i = 0; i < piece.size(); ++i) {
        const bool joins = i + 1 < piece.size() && pair_of(piece[i], piece[i + 1]) == pair;
        piece[kept++] = joins ? first.joined : piece[i];
        i += joins;
      }
      piece.resize(kept);
    }
    all.insert(all.end(), piece.begin(), piece.end());
  }
  const Shape shape{Index(all.size())};
  return Indices(shape, std::move(all));
}

std::string Tokenizer::decode(const Indices& ids) const {
  std::string text;
  for (const Index id : ids) {
    check(0 <= id && id < vocab_size(), "decode: ids must be from 0 to {}, got {}.",
          vocab_size() - 1, id);
    text += bytes_[std::size_t(id)];
  }
  return text;
}

Index Tokenizer::id(const std::string& token) const {
  const auto found = ids_.find(token);
  check(found != ids_.end(), "id: the vocabulary must hold the token, got '{}'.", token);
  return found->second;
}

static std::string text_of(const std::string& path) {
  const FileBytes file = map_file(path, "load_tokenizer");
  return std::string(file.bytes.get(), file.size);
}

Tokenizer load_tokenizer(const std::string& vocab_path, const std::string& merges_path) {
  const std::string vocab = text_of(vocab_path);
  return Tokenizer(vocab, text_of(merges_path), vocab_path, merges_path);
}

}  // namespace locus
