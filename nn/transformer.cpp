#include "nn/transformer.h"

#include <cmath>
#include <utility>

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
  check(std::isfinite(config.position_stddev) && config.position_stddev >= 0,
        "Transformer: the position_stddev must be finite and 0 or more, got {}.",
        config.position_stddev);
  if (config.hidden_dim == 0) config.hidden_dim = Shape{4, config.embedding_dim}.size();
  if (config.outputs == 0) config.outputs = config.vocab_size;
  check(!config.tied_head || config.outputs == config.vocab_size,
        "Transformer: a tied head has one output per token, got outputs {} for vocab_size {}.",
        config.outputs, config.vocab_size);
  if (config.positions == PositionKind::relative) {  // it checks its own sizes
    RelativeBias(Tensor({config.relative_buckets, config.num_heads}), config.relative_max_distance,
                 config.causal);
  }
  return config;
}

// --- Block ---------------------------------------------------------------------------------------

Block::Block(const TransformerConfig& config, Rng& rng)
    : attention_norm(config.embedding_dim),
      attention(config.embedding_dim, config.num_heads, config.causal, rng),
      feed_forward_norm(config.embedding_dim),
      feed_forward(config.embedding_dim, config.hidden_dim, rng), dropout(config.dropout, rng) {}

Variable Block::operator()(const Variable& x, const Indices& keys,
                           const RelativePositions* positions) const {
  const Variable y = x + dropout(attention(attention_norm(x), keys, positions));
  return y + dropout(feed_forward(feed_forward_norm(y)));
}

void Block::register_members(Registry& registry) {
  registry.module("attention_norm", attention_norm);
  registry.module("attention", attention);
  registry.module("feed_forward_norm", feed_forward_norm);
  registry.module("feed_forward", feed_forward);
  registry.module("dropout", dropout);
}

// --- Transformer ---------------------------------------------------------------------------------

static Owned<Positions> added_positions(const TransformerConfig& config, Rng& rng) {
  const Shape table{config.max_length, config.embedding_dim};
  switch (config.positions) {
    case PositionKind::learned:
      return std::make_unique<LearnedPositions>(normal(table, real(config.position_stddev), rng));
    case PositionKind::sinusoidal:
      return std::make_unique<SinusoidalPositions>(table[0], table[1]);
    default:
      return {};
  }
}

static Owned<RelativePositions> relative_positions(const TransformerConfig& config, Rng& rng) {
  const Shape table{config.relative_buckets, config.num_heads};
  switch (config.positions) {
    case PositionKind::rotary:
      return std::make_unique<RotaryPositions>();
    case PositionKind::alibi:
      return std::make_unique<AlibiPositions>(config.num_heads);
    case PositionKind::relative:
      return std::make_unique<RelativeBias>(normal(table, real(config.position_stddev), rng),
                                            config.relative_max_distance, config.causal);
    default:
      return {};
  }
}

Transformer::Transformer(const TransformerConfig& wanted, Rng& rng)
    : config(completed(wanted)), tokens(config.vocab_size, config.embedding_dim, rng),
      dropout(config.dropout, rng), norm(config.embedding_dim) {
  positions = added_positions(config, rng);
  relative = relative_positions(config, rng);
  for (Index layer = 0; layer < config.num_layers; ++layer) blocks.emplace_back(config, rng);
  if (!config.tied_head) output.emplace(config.embedding_dim, config.outputs, rng);
  name_parameters();
}

Variable Transformer::embedded(const Indices& ids) const {
  check(ids.shape().rank() == 2, "Transformer: ids have shape (batch, length), got {}.",
        ids.shape());
  const Variable x = tokens(ids);
  return positions ? dropout(x + (*positions)(ids.shape()[1]))
                   : dropout(x);  // the same vectors for all items
}

Variable Transformer::hidden(const Indices& ids, const Indices& keys) const {
  Variable x = embedded(ids);
  for (const Block& block : blocks) x = block(x, keys, relative.get());
  return norm(x);
}

Variable Transformer::head(const Variable& x) const {
  return output ? (*output)(x) : linear(x, tokens.weight, Variable(Tensor({config.vocab_size})));
}

Variable Transformer::operator()(const Indices& ids, const Indices& keys) const {
  return head(hidden(ids, keys));
}

std::vector<Tensor> Transformer::attention_weights(const Indices& ids, const Indices& keys) const {
  const NoGrad guard;
  Transformer model = *this;  // in evaluation; this one's dropout must not advance
  model.eval();
  std::vector<Tensor> weights;
  Variable x = model.embedded(ids);
  for (const Block& block : model.blocks) {
    const Variable normed = block.attention_norm(x);
    weights.push_back(block.attention.weights(normed, keys, relative.get()).value());
    x = block(x, keys, relative.get());
  }
  return weights;
}

LearnedPositions& Transformer::learned_positions() {
  return const_cast<LearnedPositions&>(std::as_const(*this).learned_positions());
}

const LearnedPositions& Transformer::learned_positions() const {
  const auto* learned = dynamic_cast<const LearnedPositions*>(positions.get());
  check(learned != nullptr,
        "learned_positions: the model must have PositionKind::learned, got another kind.");
  return *learned;
}

void Transformer::register_members(Registry& registry) {
  registry.module("tokens", tokens);
  if (positions) registry.module("positions", *positions);
  if (relative) registry.module("relative", *relative);
  registry.module("dropout", dropout);
  registry.modules("blocks", blocks);
  registry.module("norm", norm);
  if (output) registry.module("output", *output);
}

}  // namespace locus
