#include "tensor/real.h"

namespace locus {

void one_number_type_per_program(real) {}

}  // namespace locus

// One name for both libraries: a program with both of them defines it twice and does not link.
extern "C" const int locus_and_locus64_cannot_be_linked_together = sizeof(locus::real);
