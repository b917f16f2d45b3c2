#include "tensor/parallel.h"

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <exception>

#include "tensor/check.h"

#ifdef _OPENMP
#include <omp.h>
#endif

namespace locus {

static int threads_at_start() {
  const char* wish = std::getenv("LOCUS_THREADS");
  if (!wish) {
#ifdef _OPENMP
    return omp_get_num_procs();
#else
    return 1;
#endif
  }
  int count = 0;
  const char* end = wish + std::strlen(wish);
  const bool whole = std::from_chars(wish, end, count).ptr == end;
  check(whole && count >= 1, "LOCUS_THREADS: a count of threads from 1 up, got '{}'.", wish);
  return count;
}

static int& thread_count() {
  static int count = threads_at_start();
  return count;
}

int threads() { return thread_count(); }

void set_threads(int count) {
  check(count >= 1, "set_threads: at least 1 thread, got {}.", count);
  thread_count() = count;
}

void run_pieces(Index pieces, void (*run)(void* body, Index piece), void* body) {
#ifdef _OPENMP
  // Inside a piece that already runs in parallel, an inner loop stays on its thread.
  if (threads() > 1 && !omp_in_parallel()) {
    std::exception_ptr error;  // must not leave the parallel region; thrown behind it
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads())
    for (Index piece = 0; piece < pieces; ++piece) {
      try {
        run(body, piece);
      } catch (...) {
#pragma omp critical(locus_parallel_error)
        if (!error) error = std::current_exception();
      }
    }
    if (error) std::rethrow_exception(error);
    return;
  }
#endif
  for (Index piece = 0; piece < pieces; ++piece) run(body, piece);
}

}  // namespace locus
