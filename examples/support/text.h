// Text for a language model of characters (Unicode code points): files read whole, some held out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tensor/indices.h"
#include "tensor/random.h"

namespace locus::course {

class Text {
 public:
  // Reads the files; every eighth, from the third on, is held out, or the last tenth of one file.
  // Throws when a file cannot be read, is empty or not UTF-8, or when all are below `shortest`.
  Text(const std::vector<std::string>& paths, std::size_t shortest);

  Index vocab_size() const { return Index(characters_.size()) + 1; }  // one more, for unknown ones
  Index size() const { return Index(training_.size()); }              // characters to train on
  Index held_out_size() const { return Index(held_out_.size()); }

  struct Window {
    Indices ids, next;  // (batch, length): characters, and for each the one that follows
  };
  Window draw(Index batch, Index length, Rng& rng) const;           // from the training text
  Window draw_held_out(Index batch, Index length, Rng& rng) const;  // from files never trained on

  Indices ids(std::string_view text) const;  // 0 for a character the training text does not have
  std::string text(const Indices& ids) const;

 private:
  Index id(char32_t character) const;
  Window windows(const std::vector<Index>& from, Index batch, Index length, Rng& rng) const;

  std::u32string characters_;  // id i + 1 stands for characters_[i]
  std::vector<Index> training_, held_out_;
};

// English prose: six free licences, which every Debian and Ubuntu installs with the same content.
// The third, MPL-2.0, is held out.                      Throws and names the first missing file.
std::vector<std::string> licences(const std::string& folder = "/usr/share/common-licenses");

}  // namespace locus::course
