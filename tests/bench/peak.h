// How fast this core can multiply and add at this moment: the yardstick for matrix products. Clocks
// move by 10 % and more on shared machines, so it is measured between the samples, not once.
//
// 12 sums that do not wait for one another: a fused multiply-add takes 4 cycles and a core starts
// two per cycle, so fewer than 8 would wait. In assembly where possible, because the instruction is
// measured and not the compiler; .irp repeats a line for every i.
#pragma once

#include <string_view>

#include "tensor/kernels/kernels.h"
#include "tests/bench/measure.h"

namespace locus {

inline constexpr int num_chains = 12;

#if defined(__x86_64__)
inline void run_chains_avx512(long rounds) {
  asm volatile(
      ".irp i,0,1,2,3,4,5,6,7,8,9,10,11,14,15\n vxorps %%xmm\\i,%%xmm\\i,%%xmm\\i\n .endr\n"
      ".p2align 6\n 1:\n"
      ".irp i,0,1,2,3,4,5,6,7,8,9,10,11\n vfmadd231ps %%zmm14,%%zmm15,%%zmm\\i\n .endr\n"
      "dec %0\n jnz 1b\n vzeroupper\n"
      : "+r"(rounds)
      :
      : "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9",
        "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}

inline void run_chains_avx2(long rounds) {
  asm volatile(
      ".irp i,0,1,2,3,4,5,6,7,8,9,10,11,14,15\n vxorps %%xmm\\i,%%xmm\\i,%%xmm\\i\n .endr\n"
      ".p2align 6\n 1:\n"
      ".irp i,0,1,2,3,4,5,6,7,8,9,10,11\n vfmadd231ps %%ymm14,%%ymm15,%%ymm\\i\n .endr\n"
      "dec %0\n jnz 1b\n vzeroupper\n"
      : "+r"(rounds)
      :
      : "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9",
        "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}

// Without fused instructions: a product, then a sum.
inline void run_chains_baseline(long rounds) {
  asm volatile(
      ".irp i,0,1,2,3,4,5,6,7,8,9,10,11,14,15\n xorps %%xmm\\i,%%xmm\\i\n .endr\n"
      ".p2align 6\n 1:\n"
      ".irp i,0,1,2,3,4,5,6,7,8,9,10,11\n mulps %%xmm14,%%xmm\\i\n .endr\n"
      ".irp i,0,1,2,3,4,5,6,7,8,9,10,11\n addps %%xmm15,%%xmm\\i\n .endr\n"
      "dec %0\n jnz 1b\n"
      : "+r"(rounds)
      :
      : "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9",
        "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}
#else
// Other processors: vectors of 16 bytes, and the compiler fuses if the processor can.
inline void run_chains_baseline(long rounds) {
  using Vector [[gnu::vector_size(16)]] = float;
  // Read anew by each, or the compiler would see that all chains are one.
  static volatile float zero = 0;
  const Vector factor = Vector{} + zero, term = Vector{} + zero;
  Vector x[num_chains];
  for (Vector& chain : x) chain = Vector{} + zero;
  for (; rounds > 0; --rounds) {
#pragma GCC unroll 12
    for (Vector& chain : x) chain = chain * factor + term;
  }
  for (const Vector& chain : x) zero = chain[0];
}
#endif

// GFLOP/s of one thread, in float, with the vectors of the kernels in use. Takes about 2 ms.
inline double peak_gflops() {
  constexpr long rounds = 400000;
  int lanes = 4;
  void (*run)(long) = run_chains_baseline;
#if defined(__x86_64__)
  const std::string_view set = kernels().name;
  if (set == "avx512") lanes = 16, run = run_chains_avx512;
  if (set == "avx2") lanes = 8, run = run_chains_avx2;
#endif
  const double start = seconds();
  run(rounds);
  return double(rounds) * num_chains * lanes * 2 / (seconds() - start) * 1e-9;
}

}  // namespace locus
