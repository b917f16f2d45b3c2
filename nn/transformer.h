// Transformer: tokens and positions in, one row of scores per token out. An encoder when every
// token sees all others, a decoder (GPT) when it sees only what came before.
#pragma once

#include <optional>

#include "nn/attention.h"
#include "nn/dropout.h"
#include "nn/embedding.h"
#include "nn/feed_forward.h"
#include "nn/layer_norm.h"
#include "nn/owned.h"
#include "nn/positions.h"

namespace locus {

// How a model knows where a token stands: not at all; by a vector added to the token's; or inside
// every layer's attention.
enum class PositionKind { none, learned, sinusoidal, rotary, alibi, relative };

struct TransformerConfig {
  Index vocab_size = 0;
  Index max_length = 0;
  Index embedding_dim = 0;
  Index num_heads = 1;
  Index num_layers = 1;
  Index hidden_dim = 0;    // of the feed-forward part; 0: four times embedding_dim
  Index outputs = 0;       // scores per token; 0: vocab_size
  bool causal = false;     // decoder
  bool tied_head = false;  // the head's weight is the token table, without a bias
  PositionKind positions = PositionKind::learned;
  double position_stddev = 0.02;      // learned ones start at N(0, this²); 0: at zero
  Index relative_buckets = 32;        // of relative positions, see RelativeBias,
  Index relative_max_distance = 128;  // and the distance from which on all are alike
  double dropout = 0;
};

// Pre-norm: x + attention(norm(x)), then x + feed_forward(norm(x)).         [Xiong et al. 2020]
class Block : public Module {
 public:
  Block(const TransformerConfig& config, Rng& rng);
  // See SelfAttention.                                                (batch, length, dim) -> same
  Variable operator()(const Variable& x, const Indices& keys = {},
                      const RelativePositions* positions = nullptr) const;

  LayerNorm attention_norm;
  SelfAttention attention;
  LayerNorm feed_forward_norm;
  FeedForward feed_forward;
  Dropout dropout;

 protected:
  void register_members(Registry& registry) override;
};

class Transformer : public Module {
 public:
  // Throws when a size is missing or dim is not a multiple of num_heads.
  Transformer(const TransformerConfig& config, Rng& rng);

  // Scores, before any softmax.            ids (batch, length) -> (batch, length, outputs)
  // keys: see SelfAttention. Throws for an id out of range or a length beyond the positions':
  // those inside attention have no end.
  Variable operator()(const Indices& ids, const Indices& keys = {}) const;
  // What the head reads: the last block's output, normalised.    -> (batch, length, embedding_dim)
  Variable hidden(const Indices& ids, const Indices& keys = {}) const;
  Variable head(const Variable& x) const;  // (.., embedding_dim) -> (.., outputs)
  // What each token attends to, layer by layer, without dropout.
  //                                      -> num_layers of (batch, num_heads, length, length)
  std::vector<Tensor> attention_weights(const Indices& ids, const Indices& keys = {}) const;

  // The learned table.                       Throws when the positions are not learned.
  LearnedPositions& learned_positions();
  const LearnedPositions& learned_positions() const;

  TransformerConfig config;
  Embedding tokens;
  Owned<Positions> positions;         // added to the tokens' vectors; may be none
  Owned<RelativePositions> relative;  // inside attention, one for all blocks; may be none
  Dropout dropout;
  std::vector<Block> blocks;
  LayerNorm norm;
  std::optional<Linear> output;  // empty: the head is tied to the token table

 protected:
  void register_members(Registry& registry) override;

 private:
  Variable embedded(const Indices& ids) const;  // token vectors plus position vectors
};

}  // namespace locus
