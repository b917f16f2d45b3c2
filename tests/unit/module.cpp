#include "nn/module.h"

#include "autograd/ops.h"
#include "nn/dropout.h"
#include "nn/linear.h"
#include "nn/optim/optimizer.h"
#include "nn/sequential.h"
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

// Trains a copy of the model and says by how much the copy and the original moved.
template <class Model, class Loss>
static std::pair<double, double> moved_by_training_a_copy(const Model& original, Loss loss) {
  const auto values = [](const Model& model) {
    std::vector<Tensor> all;
    for (const auto& [name, variable] : model.parameters()) all.push_back(variable.value());
    return all;
  };
  const std::vector<Tensor> before = values(original);
  Model copy = original;
  Sgd optimizer(copy.parameters(), 0.1);
  loss(copy).backward();
  optimizer.step();
  double original_moved = 0, copy_moved = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    original_moved += difference(values(original)[i], before[i]);
    copy_moved += difference(values(copy)[i], before[i]);
  }
  for (const auto& [name, variable] : original.parameters()) EXPECT_FALSE(variable.has_grad());
  return {original_moved, copy_moved};
}

TEST(Module, ACopyTrainsAlone) {
  Rng rng(1);
  const Linear layer(2, 3, rng);
  const auto [still, moved] = moved_by_training_a_copy(layer, [](const Linear& m) {
    return sum(m(Variable(Tensor({1, 2}, 1))));
  });
  EXPECT_EQ(still, 0);
  EXPECT_GT(moved, 0);
}

TEST(Module, ACopiedTransformerTrainsAloneWithEveryKindOfPositions) {
  const Indices ids({1, 3}, {0, 4, 2});
  for (const PositionKind kind :
       {PositionKind::none, PositionKind::learned, PositionKind::sinusoidal, PositionKind::rotary,
        PositionKind::alibi, PositionKind::relative}) {
    Rng rng(1);
    const Transformer model(
        {.vocab_size = 5, .max_length = 4, .embedding_dim = 4, .num_layers = 2, .positions = kind},
        rng);
    const Transformer copy = model;
    EXPECT_TRUE(same_bits(copy(ids).value(), model(ids).value()));
    EXPECT_EQ(copy.parameter_count(), model.parameter_count());
    const auto [still, moved] = moved_by_training_a_copy(
        model, [&](const Transformer& m) { return cross_entropy(m(ids), ids); });
    EXPECT_EQ(still, 0) << int(kind);
    EXPECT_GT(moved, 0) << int(kind);
  }
}

TEST(Sequential, ChainsLayersAndFunctionsAndIsCopiedWhole) {
  Rng rng(1);
  Linear first(2, 3, rng), second(3, 1, rng);
  const Sequential net(
      first, Tanh(), [](const Variable& x) { return x * 2; }, second);
  const Variable x(Tensor({1, 2}, {1, -1}));
  EXPECT_TRUE(same_bits(net(x).value(), second(tanh(first(x)) * 2).value()));
  const std::vector<NamedParameter> parameters = net.parameters();
  ASSERT_EQ(parameters.size(), 4u);
  EXPECT_EQ(parameters[0].name, "0.weight");
  EXPECT_EQ(parameters[3].name, "3.bias");
  const auto [still, moved] =
      moved_by_training_a_copy(net, [&](const Sequential& m) { return sum(m(x)); });
  EXPECT_EQ(still, 0);
  EXPECT_GT(moved, 0);
}

TEST(Module, AConstModelIsCalledCountedAndListed) {
  Rng rng(1);
  Transformer model({.vocab_size = 5, .max_length = 4, .embedding_dim = 4, .dropout = 0.5}, rng);
  model.eval();
  const Transformer& fixed = model;
  const std::uint64_t before = model.dropout.rng.counter();
  EXPECT_EQ(fixed(Indices({1, 2})).shape(), (Shape{1, 2, 5}));
  EXPECT_EQ(fixed.attention_weights(Indices({1, 2})).size(), 1u);
  EXPECT_EQ(fixed.parameters().size(), model.parameters().size());
  EXPECT_EQ(model.dropout.rng.counter(), before);
}

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

// The output layer reads the weight of the input layer: both list it.
class Tied : public Module {
 public:
  explicit Tied(Rng& rng) : input(3, 3, rng) {}
  Linear input;

 protected:
  void register_members(Registry& registry) override {
    registry.module("input", input);
    registry.parameter("output.weight", input.weight);
  }
};

TEST(Module, AParameterThatIsListedTwiceIsReportedOnce) {
  Rng rng(1);
  const std::vector<NamedParameter> parameters = Tied(rng).parameters();
  ASSERT_EQ(parameters.size(), 2u);
  EXPECT_EQ(parameters[0].name, "input.weight");
}

}  // namespace locus
