// Elementwise functions from their kernels, in parallel. For ops whose kernel needs no function of its own
// in tensor/math.h, such as sigmoid.
#pragma once

#include "tensor/kernels/kernels.h"
#include "tensor/tensor.h"

namespace locus {

Tensor map(const Tensor& x, Kernels::Map kernel);  // y[i] = f(x[i])
// dx[i] = dy[i] f'(x[i]).                          Throws when the shapes differ, naming `function`.
Tensor map_backward(const Tensor& dy, const Tensor& x, Kernels::Backward kernel,
                    const char* function);

}  // namespace locus
