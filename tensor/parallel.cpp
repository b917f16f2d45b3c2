// The threads behind parallel_for. They are the library's own and not OpenMP's, because there every
// loop ends when all threads of the team have arrived: where another program keeps a core busy, each
// loop waits for the thread that stands in line for it. Here a loop waits only for pieces that were
// begun; a thread that comes late finds nothing left to do.
#include "tensor/parallel.h"

#include <atomic>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <exception>

#include "tensor/check.h"

#ifdef LOCUS_HAS_THREADS
#include <pthread.h>

#include <condition_variable>
#include <mutex>
#include <new>
#include <thread>
#endif
#ifdef __linux__
#include <sched.h>
#endif

namespace locus {

// --- how many ------------------------------------------------------------------------------------

// Processors that this program may run on.
static int processors() {
#ifndef LOCUS_HAS_THREADS
  return 1;
#else
#ifdef __linux__
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
  return std::max(1, int(std::thread::hardware_concurrency()));
#endif
}

static int threads_at_start() {
  const char* wish = std::getenv("LOCUS_THREADS");
  if (!wish) return processors();
  int count = 0;
  const char* end = wish + std::strlen(wish);
  const bool whole = std::from_chars(wish, end, count).ptr == end;
  check(whole && count >= 1, "LOCUS_THREADS: a count of threads from 1 up, got '{}'.", wish);
  return count;
}

static std::atomic<int>& thread_count() {
  static std::atomic<int> count = threads_at_start();
  return count;
}

int threads() { return thread_count(); }

void set_threads(int count) {
  check(count >= 1, "set_threads: at least 1 thread, got {}.", count);
  thread_count() = count;
}

// --- the work ------------------------------------------------------------------------------------

static thread_local bool in_a_loop = false;

bool inside_loop() { return in_a_loop; }

#ifdef LOCUS_HAS_THREADS

namespace {

// One loop: its pieces, taken in order by whoever is free.
struct Loop {
  void (*run)(void* body, Index piece);
  void* body;
  Index pieces;
  int places;                     // threads that may still join
  std::atomic<Index> next = 0;    // piece to take
  std::exception_ptr error = {};  // the first that a piece threw; guarded by the crew's mutex
};

// The threads that join loops. Never destroyed: they wait until the program ends.
class Crew {
 public:
  // False while another thread's loop has the crew.
  bool work(Loop& loop) {
    std::unique_lock lock(mutex_);
    if (loop_ || inside_ > 0) return false;
    try {
      for (; size_ < loop.places; ++size_) std::thread([this] { wait_for_loops(); }).detach();
    } catch (const std::exception&) {
      // The system has no more threads, or no memory for one: those there are do the work, the
      // caller's at least.
    }
    loop_ = &loop;
    ++number_;
    lock.unlock();
    come_.notify_all();
    take_pieces(loop);
    lock.lock();
    loop_ = nullptr;  // nobody joins any more
    left_.wait(lock, [this] { return inside_ == 0; });
    return true;
  }

 private:
  void wait_for_loops() {
    for (long seen = 0;;) {
      // The next loop often follows at once, and a thread that sleeps takes long to wake.
      for (int look = 0; look < 2000 && number_.load(std::memory_order_relaxed) == seen; ++look) {
#if defined(__x86_64__)
        __builtin_ia32_pause();
#endif
      }
      std::unique_lock lock(mutex_);
      come_.wait(lock, [&] { return number_ != seen; });
      seen = number_;
      if (!loop_ || loop_->places == 0) continue;
      Loop& loop = *loop_;
      --loop.places, ++inside_;
      lock.unlock();
      take_pieces(loop);
      lock.lock();
      if (--inside_ == 0) left_.notify_one();
    }
  }

  void take_pieces(Loop& loop) {
    in_a_loop = true;
    for (Index piece; (piece = loop.next.fetch_add(1, std::memory_order_relaxed)) < loop.pieces;) {
      try {
        loop.run(loop.body, piece);
      } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!loop.error) loop.error = std::current_exception();
      }
    }
    in_a_loop = false;
  }

  std::mutex mutex_;
  std::condition_variable come_, left_;
  std::atomic<long> number_ = 0;  // of the loop; changes under the mutex
  Loop* loop_ = nullptr;
  int size_ = 0, inside_ = 0;  // threads there are; threads inside of the loop
};

}  // namespace

// Never destroyed, as its threads may outlive main; and no memory to ask for, as none may be left.
// A child that the program forks has none of the threads: a new crew takes the place of its copy.
static Crew& the_crew() {
  alignas(Crew) static std::byte room[sizeof(Crew)];
  static Crew& crew = *[] {
    pthread_atfork(nullptr, nullptr, [] { new (room) Crew; });
    return new (room) Crew;
  }();
  return crew;
}

static bool run_on_several_threads(Index pieces, void (*run)(void* body, Index piece), void* body) {
  if (threads() == 1 || in_a_loop) return false;  // an inner loop stays on its thread
  Loop loop = {run, body, pieces, threads() - 1};
  if (!the_crew().work(loop)) return false;
  if (loop.error) std::rethrow_exception(loop.error);
  return true;
}

#else

static bool run_on_several_threads(Index, void (*)(void*, Index), void*) { return false; }

#endif

void run_pieces(Index pieces, void (*run)(void* body, Index piece), void* body) {
  if (run_on_several_threads(pieces, run, body)) return;
  for (Index piece = 0; piece < pieces; ++piece) run(body, piece);
}

}  // namespace locus
