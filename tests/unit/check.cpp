#include "tensor/check.h"

#include "tests/support.h"

namespace locus {

TEST(Check, ThrowsTheFormattedMessageUnlessItHolds) {
  EXPECT_NO_THROW(check(true, "never seen"));
  EXPECT_EQ(message_of([] { check(1 > 2, "f: one must be above {}, got {}.", 2, 1); }),
            "f: one must be above 2, got 1.");
  EXPECT_EQ(message_of([] { fail("g: never."); }), "g: never.");
}

TEST(Error, IsARuntimeError) { EXPECT_THROW(check(false, "f: no."), std::runtime_error); }

}  // namespace locus
