// Characters of UTF-8 text, and of what kind they are.
#pragma once

#include <cstddef>
#include <string_view>

namespace locus {

struct Character {
  char32_t code;     // no_character for a byte that is not UTF-8
  std::size_t size;  // in bytes
};
inline constexpr char32_t no_character = 0xFFFFFFFF;

// The character that begins at a byte of the text. No form but the shortest is UTF-8, and no half of
// a pair of UTF-16 is.                                                                  [RFC 3629]
Character character_at(std::string_view text, std::size_t at);

enum class CharacterKind { letter, number, space, other };

// letter: Unicode's categories L*; number: N*; space: its property White_Space.
CharacterKind kind_of(char32_t character);

}  // namespace locus
