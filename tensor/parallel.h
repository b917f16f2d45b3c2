// parallel_for: a loop cut into pieces that several threads work on. The cut depends on the size of
// the problem alone, never on the number of threads, so results are the same bits for any number.
#pragma once

#include <algorithm>
#include <memory>

#include "tensor/real.h"

namespace locus {

// How many threads work: LOCUS_THREADS, or set_threads(n), or as many as the machine has cores.
int threads();
void set_threads(int count);  // throws for a count below 1

bool inside_loop();  // whether this thread works on a piece of a loop that several threads share

void run_pieces(Index pieces, void (*run)(void* body, Index piece), void* body);

// Calls body(begin, end) for consecutive stretches of `grain` items that cover 0 .. count; the last
// may be shorter. Choose the grain so that a stretch is worth about 10 µs; one below 1 counts as 1.
// What a body throws is thrown again when no body runs any more; of several, one.
template <class Body>
void parallel_for(Index count, Index grain, Body&& body) {
  grain = std::max<Index>(1, grain);
  if (count <= grain) {
    if (count > 0) body(Index(0), count);
    return;
  }
  auto stretch = [&](Index piece) { body(piece * grain, std::min(count, (piece + 1) * grain)); };
  run_pieces((count + grain - 1) / grain,
             [](void* f, Index piece) { (*static_cast<decltype(stretch)*>(f))(piece); },
             std::addressof(stretch));
}

}  // namespace locus
