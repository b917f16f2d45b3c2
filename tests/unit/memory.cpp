#include "tensor/memory.h"

#include <algorithm>

#include "autograd/ops.h"
#include "tests/support.h"

namespace locus {

#if defined(__SANITIZE_ADDRESS__)
static constexpr bool recycles = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
static constexpr bool recycles = false;
#else
static constexpr bool recycles = true;
#endif
#else
static constexpr bool recycles = true;
#endif

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
  if (!recycles) GTEST_SKIP() << "nothing is recycled under AddressSanitizer";
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

TEST(Memory, AStepLikeTheLastAsksTheSystemForNothing) {
  if (!recycles) GTEST_SKIP() << "nothing is recycled under AddressSanitizer";
  Variable w = Variable::parameter(random_tensor({32, 16}, 1)),
           table = Variable::parameter(random_tensor({20, 16}, 2));
  const Variable bias = Variable::parameter(Tensor({32}));
  const auto step = [&] {
    const Variable x = embedding(table, Indices({2, 4}, {1, 2, 3, 4, 5, 6, 7, 1}));
    const Variable qkv = concatenate({x, x, x}, -1);
    const Variable h = gelu(linear(attention(qkv, 2, {.causal = true}), w, bias));
    cross_entropy(h, Indices({2, 4}, 3)).backward();
    for (Variable* parameter : {&w, &table}) {
      parameter->set_value(parameter->value() - parameter->grad() * real(0.1));
      parameter->clear_grad();
    }
  };
  step();
  step();
  const Index before = memory_use().requests;
  for (int i = 0; i < 10; ++i) step();
  EXPECT_EQ(memory_use().requests, before);
}

TEST(Memory, TooMuchIsAnErrorThatSaysHowMuch) {
  if (!recycles) GTEST_SKIP() << "AddressSanitizer ends the program at such a request";
  const Index count = Index(1) << 56;
  EXPECT_EQ(message_of([=] { Buffer buffer(count); }),
            fmt::format("Buffer: the system must have room for {} numbers ({} bytes), got none. "
                        "Make the batch, the "
                        "length or the model smaller.",
                        count, count * Index(sizeof(real))));
}

}  // namespace locus
