// The number type of this build. The library `locus` computes in float, `locus64` in double; both
// compile the same sources, and the build system sets LOCUS_REAL for a program that links one of them.
#pragma once

#include <cstddef>

#ifndef LOCUS_REAL
#error \
    "LOCUS_REAL is not defined. Link locus::locus (float) or locus::locus64 (double); both define it."
#endif

namespace locus {

using real = LOCUS_REAL;
using Index = std::ptrdiff_t;  // counts and places; signed, so that differences are safe

// Every file that sees `real` refers to this function, whose linker name contains the type: a file
// compiled for float does not link with locus64, nor one for double with locus.
void one_number_type_per_program(real);
__attribute__((used)) static void (*const same_number_type)(real) = &one_number_type_per_program;

}  // namespace locus
