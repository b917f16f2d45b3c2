#include "tensor/memory.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "autograd/ops.h"
#include "nn/optim/optimizer.h"
#include "tensor/parallel.h"
#include "tests/bench/gpt_model.h"
#include "tests/support.h"

namespace locus {

// Sizes are rounded up to classes: 3 numbers stand in 256 bytes.
TEST(Buffer, HasNothingBehindItsNumbersForASanitizer) {
  if (!address_sanitizer) GTEST_SKIP() << "compiled without AddressSanitizer";
  const Buffer three(3);
  volatile real* const numbers = three.numbers();
  numbers[2] = 1;
  EXPECT_DEATH(static_cast<void>(numbers[3]), "use-after-poison");
}

TEST(Buffer, IsSharedByItsCopies) {
  Buffer a(10);
  EXPECT_FALSE(a.shared());
  {
    const Buffer b = a;
    EXPECT_TRUE(a.shared());
    EXPECT_EQ(a.numbers(), b.numbers());
  }
  EXPECT_FALSE(a.shared());
  const Buffer moved = std::move(a);
  EXPECT_FALSE(moved.shared());
  EXPECT_EQ(Buffer().numbers(), nullptr);
}

TEST(Buffer, HasRoomForItsNumbersWhateverTheSize) {
  for (Index count = 1; count < 3000; count = count * 3 / 2 + 1) {
    const Buffer a(count), b(count);
    std::fill_n(a.numbers(), count, real(1));
    std::fill_n(b.numbers(), count, real(2));
    EXPECT_EQ(std::count(a.numbers(), a.numbers() + count, real(1)), count);
  }
}

TEST(Memory, ABufferThatIsLetGoServesTheNextRequestOfItsSize) {
  if (address_sanitizer) GTEST_SKIP() << "nothing is recycled under AddressSanitizer";
  const real* first;
  {
    const Buffer a(1000);
    first = a.numbers();
  }
  EXPECT_EQ(Buffer(1000).numbers(), first);
  EXPECT_EQ(Buffer(999).numbers(), first);  // of the same size class
}

TEST(Memory, ReleaseGivesWaitingBuffersBack) {
  release_memory();
  const Index before = memory_use().bytes;
  {
    const Buffer a(100'000);
    EXPECT_GE(memory_use().bytes, before + 100'000 * Index(sizeof(real)));
    EXPECT_LE(memory_use().bytes,
              before + 125'000 * Index(sizeof(real)));  // at most a quarter is wasted
  }
  release_memory();
  EXPECT_EQ(memory_use().bytes, before);
}

// Buffers of one chunk on several threads: each goes to the pool of the thread that lets it go, and
// the chunk goes back to the system with its last buffer, whoever holds that.
TEST(Memory, BuffersMayOutliveTheThreadTheyComeFrom) {
  std::vector<Buffer> kept;
  for (int round = 0; round < 3; ++round) {
    std::thread([&] {
      kept.clear();  // of the round before, which come from a thread that is gone
      for (Index count = 1; count < 1'000'000; count *= 10) {
        kept.emplace_back(count);
        std::fill_n(kept.back().numbers(), count, real(round));
      }
      const Buffer dropped(500);
    }).join();
    Index count = 1;
    for (const Buffer& buffer : kept) {
      EXPECT_EQ(std::count(buffer.numbers(), buffer.numbers() + count, real(round)), count);
      count *= 10;
    }
  }
}

// A thread loads batches, another learns from them: what the one is done with, the other takes again.
TEST(Memory, WhatOneThreadMakesAndAnotherLetsGoIsUsedAgain) {
  if (address_sanitizer) GTEST_SKIP() << "nothing is recycled under AddressSanitizer";
  Index after_the_first = 0;
  std::vector<Buffer> batch;
  std::atomic<int> turn = 0;  // even: the loader's
  std::thread loader([&] {
    for (int round = 0; round < 20; ++round) {
      while (turn != 2 * round) std::this_thread::yield();
      for (const Index count : {100, 5'000, 1'000'000}) batch.emplace_back(count);
      ++turn;
    }
  });
  for (int round = 0; round < 20; ++round) {
    while (turn != 2 * round + 1) std::this_thread::yield();
    batch.clear();
    if (round == 0) after_the_first = memory_use().bytes;
    EXPECT_EQ(memory_use().bytes, after_the_first) << round;
    ++turn;
  }
  loader.join();
}

// In the first loop one thread may take all pieces; in the second, each of three is made to hold a
// buffer at the same time as the others.
TEST(Memory, ALoopNeedsNoMoreWhenMoreThreadsComeInTime) {
  if (address_sanitizer) GTEST_SKIP() << "nothing is recycled under AddressSanitizer";
  const int before = threads();
  set_threads(3);
  parallel_for(2, 1, [](Index, Index) { const Buffer buffer(700'000); });
  const Index requests = memory_use().requests;
  std::atomic<int> holding = 0;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  parallel_for(3, 1, [&](Index, Index) {
    const Buffer buffer(700'000);
    ++holding;
    while (holding < 3 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  });
  set_threads(before);
  EXPECT_EQ(holding, 3);
  EXPECT_EQ(memory_use().requests, requests);
}

// Bytes that the C library holds from the system, where it tells.
static std::size_t heap_bytes() {
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
  const auto info = mallinfo2();
  return info.arena + info.hblkhd;
#else
  return 0;
#endif
}

// The model whose speed tests/bench measures, with everything a training step does.
TEST(Memory, AStepLikeTheLastAsksTheSystemForNothing) {
  if (address_sanitizer) GTEST_SKIP() << "nothing is recycled under AddressSanitizer";
  const Settings s = {
      .name = "small", .layers = 2, .heads = 2, .dim = 32, .length = 40, .batch = 3};
  Transformer model = model_of(s);
  AdamW optimizer(model.parameters(), {.learning_rate = real(1e-3)});
  const Batch batch = batch_of(s, 0);
  const auto step = [&] {
    optimizer.zero_grad();
    cross_entropy(model(batch.tokens), batch.next).backward();
    optimizer.step();
  };
  for (int warmup = 0; warmup < 3; ++warmup) step();
  const Index requests = memory_use().requests;
  // The C library may need some steps until what the tests before left free is cut to their pieces.
  std::size_t heap = 0;
  for (int rounds = 0; rounds < 10 && heap != heap_bytes(); ++rounds) {
    heap = heap_bytes();
    for (int i = 0; i < 10; ++i) step();
  }
  EXPECT_EQ(heap_bytes(), heap);
  EXPECT_EQ(memory_use().requests, requests);
}

TEST(Memory, TooMuchIsAnErrorThatSaysHowMuch) {
  if (address_sanitizer) GTEST_SKIP() << "AddressSanitizer ends the program at such a request";
  const Index count = Index(1) << 56;
  EXPECT_EQ(message_of([=] { Buffer buffer(count); }),
            fmt::format("Buffer: the system must have room for {} numbers ({} bytes), got none. "
                        "Make the batch, the "
                        "length or the model smaller.",
                        count, count * Index(sizeof(real))));
}

}  // namespace locus
