#include "nn/text/characters.h"

#include <algorithm>
#include <iterator>

#include "nn/text/letters.h"

namespace locus {

Character character_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return char32_t(static_cast<unsigned char>(text[i])); };
  const char32_t first = byte(at);
  if (first < 0x80) return {first, 1};
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + size > text.size()) return {no_character, 1};
  char32_t code = first & (0x7Fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return {no_character, 1};
    code = code << 6 | (byte(at + i) & 0x3F);
  }
  constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};  // in fewer bytes it is not UTF-8
  const bool valid = code >= least[size] && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
  return valid ? Character{code, size} : Character{no_character, 1};
}

template <class Ranges>
static bool holds(const Ranges& ranges, char32_t c) {
  const auto after = std::upper_bound(
      std::begin(ranges), std::end(ranges), c,
      [](char32_t x, const unicode::CharacterRange& range) { return x < range.first; });
  return after != std::begin(ranges) && c <= std::prev(after)->last;
}

CharacterKind kind_of(char32_t c) {
  if (holds(unicode::letters, c)) return CharacterKind::letter;
  if (holds(unicode::numbers, c)) return CharacterKind::number;
  return holds(unicode::spaces, c) ? CharacterKind::space : CharacterKind::other;
}

}  // namespace locus
