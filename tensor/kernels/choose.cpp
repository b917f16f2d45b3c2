// Which instruction set runs: the widest that was compiled and that the processor has.
#include <cstdlib>
#include <string_view>

#include "tensor/check.h"
#include "tensor/kernels/kernels.h"

namespace locus {

namespace baseline {
Kernels table();
}
#ifdef LOCUS_HAS_AVX2
namespace avx2 {
Kernels table();
}
#endif
#ifdef LOCUS_HAS_AVX512
namespace avx512 {
Kernels table();
}
#endif

namespace {
struct Set {
  std::string_view name;
  bool runs;  // on this processor
  Kernels (*table)();
};
}  // namespace

static Kernels choose() {
  const Set sets[] = {
#ifdef LOCUS_HAS_AVX512
      {"avx512",
       __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"),
       avx512::table},
#endif
#ifdef LOCUS_HAS_AVX2
      {"avx2", __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"), avx2::table},
#endif
      {"baseline", true, baseline::table},
  };
  const char* wish = std::getenv("LOCUS_KERNELS");
  std::string here;
  for (const Set& set : sets) {
    if (set.runs && (!wish || set.name == wish)) return set.table();
    if (set.runs) here += (here.empty() ? "" : ", ") + std::string(set.name);
  }
  fail(fmt::format(
      "LOCUS_KERNELS: a set that runs here ({}), got '{}'. Leave it unset for the widest.", here,
      wish));
}

const Kernels& kernels() {
  static const Kernels chosen = choose();
  return chosen;
}

}  // namespace locus
