// Buffer: 64-byte aligned memory for a tensor's numbers, shared by counting and recycled: a buffer
// that is let go waits in its thread's pool for the next request of its size, so a training step of
// the same shapes as the last asks the system for nothing. Small buffers are cut from large chunks in
// huge pages, which a processor finds its way in faster. A buffer that is let go on another thread
// joins a pool that all share, and from which a thread takes what its own does not have. Inside of a
// loop that several threads share, all take from that one alone: what one of them needs there is made
// for each, so that it does not depend on which comes in time.
#pragma once

#include <atomic>

#include "tensor/real.h"

namespace locus {

class Buffer {
 public:
  Buffer() = default;
  // Room for `count` numbers, not initialised.                        Throws when memory ends.
  explicit Buffer(Index count);
  Buffer(const Buffer& other) : block_(other.block_) { hold(); }
  Buffer(Buffer&& other) noexcept : block_(other.block_) { other.block_ = nullptr; }
  Buffer& operator=(Buffer other) noexcept;
  ~Buffer() { let_go(); }

  real* numbers() const { return block_ ? reinterpret_cast<real*>(block_ + 1) : nullptr; }
  bool shared() const { return block_ && block_->holders.load(std::memory_order_acquire) > 1; }

 private:
  struct alignas(64) Block {  // stands right before its numbers, and so aligns them too
    std::atomic<Index> holders;
    Index size_class;
    struct Chunk* chunk;  // the memory it was cut from
    struct Pool* home;    // of the thread that it was made for, or the one that all share
    Block* next;          // while it waits in a pool
  };
  friend struct Pool;

  void hold() const {
    if (block_) block_->holders.fetch_add(1, std::memory_order_relaxed);
  }
  void let_go();

  Block* block_ = nullptr;
};

struct MemoryUse {
  Index bytes;     // of all buffers, in use or waiting in a pool
  Index requests;  // how often the system was asked for memory since the program began
};
MemoryUse memory_use();

// Gives the buffers that wait in this thread's pool, and in that which all share, back to the system.
void release_memory();

}  // namespace locus
