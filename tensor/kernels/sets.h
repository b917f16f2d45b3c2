// How the sources of one instruction set put their loops into the table.
#pragma once

#include "tensor/kernels/kernels.h"

namespace locus::KERNEL_SET {

void put_elementwise(Kernels& table);
void put_rows(Kernels& table);
void put_pack(Kernels& table);
void put_product(Kernels& table);

}  // namespace locus::KERNEL_SET
