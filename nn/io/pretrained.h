// Models made elsewhere, in and out: GPT-2 in Hugging Face's names and layout, and the position
// tables of models whose names are known.
#pragma once

#include <optional>

#include "nn/io/safetensors.h"
#include "nn/transformer.h"

namespace locus {

// --- GPT-2 ----------------------------------------------------------------------------------------

// The whole model: every size is read off the shapes, but the number of heads, which no shape tells.
// It is `num_heads`, or else what the file's metadata (n_head) says, or a config.json beside it,
// which only the first form looks for, or else one head per 64 dimensions, as in every GPT-2 that
// OpenAI published. The norms' epsilon is what the metadata or config.json say (layer_norm_epsilon), or
// 1e-5. Dropout is off.
// Names may begin with "transformer."; masks ("attn.bias", "attn.masked_bias") are left out;
// "lm_head.weight" must be the token table, to which the head is tied.
// Throws when a tensor is missing, is of another shape, or has no place in a GPT-2, and when
// config.json asks for what Transformer does not do.                        [Radford et al. 2019]
Transformer load_gpt2(const std::string& path, Index num_heads = 0);
Transformer load_gpt2(const Safetensors& file, Index num_heads = 0);

// The way back. Throws unless the model is what load_gpt2 makes: causal, a learned table, a tied
// head. To PyTorch it goes with gpt2_config(model) beside it, as config.json.
void save_gpt2(const Transformer& model, const std::string& path);
std::vector<NamedTensor> gpt2_tensors(const Transformer& model);
std::string gpt2_config(const Transformer& model);

// --- position tables -------------------------------------------------------------------------------

struct PositionTable {
  std::string name;            // of the tensor
  std::string layout;          // whose names and order these are, such as "GPT-2"; empty: not known
  Tensor rows;                 // (positions, dim), row 0 is the first position
  Index before = 0;            // rows of the tensor that stand before position 0, and are left out:
  std::string before_are{};    // what they are
  std::optional<Grid> grid{};  // of positions that stand in one, row by row
};

// Every tensor whose name says that it is a table of positions: GPT-2's wpe.weight, BERT's
// embeddings.position_embeddings.weight (of RoBERTa, two rows are for padding), and the patches'
// embeddings.position_embeddings or pos_embed (1, tokens, dim) of vision transformers, where a class
// token comes first, with DeiT a distillation token too, and the patches are a square.
std::vector<PositionTable> position_tables(const Safetensors& file);

// The tensor of that name as a table: (positions, dim) or (1, positions, dim). A grid takes the last
// rows.columns of it. Throws when there is none such, or when the grid does not fit.
PositionTable position_table(const Safetensors& file, const std::string& name,
                             std::optional<Grid> grid = {});

}  // namespace locus
