// When memory ends in the midst of a training step: whichever request fails, the step throws, no
// parameter, gradient or optimizer is left half-way, and the step can be taken again. The linker leads
// every request through this file: operator new, the making of a Buffer, and a Buffer's own request to
// the system.
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <new>

#include "autograd/ops.h"
#include "nn/optim/optimizer.h"
#include "nn/transformer.h"
#include "tensor/parallel.h"
#include "tests/support.h"

// --- the requests --------------------------------------------------------------------------------

enum Kind { of_new, of_buffer, of_system };

static std::atomic<bool> watching = false;  // requests are counted, and fail as wished
static std::atomic<long> asked = 0;         // since watching began,
static std::atomic<long> of_kind[3] = {};   // of each kind
static std::atomic<long> first_to_fail = 0, last_to_fail = 0;
static std::atomic<long> living = 0;  // pieces of memory from operator new

static bool fails(Kind kind) {
  if (!watching) return false;
  ++of_kind[kind];
  const long number = ++asked;
  return first_to_fail <= number && number <= last_to_fail;
}

static void* counted(void* memory) {
  if (!memory) throw std::bad_alloc();
  ++living;
  return memory;
}
static void let_go(void* memory) {
  if (memory) --living;
  std::free(memory);
}

void* operator new(std::size_t size) {
  return counted(fails(of_new) ? nullptr : std::malloc(size > 0 ? size : 1));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  const std::size_t a = std::size_t(alignment);
  return counted(fails(of_new) ? nullptr : std::aligned_alloc(a, (size + a - 1) / a * a));
}
void operator delete(void* memory) noexcept { let_go(memory); }
void operator delete(void* memory, std::size_t) noexcept { let_go(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { let_go(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { let_go(memory); }

// What the linker's --wrap makes of posix_memalign and of Buffer::Buffer(Index).
extern "C" {
int system_has(void**, std::size_t, std::size_t) asm("__real_posix_memalign");
int ask_system(void**, std::size_t, std::size_t) asm("__wrap_posix_memalign");
void make_buffer(void*, locus::Index) asm("__real__ZN5locus6BufferC1El");
void ask_for_buffer(void*, locus::Index) asm("__wrap__ZN5locus6BufferC1El");

int ask_system(void** memory, std::size_t alignment, std::size_t size) {
  return fails(of_system) ? ENOMEM : system_has(memory, alignment, size);
}
void ask_for_buffer(void* buffer, locus::Index count) {  // no system has room for as much
  make_buffer(buffer, fails(of_buffer) ? PTRDIFF_MAX / locus::Index(sizeof(locus::real)) : count);
}
}

namespace locus {

// Runs f while the requests from `first` to `last` fail. Whether it threw, as it does for want of
// memory.
template <class F>
static bool runs_out(long first, long last, F&& f) {
  asked = 0, first_to_fail = first, last_to_fail = last;
  bool threw = false;
  watching = true;
  try {
    f();
  } catch (const std::bad_alloc&) {
    threw = true;
  } catch (const Error& error) {
    watching = false;
    threw = true;
    EXPECT_TRUE(std::string(error.what()).find(": the system must have room for") !=
                std::string::npos)
        << error.what();
  }
  watching = false;
  return threw;
}

// How many requests f makes.
template <class F>
static long requests_of(F&& f) {
  for (auto& count : of_kind) count = 0;
  runs_out(0, 0, f);
  return asked;
}

static bool same_bits(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Tensor& x, const Tensor& y) { return same_bits(x, y); });
}

// --- a training step -----------------------------------------------------------------------------

namespace {

// A small GPT with dropout, and the optimizer that trains it. A step adds up the gradients of two
// batches and clips them.
struct Training {
  Rng rng{1};
  // Of 1,200 words, so that some loops have enough to do for two threads.
  Transformer model{{.vocab_size = 1200,
                     .max_length = 6,
                     .embedding_dim = 16,
                     .num_heads = 2,
                     .causal = true,
                     .dropout = real(0.1)},
                    rng};
  std::vector<NamedParameter> parameters = model.parameters();
  AdamW optimizer{parameters, {.learning_rate = real(0.01), .weight_decay = real(0.1)}};
  const Indices ids{{2, 6}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}};
  const Indices other{{2, 6}, {900, 2, 700, 4, 500, 6, 300, 8, 100, 10, 12, 12}};

  void step(std::vector<std::vector<Tensor>>* stages = nullptr) {
    const auto stage = [&] {
      if (stages) stages->push_back(gradients());
    };
    optimizer.zero_grad();
    stage();
    cross_entropy(model(ids), other).backward();
    stage();
    cross_entropy(model(other), ids).backward();
    stage();
    clip_grad_norm(parameters, real(0.01));
    stage();
    optimizer.step();
  }

  std::vector<Tensor> values() const {
    std::vector<Tensor> all;
    for (const auto& [name, x] : parameters) all.push_back(x.value());
    return all;
  }
  std::vector<Tensor> gradients() const {
    std::vector<Tensor> all;
    for (const auto& [name, x] : parameters) all.push_back(x.grad());
    return all;
  }
  std::vector<Rng> randomness() const { return {model.dropout.rng, model.blocks[0].dropout.rng}; }
  void set(const std::vector<Tensor>& values, const std::vector<Rng>& randomness) {
    for (size_t i = 0; i < values.size(); ++i) parameters[i].variable.set_value(values[i]);
    model.dropout.rng = randomness[0], model.blocks[0].dropout.rng = randomness[1];
  }
};

}  // namespace

// For every n: the n-th request fails, and with `all_after` those after it too, until the step has
// thrown; then the step is taken again, and two more.
static void fail_at_every_request(int thread_count, bool all_after) {
  const int before = threads();
  set_threads(thread_count);
  Training t;
  for (int warmup = 0; warmup < 2; ++warmup) t.step();
  const std::vector<Tensor> start = t.values();
  const std::vector<Rng> randomness = t.randomness();
  const AdamW optimizer = t.optimizer;

  // The run that never fails.
  std::vector<std::vector<Tensor>> stages, values;
  t.step(&stages), values.push_back(t.values());
  for (int i = 0; i < 2; ++i) t.step(), values.push_back(t.values());

  const auto rewind = [&] {
    t.optimizer = optimizer, t.set(start, randomness);
    t.optimizer.zero_grad();
    release_memory();
  };
  rewind();
  const long requests = requests_of([&] { t.step(); });
  EXPECT_GT(of_kind[of_new], 0);
  EXPECT_GT(of_kind[of_buffer], 0);
  EXPECT_GT(of_kind[of_system], 0);
  fmt::print("{} requests: {} of operator new, {} for a buffer, {} to the system\n", requests,
             of_kind[of_new].load(), of_kind[of_buffer].load(), of_kind[of_system].load());
  const auto fail_at = [&](long n) {
    SCOPED_TRACE(fmt::format("request {} of {}", n, requests));
    EXPECT_TRUE(runs_out(n, all_after ? LONG_MAX : n, [&] { t.step(); }));
    EXPECT_TRUE(recording());
    EXPECT_TRUE(same_bits(t.values(), start));
    EXPECT_TRUE(std::any_of(stages.begin(), stages.end(),
                            [&](const auto& stage) { return same_bits(t.gradients(), stage); }));
    t.set(start, randomness);  // numbers drawn are drawn: taking them again is up to the caller
    for (const std::vector<Tensor>& want : values) {
      t.step();
      EXPECT_TRUE(same_bits(t.values(), want));
    }
    rewind();
  };
  rewind();
  fail_at(1);  // what is made once in a program has been made
  const long living_before = living;
  const Index bytes_before = memory_use().bytes;
  for (long n = 1; n <= requests && !testing::Test::HasFailure(); ++n) fail_at(n);
  EXPECT_EQ(living, living_before);
  EXPECT_EQ(memory_use().bytes, bytes_before);
  set_threads(before);
}

TEST(OutOfMemory, AStepThatFailsCanBeTakenAgain) { fail_at_every_request(1, false); }
TEST(OutOfMemory, AStepThatFailsCanBeTakenAgainWithTwoThreads) { fail_at_every_request(2, false); }
TEST(OutOfMemory, WhileNothingIsLeftAStepThrowsAndDoesNotCrash) { fail_at_every_request(1, true); }
TEST(OutOfMemory, WhileNothingIsLeftTwoThreadsThrowAndDoNotCrash) {
  fail_at_every_request(2, true);
}

// --- its parts -----------------------------------------------------------------------------------

// Whichever request of a step fails, what a step changes is as it was: parameters here, and what the
// optimizer remembers in the steps that follow. A copy of the optimizer and of the values, which the
// step would have to copy before it writes, is kept all the while.
template <class Kind, class Options>
static void fails_before_it_changes_anything(Options options) {
  const std::vector<NamedParameter> xs = {
      {"a", Parameter(random_tensor({3, 2}, 1))},
      {"b", Parameter(random_tensor({40000}, 2))},
      {"c", Parameter(random_tensor({5}, 3))},
  };
  Kind optimizer(xs, options);
  const auto step = [&](std::uint64_t seed) {
    for (Variable x : {xs[0].variable, xs[1].variable}) x.set_grad(random_tensor(x.shape(), seed));
    optimizer.step();
  };
  const auto values = [&] {
    return std::vector<Tensor>{xs[0].variable.value(), xs[1].variable.value()};
  };
  step(1);
  const std::vector<Tensor> start = values();
  const Kind kept = optimizer;
  step(2), step(3);
  const std::vector<Tensor> want = values();

  const auto rewind = [&] {
    optimizer = kept;
    for (size_t i = 0; i < start.size(); ++i) Variable(xs[i].variable).set_value(start[i]);
  };
  rewind();
  const long requests = requests_of([&] { optimizer.step(); });
  EXPECT_GT(of_kind[of_buffer], 1);
  for (long n = 1; n <= requests; ++n) {
    SCOPED_TRACE(fmt::format("request {} of {}", n, requests));
    rewind();
    EXPECT_TRUE(runs_out(n, LONG_MAX, [&] { optimizer.step(); }));
    EXPECT_TRUE(same_bits(values(), start));
    step(2), step(3);
    EXPECT_TRUE(same_bits(values(), want));
  }
}

TEST(OutOfMemory, SgdStepsWithAllParametersOrWithNone) {
  fails_before_it_changes_anything<Sgd>(SgdOptions{.learning_rate = real(0.1),
                                                   .momentum = real(0.9),
                                                   .nesterov = true,
                                                   .weight_decay = real(0.1)});
}
TEST(OutOfMemory, AdamStepsWithAllParametersOrWithNone) {
  const AdamOptions options = {.learning_rate = real(0.1), .weight_decay = real(0.1)};
  fails_before_it_changes_anything<Adam>(options);
  fails_before_it_changes_anything<AdamW>(options);
}

// Both gradients share their numbers, with each other and with the copy that is kept.
TEST(OutOfMemory, BackwardAddsToAllGradientsOrToNone) {
  Variable x = Parameter(Tensor({3}, 2)), y = Parameter(Tensor({3}, 3));
  const Tensor one({3}, 1);
  const auto backward = [&] {
    x.set_grad(one), y.set_grad(one);
    sum(x * y).backward();
  };
  const long requests = requests_of(backward);
  EXPECT_EQ(numbers(x.grad()), (std::vector<real>{4, 4, 4}));
  EXPECT_EQ(numbers(y.grad()), (std::vector<real>{3, 3, 3}));
  for (long n = 1; n <= requests; ++n) {
    EXPECT_TRUE(runs_out(n, LONG_MAX, backward)) << n;
    EXPECT_TRUE(same_bits({x.grad(), y.grad()}, {one, one})) << n;
  }
}

// Freeing asks for nothing, so that a destructor never throws.
TEST(OutOfMemory, ADeepGraphIsFreedWhileNothingIsLeft) {
  const Variable x = Parameter(Tensor({2}, 1));
  Variable y = x;
  for (int i = 0; i < 10000; ++i) y = y * y + x;
  EXPECT_FALSE(runs_out(1, LONG_MAX, [&] { y = Variable(); }));
  EXPECT_EQ(asked, 0);
}

// A loop does its work with the threads there are, be it one.
TEST(OutOfMemory, ALoopThatGetsNoMoreThreadsDoesItsWork) {
  const int before = threads();
  set_threads(40);
  std::atomic<int> done = 0;
  const auto loop = [&] { parallel_for(100, 1, [&](Index, Index) { ++done; }); };
  EXPECT_FALSE(runs_out(1, LONG_MAX, loop));
#ifdef LOCUS_HAS_THREADS
  EXPECT_GT(asked, 0);  // for a thread
#else
  EXPECT_EQ(asked, 0);
#endif
  EXPECT_EQ(done, 100);
  set_threads(before);
}

}  // namespace locus
