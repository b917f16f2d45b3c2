// Positions inside attention: they tell how far a key is from a query, not where either stands.
#pragma once

#include <memory>
#include <vector>

#include "nn/module.h"
#include "tensor/indices.h"

namespace locus {

// What attention is told of places. A kind overrides one of the two.
class RelativePositions : public Module {
 public:
  // Queries, keys and values as attention is to take them.         (batch, length, 3 dim) -> same
  virtual Variable rotated(const Variable& qkv, Index num_heads) const;
  // What each head adds to its logits.   -> (num_heads, length, length), or empty: nothing
  virtual Variable bias(Index length) const;
  virtual std::unique_ptr<RelativePositions> clone() const = 0;

 protected:
  void register_members(Registry&) override {}
};

// Queries and keys turned by an angle that grows with their place, so that their product depends on
// the distance alone. No parameters, no end.                                    [Su et al. 2021]
class RotaryPositions : public RelativePositions {
 public:
  Variable rotated(const Variable& qkv, Index num_heads) const override;
  std::unique_ptr<RelativePositions> clone() const override;
};

// bias[h][query][key] = -slope_h |query - key|: the farther, the less is read, and each head
// forgets at its own speed. No parameters, no end.                              [Press et al. 2022]
// The paper has a causal mask. Without one the same bias treats before and after alike.
class AlibiPositions : public RelativePositions {
 public:
  explicit AlibiPositions(Index num_heads);  // throws for less than one
  Variable bias(Index length) const override;
  std::unique_ptr<RelativePositions> clone() const override;

  std::vector<real> slopes;  // 2^(-8/n), 2^(-16/n), .. 2^-8 for n heads
};

// bias[h][query][key] = weight[bucket(key - query)][h], learned: near distances have a bucket each,
// farther ones share ever wider buckets, and all from `max_distance` on the last one.
// It has an end after all: a bucket that no training sequence was long enough to reach is as it
// started. For longer sequences than those of training, let `max_distance` be less than their length.
// [Raffel et al. 2020, section 2.1]
class RelativeBias : public RelativePositions {
 public:
  // A table (buckets, num_heads). Under a causal mask all buckets are for what came before; else
  // one half is for keys up to the query and the other for keys after it.
  // Throws unless there are at least 2 buckets to each side, 4 or more of them in an even count
  // without the mask, and unless `max_distance` lies beyond the buckets of one distance each.
  RelativeBias(Tensor table, Index max_distance, bool causal);
  Variable bias(Index length) const override;
  std::unique_ptr<RelativePositions> clone() const override;
  Index bucket(Index offset) const;  // of key - query -> 0 .. buckets - 1

  Parameter weight;  // (buckets, num_heads)
  Index max_distance;
  bool causal;

 protected:
  void register_members(Registry& registry) override;
};

}  // namespace locus
