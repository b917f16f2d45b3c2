#include "examples/support/text.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "nn/text/characters.h"

namespace locus::course {

// The code points of UTF-8 text. Throws at the first byte that does not belong; a zero does not.
static std::u32string decoded(std::string_view text, const std::string& name) {
  std::u32string result;
  for (std::size_t i = 0; i < text.size();) {
    const Character c = character_at(text, i);
    check(c.code != 0 && c.code != no_character,
          "text: '{}' must be UTF-8 text, got the byte {:#04x} at place {}. Leave the file out.",
          name, text[i] & 0xFF, i);
    result += c.code;
    i += c.size;
  }
  return result;
}

static std::string encoded(char32_t c) {
  const auto follow = [](char32_t bits) { return char(0x80 | (bits & 0x3F)); };
  if (c < 0x80) return {char(c)};
  if (c < 0x800) return {char(0xC0 | c >> 6), follow(c)};
  if (c < 0x10000) return {char(0xE0 | c >> 12), follow(c >> 6), follow(c)};
  return {char(0xF0 | c >> 18), follow(c >> 12), follow(c >> 6), follow(c)};
}

static std::u32string read(const std::string& path) {
  check(!std::filesystem::is_directory(path),
        "text: '{}' must be a file, got a folder. Name its files.", path);
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  check(file.good(), "text: '{}' must be readable, got: {}. Check the path after --text.", path,
        std::strerror(errno));
  std::stringstream content;
  content << file.rdbuf();
  check(!content.str().empty(),
        "text: '{}' must hold characters, got an empty file. Leave it out or name another.", path);
  return decoded(content.str(), path);
}

Text::Text(const std::vector<std::string>& paths, std::size_t shortest) {
  std::u32string training, held_out;
  for (std::size_t i = 0; i < paths.size(); ++i)
    (i % 8 == 2 ? held_out : training) += read(paths[i]);
  if (held_out.empty()) {
    const std::size_t cut = training.size() - training.size() / 10;
    held_out = training.substr(cut);
    training.resize(cut);
  }
  check(std::min(training.size(), held_out.size()) > shortest,
        "text: more than {} characters to train on and as many held out, got {} and {}. {}",
        shortest, training.size(), held_out.size(), "Give more text.");
  const std::set<char32_t> seen(training.begin(), training.end());
  characters_.assign(seen.begin(), seen.end());
  for (const char32_t c : training) training_.push_back(id(c));
  for (const char32_t c : held_out) held_out_.push_back(id(c));
}

Index Text::id(char32_t character) const {
  const auto place = std::lower_bound(characters_.begin(), characters_.end(), character);
  return place != characters_.end() && *place == character ? place - characters_.begin() + 1 : 0;
}

Indices Text::ids(std::string_view text) const {
  const std::u32string characters = decoded(text, "prompt");
  Indices result(Shape{Index(characters.size())});
  for (std::size_t i = 0; i < characters.size(); ++i) result[Index(i)] = id(characters[i]);
  return result;
}

std::string Text::text(const Indices& ids) const {
  std::string result;
  for (const Index id : ids) result += id == 0 ? "?" : encoded(characters_[std::size_t(id - 1)]);
  return result;
}

Text::Window Text::windows(const std::vector<Index>& from, Index batch, Index length,
                           Rng& rng) const {
  Window window{Indices({batch, length}), Indices({batch, length})};
  for (Index row = 0; row < batch; ++row) {
    const Index first = rng.below(Index(from.size()) - length);
    for (Index t = 0; t < length; ++t) {
      window.ids[row * length + t] = from[std::size_t(first + t)];
      window.next[row * length + t] = from[std::size_t(first + t + 1)];
    }
  }
  return window;
}

Text::Window Text::draw(Index batch, Index length, Rng& rng) const {
  return windows(training_, batch, length, rng);
}
Text::Window Text::draw_held_out(Index batch, Index length, Rng& rng) const {
  return windows(held_out_, batch, length, rng);
}

std::vector<std::string> licences(const std::string& folder) {
  std::vector<std::string> paths;
  for (const char* name : {"GPL-3", "GFDL-1.3", "MPL-2.0", "LGPL-2.1", "Apache-2.0", "Artistic"}) {
    paths.push_back(folder + "/" + name);
    check(std::filesystem::exists(paths.back()),
          "licences: cannot open {}: no such file. Debian and Ubuntu have it in the package "
          "base-files; --text FILE... reads other text.",
          paths.back());
  }
  return paths;
}

}  // namespace locus::course
