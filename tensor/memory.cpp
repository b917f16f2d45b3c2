#include "tensor/memory.h"

#include <cstdlib>
#include <mutex>
#include <new>
#include <utility>

#include "tensor/check.h"
#include "tensor/parallel.h"

#ifdef __linux__
#include <sys/mman.h>
#endif
#if defined(__SANITIZE_ADDRESS__)
#define LOCUS_UNDER_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LOCUS_UNDER_ADDRESS_SANITIZER
#endif
#endif
#ifdef LOCUS_UNDER_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#endif

namespace locus {

// Under AddressSanitizer nothing is recycled, so that it sees every use of memory that was let go, and
// of what a buffer has beyond its numbers.
#ifdef LOCUS_UNDER_ADDRESS_SANITIZER
static constexpr bool recycle = false;
static void forbid(const void* memory, Index bytes) {
  __asan_poison_memory_region(memory, std::size_t(bytes));
}
#else
static constexpr bool recycle = true;
static void forbid(const void*, Index) {}
#endif

// Sizes are rounded up to classes, four to each power of two: at most a quarter is wasted, and
// requests of nearly the same size share buffers. Class c holds
// (4 + c % 4) * 2^(c / 4) times 64 bytes.
static constexpr Index num_classes = 200;

static Index class_bytes(Index size_class) {
  return (4 + size_class % 4) * (Index(64) << size_class / 4);
}

static Index class_of(Index bytes) {
  Index size_class = 0;
  if (bytes > 256) {  // the largest power of two times 256 that is not above it
    size_class = 4 * (63 - __builtin_clzll(static_cast<unsigned long long>(bytes) >> 8));
  }
  while (class_bytes(size_class) < bytes) ++size_class;
  return size_class;
}

static std::atomic<Index> bytes_held{0};
static std::atomic<Index> system_requests{0};

static constexpr Index huge_page = Index(1) << 21, chunk_bytes = 2 * huge_page;

// Memory from the system, or null. Whole huge pages where it fills them.
static void* from_system(Index bytes) {
  ++system_requests;
  const Index alignment = bytes >= huge_page ? huge_page : 64;
  void* memory = nullptr;
  if (posix_memalign(&memory, std::size_t(alignment), std::size_t(bytes)) != 0) return nullptr;
#ifdef MADV_HUGEPAGE
  const Index in_huge_pages = bytes / huge_page * huge_page;
  if (in_huge_pages > 0) madvise(memory, std::size_t(in_huge_pages), MADV_HUGEPAGE);
#endif
  return memory;
}

// Memory that blocks are cut from, one behind the other. Stands at the front of it.
struct alignas(64) Chunk {
  std::atomic<Index> users;  // blocks that were not given back, and the pool that cuts
  Index used;                // bytes
  Chunk* next;               // that the same pool cuts

  void let_go() {
    if (users.fetch_sub(1, std::memory_order_acq_rel) == 1) std::free(this);
  }
};

// Destructors of thread-local objects run before those of globals: a tensor that outlives the pool
// goes straight back to the system. This flag has no destructor, so it can always be read.
static thread_local bool pool_is_gone = false;

struct Pool {
  using Block = Buffer::Block;
  Block* waiting[num_classes] = {};
  Chunk* chunks = nullptr;

  // A chunk with room for `bytes`, or null. A large buffer, and one that no pool will keep, has a
  // chunk to itself.
  Chunk* chunk_for(Index bytes) {
    if (!recycle || pool_is_gone || bytes >= chunk_bytes / 2) {
      // Buffers that begin at the same place of a page would push each other out of the cache.
      static std::atomic<Index> count{0};
      const Index shift = count++ % 16 * 3 * Index(alignof(Chunk));
      void* memory = from_system(bytes + Index(sizeof(Chunk)) + shift);
      return memory ? new (memory) Chunk{{0}, Index(sizeof(Chunk)) + shift, nullptr} : nullptr;
    }
    Chunk* chunk = chunks;
    while (chunk && chunk->used + bytes > chunk_bytes) chunk = chunk->next;
    if (chunk) return chunk;
    void* memory = from_system(chunk_bytes);
    return memory ? chunks = new (memory) Chunk{{1}, sizeof(Chunk), chunks} : nullptr;
  }
  // A block with room behind it, or null.
  Block* make(Index size_class) {
    const Index bytes = class_bytes(size_class) + Index(sizeof(Block));
    Chunk* chunk = chunk_for(bytes);
    if (!chunk) return nullptr;
    chunk->users.fetch_add(1, std::memory_order_relaxed);
    void* memory = reinterpret_cast<char*>(chunk) + chunk->used;
    chunk->used += bytes;
    bytes_held += class_bytes(size_class);
    return new (memory) Block{{0}, size_class, chunk, this, nullptr};
  }
  // A block that waits, or null.
  Block* take(Index size_class) {
    Block* const block = waiting[size_class];
    if (block) waiting[size_class] = block->next;
    return block;
  }
  void put(Block* block) {
    block->next = waiting[block->size_class];
    waiting[block->size_class] = block;
  }
  static void to_system(Block* block) {
    bytes_held -= class_bytes(block->size_class);
    block->chunk->let_go();
  }
  void release() {
    for (Block*& first : waiting) {
      while (Block* block = first) {
        first = block->next;
        to_system(block);
      }
    }
    while (Chunk* chunk = chunks) {
      chunks = chunk->next;
      chunk->let_go();
    }
  }
  ~Pool() {
    release();
    pool_is_gone = true;
  }
};

static thread_local Pool pool;

namespace {
struct SharedPool {
  std::mutex mutex;
  Pool pool;
};
}  // namespace

// What threads need inside of loops that they share. Which thread works on which piece is chance, so
// with pools of their own a thread might need a first buffer in any step. Never destroyed.
static SharedPool& of_loops() {
  static SharedPool& shared = *new SharedPool;
  return shared;
}

// What was let go on another thread than its own. Where one thread loads batches and another learns
// from them, the one finds here again what the other is done with. Never destroyed.
static SharedPool& handed_over() {
  static SharedPool& shared = *new SharedPool;
  return shared;
}

// Both return a block, or null where the system has no room.
static Pool::Block* take_in_loop(Index size_class) {
  const std::lock_guard lock(of_loops().mutex);
  Pool& loops = of_loops().pool;
  if (!loops.waiting[size_class]) {
    for (int i = 0; i < threads(); ++i) {
      if (Pool::Block* const block = loops.make(size_class)) loops.put(block);
    }
  }
  return loops.take(size_class);
}

static Pool::Block* take_outside(Index size_class) {
  if (!recycle || pool_is_gone) return pool.make(size_class);
  if (Pool::Block* const block = pool.take(size_class)) return block;
  {
    const std::lock_guard lock(handed_over().mutex);
    if (Pool::Block* const block = handed_over().pool.take(size_class)) {
      block->home = &pool;
      return block;
    }
  }
  return pool.make(size_class);
}

Buffer::Buffer(Index count) {
  const Index bytes = count * Index(sizeof(real));
  if (bytes <= class_bytes(num_classes - 1)) {  // no system has more
    const Index size_class = class_of(bytes);
    block_ = recycle && inside_loop() ? take_in_loop(size_class) : take_outside(size_class);
  }
  check(block_ != nullptr,
        "Buffer: the system must have room for {} numbers ({} bytes), got none. {}", count, bytes,
        "Make the batch, the length or the model smaller.");
  block_->holders.store(1, std::memory_order_relaxed);
  forbid(numbers() + count, class_bytes(block_->size_class) - bytes);
}

Buffer& Buffer::operator=(Buffer other) noexcept {
  std::swap(block_, other.block_);
  return *this;
}

void Buffer::let_go() {
  if (!block_ || block_->holders.fetch_sub(1, std::memory_order_acq_rel) > 1) return;
  const bool ours = block_->home == &pool;
  if (!recycle || (ours && pool_is_gone)) return Pool::to_system(block_);
  if (ours) return pool.put(block_);
  SharedPool& shared = block_->home == &of_loops().pool ? of_loops() : handed_over();
  const std::lock_guard lock(shared.mutex);
  shared.pool.put(block_);
}

MemoryUse memory_use() { return {bytes_held, system_requests}; }

void release_memory() {
  if (!pool_is_gone) pool.release();
  for (SharedPool* shared : {&of_loops(), &handed_over()}) {
    const std::lock_guard lock(shared->mutex);
    shared->pool.release();
  }
}

}  // namespace locus
