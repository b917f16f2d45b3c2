// Byte-level byte-pair encoding as GPT-2 has it: text to token ids and back, without a loss for any
// bytes. The vocabulary is the user's; none comes with the library.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tensor/indices.h"

namespace locus {

class Tokenizer {
 public:
  // From the text of vocab.json, {"token": id, ...}, and of merges.txt, a line per pair of tokens
  // that become one, the first learned first. The names stand in messages.
  // Throws in one line unless the ids are 0 .. n - 1, the tokens are written in GPT-2's characters
  // for bytes, every single byte is a token, and so is whatever a line of merges joins and makes.
  Tokenizer(const std::string& vocab, const std::string& merges,
            const std::string& vocab_name = "vocab.json",
            const std::string& merges_name = "merges.txt");

  // Cut into pieces (next_piece), each piece into bytes, then pairs are joined, the earliest line of
  // merges first, until no line fits. Bytes that are not UTF-8 count as characters of their own. A
  // special token such as <|endoftext|> is not looked for in the text: id() has it.       -> (count)
  // [Sennrich et al. 2016; Radford et al. 2019, section 2.2]
  Indices encode(std::string_view text) const;
  std::string decode(const Indices& ids) const;  // throws for an id out of range

  Index vocab_size() const { return Index(bytes_.size()); }
  Index id(const std::string& token) const;  // of its bytes, unjoined;  throws when there is none

 private:
  void read_vocab(const std::string& text, const std::string& name);
  void read_merges(const std::string& text, const std::string& name);

  struct Merge {
    Index rank, joined;
  };
  std::vector<std::string> bytes_;  // of token i
  std::unordered_map<std::string, Index> ids_;
  std::array<Index, 256> single_;                    // the id of each byte
  std::unordered_map<std::uint64_t, Merge> merges_;  // of a pair of ids
};

// From files, such as those published beside a model's weights. Throws when one cannot be read.
Tokenizer load_tokenizer(const std::string& vocab_path, const std::string& merges_path);

// Where the piece of text that begins at `begin` ends. Tokens never reach across pieces, which are
// what this pattern finds, its first alternative that fits:                  [Radford et al. 2019]
//   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
std::size_t next_piece(std::string_view text, std::size_t begin);

}  // namespace locus
