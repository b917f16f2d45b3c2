#include "nn/relative_positions.h"

#include <algorithm>
#include <cmath>

#include "autograd/ops.h"

namespace locus {

Variable RelativePositions::rotated(const Variable& qkv, Index) const { return qkv; }
Variable RelativePositions::bias(Index) const { return {}; }

Variable RotaryPositions::rotated(const Variable& qkv, Index num_heads) const {
  return rotary(qkv, num_heads);
}

std::unique_ptr<RelativePositions> RotaryPositions::clone() const {
  return std::make_unique<RotaryPositions>(*this);
}

AlibiPositions::AlibiPositions(Index num_heads) {
  check(num_heads >= 1, "AlibiPositions: at least one head, got {}.", num_heads);
  for (Index head = 1; head <= num_heads; ++head)
    slopes.push_back(real(std::exp2(-8.0 * double(head) / double(num_heads))));
}

Variable AlibiPositions::bias(Index length) const {
  Tensor bias = Tensor::uninitialized({Index(slopes.size()), length, length});
  real* to = bias.data();
  for (const real slope : slopes) {
    for (Index query = 0; query < length; ++query) {
      for (Index key = 0; key < length; ++key) *to++ = -slope * real(std::abs(query - key));
    }
  }
  return bias;
}

std::unique_ptr<RelativePositions> AlibiPositions::clone() const {
  return std::make_unique<AlibiPositions>(*this);
}

RelativeBias::RelativeBias(Tensor table, Index max_distance_, bool causal_)
    : max_distance(max_distance_), causal(causal_) {
  check(table.shape().rank() == 2 && table.shape()[1] >= 1,
        "RelativeBias: the table has shape (buckets, num_heads), got {}.", table.shape());
  const Index buckets = table.shape()[0];
  check(causal ? buckets >= 2 : buckets >= 4 && buckets % 2 == 0,
        "RelativeBias: {} buckets, got {}.",
        causal ? "at least 2" : "without a causal mask an even count of at least 4", buckets);
  const Index near = (causal ? buckets : buckets / 2) / 2;
  check(max_distance > near,
        "RelativeBias: max_distance must be above {}, the number of exact distances, got {}.", near,
        max_distance);
  weight = Parameter(std::move(table), "relative");
}

// Of n buckets to a side, distances below near = n/2 have one each; distance d beyond goes to
// near + floor((n - near) log(d / near) / log(max_distance / near)), but at most to n - 1.
Index RelativeBias::bucket(Index offset) const {
  const Index buckets = weight.shape()[0], side = causal ? buckets : buckets / 2;
  const Index near = side / 2, distance = causal ? std::max(-offset, Index(0)) : std::abs(offset);
  const Index first = !causal && offset > 0 ? side : 0;
  if (distance < near) return first + distance;
  const double share =
      std::log2(double(distance) / double(near)) / std::log2(double(max_distance) / double(near));
  return first + std::min(near + Index(share * double(side - near)), side - 1);
}

Variable RelativeBias::bias(Index length) const {
  Indices buckets({length, length});
  for (Index query = 0; query < length; ++query) {
    for (Index key = 0; key < length; ++key) buckets[query * length + key] = bucket(key - query);
  }
  return permute(embedding(weight, buckets), {2, 0, 1});  // (query, key, head) -> head first
}

std::unique_ptr<RelativePositions> RelativeBias::clone() const {
  return std::make_unique<RelativeBias>(*this);
}

void RelativeBias::register_members(Registry& registry) { registry.parameter("weight", weight); }

}  // namespace locus
