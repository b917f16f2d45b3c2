// One instruction set's table, complete.
#include "tensor/kernels/kernels.h"

#define TEXT_OF(word) #word
#define TEXT(word) TEXT_OF(word)

namespace locus::KERNEL_SET {

Kernels table() {
  Kernels table{};
  table.name = TEXT(KERNEL_SET);
  put_elementwise(table);
  put_rows(table);
  put_product(table);
  return table;
}

}  // namespace locus::KERNEL_SET
