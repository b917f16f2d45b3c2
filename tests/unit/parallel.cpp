#include "tensor/parallel.h"

#ifdef __unix__
#include <sys/wait.h>
#include <unistd.h>
#endif

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "tensor/kernels/kernels.h"
#include "tests/support.h"

namespace locus {

// Sets the count of threads for one scope.
struct Threads {
  int before = threads();
  explicit Threads(int count) { set_threads(count); }
  ~Threads() { set_threads(before); }
};

TEST(ParallelFor, CoversEveryItemOnceWithTheSamePieces) {
  for (const int count : {1, 2, 3, 7}) {
    const Threads guard(count);
    EXPECT_EQ(threads(), count);
    for (const Index n : {0, 1, 9, 10, 11, 95, 100}) {
      std::vector<int> visits(static_cast<std::size_t>(n));
      parallel_for(n, 10, [&](Index begin, Index end) {
        EXPECT_EQ(begin % 10, 0);
        EXPECT_EQ(end, std::min(n, begin + 10));
        for (Index i = begin; i < end; ++i) ++visits[static_cast<std::size_t>(i)];
      });
      EXPECT_EQ(visits, std::vector<int>(static_cast<std::size_t>(n), 1));
    }
  }
}

TEST(ParallelFor, AGrainBelowOneCountsAsOne) {
  for (const Index grain : {0, -3}) {
    std::vector<int> visits(5);
    parallel_for(5, grain, [&](Index begin, Index end) {
      EXPECT_EQ(end, begin + 1);
      ++visits[static_cast<std::size_t>(begin)];
    });
    EXPECT_EQ(visits, std::vector<int>(5, 1));
  }
}

#ifdef __unix__
// A child has none of its parent's threads: with two, each of which waits for the other to come, its
// loop ends only when it has made new ones.
TEST(ParallelFor, AForkedChildHasThreadsOfItsOwn) {
  if (thread_sanitizer) GTEST_SKIP() << "ThreadSanitizer allows no threads in a child";
  if (address_sanitizer) GTEST_SKIP() << "AddressSanitizer's own locks may be held in a child";
  const Threads guard(2);
  const auto two_at_once = [] {
    std::atomic<int> inside = 0;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    parallel_for(2, 1, [&](Index, Index) {
      ++inside;
      while (inside < 2 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    });
    return inside == 2 && std::chrono::steady_clock::now() < deadline;
  };
  if (!two_at_once()) GTEST_SKIP() << "built without threads";
  const pid_t child = fork();
  if (child == 0) {
    alarm(60);  // hanging would end it, too
    const bool here = two_at_once();
    set_threads(3);
    _exit(here && two_at_once() ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}
#endif

TEST(ParallelFor, MayStandInsideAnother) {
  const Threads guard(3);
  std::vector<int> visits(64);
  parallel_for(8, 1, [&](Index outer, Index) {
    parallel_for(
        8, 1, [&](Index inner, Index) { ++visits[static_cast<std::size_t>(outer * 8 + inner)]; });
  });
  EXPECT_EQ(visits, std::vector<int>(64, 1));
}

// The crew works for one caller; the other meanwhile does its loop alone.
TEST(ParallelFor, ServesSeveralCallersAtOnce) {
  const Threads guard(3);
  const auto sum_often = [](Index* total) {
    for (int round = 0; round < 500; ++round) {
      std::vector<Index> pieces(20);
      parallel_for(100, 5, [&](Index begin, Index end) {
        for (Index i = begin; i < end; ++i) pieces[static_cast<std::size_t>(begin / 5)] += i;
      });
      for (const Index piece : pieces) *total += piece;
    }
  };
  Index here = 0, there = 0;
  std::thread other(sum_often, &there);
  sum_often(&here);
  other.join();
  EXPECT_EQ(here, 500 * 4950);
  EXPECT_EQ(there, 500 * 4950);
}

TEST(ParallelFor, ThrowsWhatABodyThrows) {
  for (const int count : {1, 2}) {
    const Threads guard(count);
    EXPECT_EQ(message_of([] {
                parallel_for(100, 10,
                             [](Index begin, Index) { check(begin != 50, "at {}.", begin); });
              }),
              "at 50.");
  }
}

TEST(SetThreads, NeedsAtLeastOne) {
  EXPECT_EQ(message_of([] { set_threads(0); }), "set_threads: at least 1 thread, got 0.");
}

// A variable of the environment is read once, at the first use: each of these is a program of its own.
TEST(EnvironmentDeathTest, AWrongCountOfThreadsIsNamed) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const char* old = std::getenv("LOCUS_THREADS");
  const std::string before = old ? old : "";
  setenv("LOCUS_THREADS", "none", 1);
  EXPECT_EXIT(
      {
        std::fputs(message_of([] { threads(); }).c_str(), stderr);
        std::exit(7);
      },
      testing::ExitedWithCode(7), "LOCUS_THREADS: a count of threads from 1 up, got 'none'\\.");
  old ? setenv("LOCUS_THREADS", before.c_str(), 1) : unsetenv("LOCUS_THREADS");
}

TEST(EnvironmentDeathTest, AnUnknownKernelSetIsNamedWithThoseThatRun) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const char* old = std::getenv("LOCUS_KERNELS");
  const std::string before = old ? old : "";
  setenv("LOCUS_KERNELS", "mmx", 1);
  EXPECT_EXIT(
      {
        std::fputs(message_of([] { kernels(); }).c_str(), stderr);
        std::exit(7);
      },
      testing::ExitedWithCode(7),
      "LOCUS_KERNELS: a set that runs here \\(.*baseline\\), got 'mmx'\\. Leave it unset for the "
      "widest\\.");
  old ? setenv("LOCUS_KERNELS", before.c_str(), 1) : unsetenv("LOCUS_KERNELS");
}

}  // namespace locus
