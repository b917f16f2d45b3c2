#!/usr/bin/env python3
"""Writes letters.h: which characters are letters, numbers and spaces, by Python's unicodedata.

    python3 letters.py > letters.h
"""
import sys
import unicodedata

# What Unicode's file PropList.txt lists as White_Space; unicodedata does not know that property.
SPACES = [*range(0x9, 0xE), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F,
          0x205F, 0x3000]


def ranges(characters):
    """[1, 2, 3, 7] -> [[1, 3], [7, 7]]"""
    found = []
    for c in characters:
        if found and c == found[-1][1] + 1:
            found[-1][1] = c
        else:
            found.append([c, c])
    return found


def table(name, characters):
    print(f"inline constexpr CharacterRange {name}[] = {{")
    line = "   "
    for first, last in ranges(characters):
        entry = f" {{0x{first:x}, 0x{last:x}}},"
        if len(line) + len(entry) > 118:
            print(line)
            line = "   "
        line += entry
    print(line + "\n};\n")


def of_category(letter):
    return [c for c in range(sys.maxunicode + 1) if unicodedata.category(chr(c))[0] == letter]


print(f"""\
// Letters, numbers and spaces of Unicode {unicodedata.unidata_version}, as ranges in order. Written by letters.py.
// clang-format off
#pragma once

namespace locus::unicode {{

struct CharacterRange {{
  char32_t first, last;
}};
""")
table("letters", of_category("L"))
table("numbers", of_category("N"))
table("spaces", SPACES)
print("}  // namespace locus::unicode")
