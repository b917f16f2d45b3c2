#pragma once

namespace locus {

enum class CharacterKind { letter, number, space, other };

// letter: Unicode's categories L*; number: N*; space: its property White_Space.
CharacterKind kind_of(char32_t character);

}  // namespace locus
