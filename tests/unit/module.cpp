#include "nn/module.h"

#include "autograd/ops.h"
#include "nn/dropout.h"
#include "nn/linear.h"
#include "nn/optim/optimizer.h"
#include "nn/transformer.h"
#include "tests/support.h"

namespace locus {

// A module of a user's own: a number of its own beside two parts.
class Scaled : public Module {
 public:
  explicit Scaled(Rng& rng)
      : scale(Parameter(Tensor({1}, 3))), inner(2, 3, rng), dropout(real(0.5), rng) {}
  Variable operator()(const Variable& x) { return dropout(inner(x)) * scale; }

  Variable scale;
  Linear inner;
  Dropout dropout;

 protected:
  void register_members(Registry& registry) override {
    registry.parameter("scale", scale);
    registry.module("inner", inner);
    registry.module("dropout", dropout);
  }
};

static std::vector<std::string> names(Module& module) {
  std::vector<std::string> result;
  for (const NamedParameter& parameter : module.parameters()) result.push_back(parameter.name);
  return result;
}

TEST(Module, ParametersComeInTheOrderOfPartsUnderTheirPaths) {
  Rng rng(1);
  Scaled module(rng);
  EXPECT_EQ(names(module), (std::vector<std::string>{"scale", "inner.weight", "inner.bias"}));
}

TEST(Module, ParametersAreHandlesNotCopies) {
  Rng rng(1);
  Scaled module(rng);
  module.parameters()[0].variable.set_value(Tensor({1}, 7));
  EXPECT_EQ(module.scale.item(), 7);
}

TEST(Module, ParameterCountCountsNumbers) {
  Rng rng(1);
  Scaled module(rng);
  EXPECT_EQ(module.parameter_count(), 1 + 3 * 2 + 3);
}

TEST(Module, NamedParametersAppearInMessagesWithTheirPath) {
  Rng rng(1);
  Scaled module(rng);
  module.name_parameters();
  EXPECT_EQ(module.inner.bias.name(), "inner.bias");
  const Variable y = sum(module(Variable(Tensor({2}, 1))));
  module.inner.weight.set_value(Tensor({3, 2}));
  const std::string message = message_of([&] { y.backward(); });
  EXPECT_NE(message.find("got 'inner.weight', which was changed after 'linear' used it."),
            std::string::npos)
      << message;
}

TEST(Module, StartsInTrainingAndSwitchesAllItsParts) {
  Rng rng(1);
  Scaled module(rng);
  EXPECT_TRUE(module.training() && module.inner.training() && module.dropout.training());
  module.eval();
  EXPECT_FALSE(module.training() || module.inner.training() || module.dropout.training());
  module.train();
  EXPECT_TRUE(module.training() && module.inner.training() && module.dropout.training());
}

// Two copies would share their parameters without saying so.
static_assert(!std::is_copy_constructible_v<Linear> && !std::is_copy_assignable_v<Linear>);
static_assert(!std::is_copy_constructible_v<Transformer>);

TEST(Module, AMovedModuleKeepsItsParametersAndWorks) {
  Rng rng(1);
  Transformer model({.vocab_size = 5, .max_length = 4, .embedding_dim = 4, .num_layers = 2}, rng);
  const Indices ids({1, 3}, {0, 4, 2});
  const Tensor before = model(ids).value();
  const std::vector<NamedParameter> held = model.parameters();
  Transformer moved(std::move(model));
  EXPECT_TRUE(same_bits(moved(ids).value(), before));

  // An optimizer made before the move still trains the moved model.
  Sgd optimizer(held, {.learning_rate = real(0.1)});
  cross_entropy(moved(ids), Indices({1, 3}, {1, 1, 1})).backward();
  optimizer.step();
  EXPECT_FALSE(same_bits(moved(ids).value(), before));
  moved.eval();
  EXPECT_FALSE(moved.blocks[1].dropout.training());
}

TEST(Module, MoveAssignmentReplacesTheParameters) {
  Rng rng(1);
  Linear a(2, 2, rng), b(2, 3, rng);
  const Tensor weight = b.weight.value();
  a = std::move(b);
  EXPECT_TRUE(same_bits(a.weight.value(), weight));
  EXPECT_EQ(a(Variable(Tensor({2}, 1))).shape(), (Shape{3}));
}

TEST(Module, AParameterThatTwoModulesShareIsListedOnce) {
  Rng rng(1);
  Block block({.embedding_dim = 4, .hidden_dim = 4}, rng);
  const std::size_t before = block.parameters().size();
  block.feed_forward_norm.weight = block.attention_norm.weight;
  EXPECT_EQ(block.parameters().size(), before - 1);
}

}  // namespace locus
