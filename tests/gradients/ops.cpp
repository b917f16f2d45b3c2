// Every op of autograd/ops.h against finite differences, once and twice differentiated, in the cases of
// tests/op_cases/.
#include "tests/gradients/error_table.h"
#include "tests/gradients/names.h"
#include "tests/op_cases/all.h"
#include "tests/support.h"

namespace locus {

static void PrintTo(const GradientCase& c, std::ostream* out) { *out << c.op << ", " << c.about; }

static ErrorTable* const errors_of_ops =
    static_cast<ErrorTable*>(testing::AddGlobalTestEnvironment(new ErrorTable("op")));

class EveryOp : public testing::TestWithParam<GradientCase> {};

TEST_P(EveryOp, HasTheSlopeThatNudgingMeasures) {
  const GradientCase& c = GetParam();
  const GradientReport report =
      gradient_check(c.op + " (" + c.about + ")", c.f, c.inputs(), {.tolerance = 1e-7});
  EXPECT_TRUE(report.ok) << report.text();
  errors_of_ops->keep_first(c.op, report);
}

TEST_P(EveryOp, HasTheSecondDerivativeThatNudgingMeasures) {
  const GradientCase& c = GetParam();
  const GradientReport report =
      second_gradient_check(c.op + " (" + c.about + ")", c.f, c.inputs(), {.tolerance = 1e-5});
  EXPECT_TRUE(report.ok) << report.text();
  errors_of_ops->keep_second(c.op, report);
}

// Some ops have a fused adjoint for training and one of recorded ops for second derivatives.
TEST_P(EveryOp, HasTheSameGradientFusedAndRecorded) {
  const GradientCase& c = GetParam();
  std::vector<Variable> xs;
  for (const Tensor& input : c.inputs()) xs.push_back(Parameter(input));
  const Variable y = c.f(xs);
  const Variable loss = sum(y * Variable(random_tensor(y.shape(), 5)));
  const std::vector<Variable> recorded = gradients(loss, xs, {.differentiable = true});
  const std::vector<Variable> fused = gradients(loss, xs);
  for (std::size_t i = 0; i < xs.size(); ++i)
    expect_close(fused[i].value(), recorded[i].value(), 64);
}

INSTANTIATE_TEST_SUITE_P(Gradients, EveryOp, testing::ValuesIn(all_cases<GradientCase>()),
                         test_name<GradientCase>);

// Longer than one block of queries, so that blocks meet: 130 = 64 + 64 + 2.
TEST(AttentionAcrossBlocks, AgreesWithItsWeightsTimesTheValues) {
  const Index batch = 2, length = 130, dim = 4, heads = 2;
  Indices keys({batch, length}, 1);
  for (Index i = 1; i < keys.size(); i += 3) keys[i] = 0;
  keys[length] = 1;  // the first key of the second item
  for (const AttentionMask& mask :
       {AttentionMask{}, AttentionMask{.causal = true}, AttentionMask{.keys = keys},
        AttentionMask{.causal = true, .keys = keys}}) {
    SCOPED_TRACE(fmt::format("causal {}, keys {}", mask.causal, mask.keys.size()));
    const Variable qkv = Parameter(random_tensor({batch, length, 3 * dim}, 3));
    const Variable values =
        permute(reshape(slice(qkv, -1, 2 * dim, 3 * dim), {batch, length, heads, dim / heads}),
                {0, 2, 1, 3});
    const Variable product = matmul(attention_weights(qkv, heads, mask), values);
    const Variable slow = reshape(permute(product, {0, 2, 1, 3}), {batch, length, dim});
    const Variable fused = attention(qkv, heads, mask);
    expect_close(fused.value(), slow.value(), 64);
    const Variable w(random_tensor(fused.shape(), 4));
    const Tensor slow_gradient = gradients(sum(slow * w), {qkv})[0].value();
    expect_close(gradients(sum(fused * w), {qkv}, {.keep_graph = true})[0].value(), slow_gradient,
                 256);
    expect_close(gradients(sum(fused * w), {qkv}, {.differentiable = true})[0].value(),
                 slow_gradient, 256);
  }
}

}  // namespace locus
