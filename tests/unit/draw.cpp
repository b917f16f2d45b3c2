#include "autograd/draw.h"

#include "autograd/ops.h"
#include "tests/support.h"

namespace locus {

TEST(Draw, ShowsOpsLeavesAndArrowsAsGraphviz) {
  const Variable w = Parameter(Tensor({2}, {1, 2}), "w");
  const Variable y = sum(w * Variable(Tensor({2}, 3)));
  EXPECT_EQ(draw(y),
            "digraph locus {\n"
            "  rankdir=LR;\n"
            "  node [fontname=\"sans-serif\"];\n"
            "  n0 [label=\"sum\\n()\", shape=box, style=rounded];\n"
            "  n1 [label=\"multiply\\n(2)\", shape=box, style=rounded];\n"
            "  n3 [label=\"constant\\n(2)\", shape=box, style=filled, fillcolor=\"#eeeeee\"];\n"
            "  n2 [label=\"w\\n(2)\", shape=box, style=filled, fillcolor=\"#cfe3f5\"];\n"
            "  n1 -> n0;\n"
            "  n2 -> n1;\n"
            "  n3 -> n1;\n"
            "}\n");
}

TEST(Draw, PrintsSmallNumbersAndGradientsWhenAsked) {
  const Variable w = Parameter(Tensor({2}, {1, 2}), "w");
  sum(w * w).backward();
  const std::string text = draw(w, {.values = true, .gradients = true});
  EXPECT_NE(text.find("[label=\"w\\n(2)\\n[1. 2.]\\ngradient [2. 4.]\""), std::string::npos)
      << text;
}

TEST(Draw, ANodeUsedTwiceStandsOnceWithTwoArrows) {
  const Variable w = Parameter(Tensor({1}), "w");
  const std::string text = draw(w * w);
  EXPECT_EQ(text.find("\"w\\n", text.find("\"w\\n") + 1), std::string::npos);
  EXPECT_NE(text.find("  n1 -> n0;\n  n1 -> n0;\n"), std::string::npos) << text;
}

TEST(Draw, EscapesNames) {
  const Variable w = Parameter(Tensor({1}), "a\"b\\c");
  EXPECT_NE(draw(w).find("label=\"a\\\"b\\\\c\\n(1)\""), std::string::npos) << draw(w);
}

TEST(Draw, AnEmptyVariableIsAnError) {
  EXPECT_EQ(message_of([] { draw(Variable()); }),
            "draw: a Variable with a value, got an empty one. Give it one first.");
}

}  // namespace locus
