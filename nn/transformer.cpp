#include "nn/transformer.h"

#include <cmath>

namespace locus {

// Throws before anything is drawn from the random numbers.
static TransformerConfig completed(TransformerConfig config) {
  check(config.vocab_size >= 1 && config.max_length >= 1 && config.embedding_dim >= 1 &&
            config.num_layers >= 1,
        "Transformer: vocab_size, max_length, embedding_dim and num_layers of at least 1, got {}, "
        "{}, {} and {}.",
        config.vocab_size, config.max_length, config.embedding_dim, config.num_layers);
  check(config.num_heads >= 1 && config.embedding_dim % config.num_heads == 0,
        "Transformer: embedding_dim must be a multiple of num_heads, got {} and {}.",
        config.embedding_dim, config.num_heads);
  check(config.hidden_dim >= 0 && config.outputs >= 0,
        "Transformer: hidden_dim and outputs of at least 1, or 0 for the usual, got {} and {}.",
        config.hidden_dim, config.outputs);
  check(0 <= config.dropout && config.dropout < 1,
        "Transformer: the dropout must be in [0, 1), got {}.", config.dropout);
  check(std::isfinite(config.position_deviation) && config.position_deviation >= 0,
        "Transformer: the position_deviation must be finite and 0 or more, got {}.",
        config.position_deviation);
  if (config.hidden_dim == 0) config.hidden_dim = Shape{4, config.embedding_dim}.size();
  if (config.outputs == 0) config.outputs = config.vocab_size;
  check(!config.tied_head || config.outputs == config.vocab_size,
        "Transformer: a tied head has one output per token, got outputs {} for vocab_size {}.",
        config.outputs, config.vocab_size);
  if (config.positions == PositionKind::relative) {  // it checks its own sizes
    RelativeBias(Tensor({config.relative_buckets, config.num_heads}), config.relative_reach,
                 config.causal);
  }
  return config;
}

// --- Block ---------------------------------------------------------------------------------------

Block::Block(const TransformerConfig& config, Rng& rng, std::shared_ptr<RelativePositions> relative)
    : attention_norm(config.embedding_dim),
      attention(config.embedding_dim, config.num_heads, config.causal, rng, std::move(relative)),
      feed_forward_norm(config.embedding_dim),
      feed_forward(config.embedding_dim, config.hidden_dim, rng), dropout(config.dropout, rng) {}

Variable Block::operator()(const Variable& x, const Indices& keys) {
  const Variable y = x + dropout(attention(attention_norm(x), keys));
  return y + dropout(feed_forward(feed_forward_norm(y)));
}

void Block::parts(const Parts& parts) {
  parts.module("attention_norm", attention_norm);
  parts.module("attention", attention);
  parts.module("feed_forward_norm", feed_forward_norm);
  parts.module("feed_forward", feed_forward);
  parts.module("dropout", dropout);
}

// --- Transformer ---------------------------------------------------------------------------------

static std::unique_ptr<Positions> added_positions(const TransformerConfig& config, Rng& rng) {
  const Shape table{config.max_length, config.embedding_dim};
  switch (config.positions) {
    case PositionKind::learned:
      return std::make_unique<LearnedPositions>(normal(table, config.position_deviation, rng));
    case PositionKind::sinusoidal:
      return std::make_unique<SinusoidalPositions>(table[0], table[1]);
    default:
      return nullptr;
  }
}

static std::shared_ptr<RelativePositions> relative_positions(const TransformerConfig& config,
                                                             Rng& rng) {
  const Shape table{config.relative_buckets, config.num_heads};
  switch (config.positions) {
    case PositionKind::rotary:
      return std::make_shared<RotaryPositions>();
    case PositionKind::alibi:
      return std::make_shared<AlibiPositions>(config.num_heads);
    case PositionKind::relative:
      return std::make_shared<RelativeBias>(normal(table, config.position_deviation, rng),
                                            config.relative_reach, config.causal);
    default:
      return nullptr;
  }
}

Transformer::Transformer(const TransformerConfig& wanted, Rng& rng)
    : config(completed(wanted)), tokens(config.vocab_size, config.embedding_dim, rng),
      dropout(config.dropout, rng), norm(config.embedding_dim) {
  positions = added_positions(config, rng);
  relative = relative_positions(config, rng);
  for (Index layer = 0; layer < config.num_layers; ++layer)
    blocks.emplace_back(config, rng, relative);
  if (!config.tied_head) output.emplace(config.embedding_dim, config.outputs, rng);
  name_parameters();
}

Variable Transformer::embedded(const Indices& ids) {
  check(ids.shape().rank() == 2, "Transformer: ids have shape (batch, length), got {}.",
        ids.shape());
  const Variable x = tokens(ids);
  return positions ? dropout(x + (*positions)(ids.shape()[1]))
                   : dropout(x);  // the same vectors for all items
}

Variable Transformer::hidden(const Indices& ids, const Indices& keys) {
  Variable x = embedded(ids);
  for (Block& block : blocks) x = block(x, keys);
  return norm(x);
}

Variable Transformer::head(const Variable& x) const {
  return output ? (*output)(x) : linear(x, tokens.weight, Variable(Tensor({config.vocab_size})));
}

Variable Transformer::operator()(const Indices& ids, const Indices& keys) {
  return head(hidden(ids, keys));
}

// Evaluates a module for one scope; then each of its parts is in training or not as it was before.
namespace {
struct Evaluating {
  std::vector<std::pair<bool*, bool>> before;

  explicit Evaluating(Module& module) {
    for (const State& state : module.state()) {
      if (bool* const* training = std::get_if<bool*>(&state.at))
        before.emplace_back(*training, **training);
    }
    module.evaluate();
  }
  ~Evaluating() {
    for (auto [training, was] : before) *training = was;
  }
};
}  // namespace

std::vector<Tensor> Transformer::attention_weights(const Indices& ids, const Indices& keys) {
  std::vector<Tensor> weights;
  const NoGradient guard;
  const Evaluating looking(*this);  // a look must not draw from the dropout's random numbers
  Variable x = embedded(ids);
  for (Block& block : blocks) {
    weights.push_back(block.attention.weights(block.attention_norm(x), keys).value());
    x = block(x, keys);
  }
  return weights;
}

LearnedPositions& Transformer::learned_positions() {
  auto* learned = dynamic_cast<LearnedPositions*>(positions.get());
  check(learned != nullptr,
        "learned_positions: the model must have PositionKind::learned, got another kind.");
  return *learned;
}

void Transformer::parts(const Parts& parts) {
  parts.module("tokens", tokens);
  if (positions) parts.module("positions", *positions);
  if (relative) parts.module("relative", *relative);
  parts.module("dropout", dropout);
  for (std::size_t i = 0; i < blocks.size(); ++i)
    parts.module(fmt::format("blocks.{}", i), blocks[i]);
  parts.module("norm", norm);
  if (output) parts.module("output", *output);
}

}  // namespace locus
