// Scaled dot-product attention, one head at a time, a block of queries at a time: the scores of a
// block fit in the cache and are forgotten, and under a causal mask keys behind the block's last
// query are not visited.
// The adjoint computes the scores again instead of keeping them.        [after Dao et al. 2022]
#include "tensor/attention.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tensor/kernels/kernels.h"
#include "tensor/matmul.h"
#include "tensor/parallel.h"

namespace locus {

static constexpr Index block = 32;  // queries whose scores are held at a time: small, to skip more

HeadLayout::HeadLayout(const Shape& qkv, Index num_heads_) {
  check(qkv.rank() == 3 && num_heads_ >= 1 && qkv[2] > 0 && qkv[2] % 3 == 0 &&
            qkv[2] / 3 % num_heads_ == 0,
        "attention: qkv has shape (batch, length, 3 dim) with dim a multiple of the {} heads, "
        "got {}.",
        num_heads_, qkv);
  batch = qkv[0], length = qkv[1], dim = qkv[2] / 3;
  num_heads = num_heads_, head_dim = dim / num_heads;
  scale = 1 / std::sqrt(real(head_dim));
}

static void check_mask(const AttentionMask& mask, Index batch, Index length) {
  if (mask.keys.shape() == Shape{0}) return;
  check(mask.keys.shape() == Shape{batch, length},
        "attention: the key mask has shape ({}, {}), got {}.", batch, length, mask.keys.shape());
  for (Index item = 0; item < batch; ++item) {
    Index first = 0;
    while (first < length && mask.keys[item * length + first] == 0) ++first;
    // Under a causal mask the first token sees itself alone.
    check(first < (mask.causal ? 1 : length) || length == 0,
          "attention: every token must see a key, got a mask that hides all keys from a token of "
          "item {}. Pad at the end of the sequence.",
          item);
  }
}

// The first `visible` of `seen` numbers and some more, so that the row's loops end with a whole vector.
static Index whole_vectors(Index visible, Index seen) {
  const Index lanes = kernels().tile_columns / 2;
  return std::min(seen, (visible + lanes - 1) / lanes * lanes);
}

// scores[i][j] = -inf where no token may see key j.
static void hide(const Index* keys, Index rows, Index seen, real* scores) {
  for (Index j = 0; keys && j < seen; ++j) {
    for (Index i = 0; keys[j] == 0 && i < rows; ++i)
      scores[i * seen + j] = -std::numeric_limits<real>::infinity();
  }
}

// Runs body(item, head) for all heads of all items, in parallel.
template <class Body>
static void for_heads(const HeadLayout& heads, Body body) {
  const Index work = heads.length * heads.length * heads.head_dim;  // of one head
  parallel_for(heads.batch * heads.num_heads, 100'000 / work, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) body(i / heads.num_heads, i % heads.num_heads);
  });
}

AttentionResult attention(const Tensor& qkv, Index num_heads, const AttentionMask& mask) {
  const HeadLayout heads(qkv.shape(), num_heads);
  check_mask(mask, heads.batch, heads.length);
  const Index length = heads.length, dim = heads.dim, stride = 3 * dim;
  AttentionResult result{Tensor::uninitialized({heads.batch, length, dim}),
                         Tensor::uninitialized({heads.batch, num_heads, length, 2})};
  if (qkv.empty()) return result;
  const real* from = qkv.data();
  real *output = result.output.data(), *stats = result.softmax_stats.data();
  const Index* all_keys = mask.keys.size() > 0 ? &*mask.keys.begin() : nullptr;

  for_heads(heads, [&](Index item, Index head) {
    const MatrixView q = {from + item * length * stride + head * heads.head_dim, stride};
    const MatrixView k = {q.data + dim, stride}, v = {k.data + dim, stride};
    const Index* keys = all_keys ? all_keys + item * length : nullptr;
    const RightOperand k_transposed(heads.head_dim, length, k.transposed(), length);
    const RightOperand values(length, heads.head_dim, v, length);
    const Buffer scratch(std::min(block, length) * length);
    real* scores = scratch.numbers();
    real* stats_of_head = stats + 2 * (item * heads.num_heads + head) * length;
    for (Index first = 0; first < length; first += block) {
      const Index rows = std::min(block, length - first);
      const Index seen = mask.causal ? first + rows : length;  // by the block's last token
      k_transposed.multiply(rows, seen, heads.head_dim, {q.at(first, 0), stride}, scores, seen);
      hide(keys, rows, seen, scores);
      for (Index i = 0; i < rows; ++i) {
        real* row = scores + i * seen;
        const Index visible = mask.causal ? first + i + 1 : seen,
                    whole = whole_vectors(visible, seen);
        std::fill(row + visible, row + whole, -std::numeric_limits<real>::infinity());
        std::fill(row + whole, row + seen, real(0));
        real* row_stats = stats_of_head + 2 * (first + i);
        row_stats[1] = kernels().exp_row(row, heads.scale, row, whole, &row_stats[0]);
      }
      real* y = output + (item * length + first) * dim + head * heads.head_dim;
      values.multiply(rows, heads.head_dim, seen, {scores, seen}, y, dim);
      for (Index i = 0; i < rows; ++i, y += dim) {
        const real factor = 1 / stats_of_head[2 * (first + i) + 1];
        for (Index j = 0; j < heads.head_dim; ++j) y[j] *= factor;
      }
    }
  });
  return result;
}

// With P = softmax(S), S = scale Q Kᵀ, O = P V:
//   dV = Pᵀ dO,   dP = dO Vᵀ,   dS = P * (dP - D) with D_i = dO_i O_i,
//   dQ = scale dS K,   dK = scale dSᵀ Q.
Tensor attention_backward(const Tensor& dy, const Tensor& qkv, const AttentionResult& forward,
                          Index num_heads, const AttentionMask& mask) {
  const HeadLayout heads(qkv.shape(), num_heads);
  const Index length = heads.length, dim = heads.dim, stride = 3 * dim;
  check_mask(mask, heads.batch, length);
  check(forward.output.shape() == Shape{heads.batch, length, dim} &&
            forward.softmax_stats.shape() == Shape{heads.batch, num_heads, length, 2},
        "attention_backward: the forward's results must be those of qkv {}, got {} and {}.",
        qkv.shape(), forward.output.shape(), forward.softmax_stats.shape());
  check(dy.shape() == forward.output.shape(),
        "attention_backward: the gradient must have shape {}, got {}.", forward.output.shape(),
        dy.shape());
  Tensor dqkv(qkv.shape());
  if (qkv.empty()) return dqkv;
  const real *from = qkv.data(), *gradient = dy.data(), *output = forward.output.data();
  const real* stats = forward.softmax_stats.data();
  const Index* all_keys = mask.keys.size() > 0 ? &*mask.keys.begin() : nullptr;
  real* to = dqkv.data();

  for_heads(heads, [&](Index item, Index head) {
    const Index start = item * length * stride + head * heads.head_dim;
    const MatrixView q = {from + start, stride};
    const MatrixView k = {q.data + dim, stride}, v = {k.data + dim, stride};
    real *dq = to + start, *dk = dq + dim, *dv = dk + dim;
    const Index* keys = all_keys ? all_keys + item * length : nullptr;
    const RightOperand k_transposed(heads.head_dim, length, k.transposed(), length);
    const RightOperand v_transposed(heads.head_dim, length, v.transposed(), length);
    const RightOperand k_rows(length, heads.head_dim, k, length);
    const Index room = std::min(block, length) * length;
    const Buffer scratch(2 * room);
    real *p = scratch.numbers(), *dp = p + room;
    for (Index first = 0; first < length; first += block) {
      const Index rows = std::min(block, length - first);
      const Index seen = mask.causal ? first + rows : length;
      const Index out = (item * length + first) * dim + head * heads.head_dim;
      const MatrixView q_rows = {q.at(first, 0), stride}, d_o = {gradient + out, dim};
      k_transposed.multiply(rows, seen, heads.head_dim, q_rows, p, seen);
      hide(keys, rows, seen, p);
      v_transposed.multiply(rows, seen, heads.head_dim, d_o, dp, seen);
      for (Index i = 0; i < rows; ++i) {
        real *p_row = p + i * seen, *dp_row = dp + i * seen;
        const Index visible = mask.causal ? first + i + 1 : seen,
                    whole = whole_vectors(visible, seen);
        std::fill(p_row + visible, p_row + whole, -std::numeric_limits<real>::infinity());
        std::fill(p_row + whole, p_row + seen, real(0));
        std::fill(dp_row + visible, dp_row + seen, real(0));
        const real d = kernels().dot(d_o.at(i, 0), output + out + i * dim, heads.head_dim);
        const real* row_stats = stats + 2 * ((item * heads.num_heads + head) * length + first + i);
        kernels().exp_row_backward(p_row, dp_row, whole, heads.scale, row_stats[0], row_stats[1],
                                   d);
      }
      const MatrixView weights = {p, seen}, ds = {dp, seen};
      k_rows.multiply(rows, heads.head_dim, seen, ds, dq + first * stride, stride);
      multiply(seen, heads.head_dim, rows, ds.transposed(), q_rows, dk, stride, {dk, stride});
      multiply(seen, heads.head_dim, rows, weights.transposed(), d_o, dv, stride, {dv, stride});
    }
  });
  return dqkv;
}

Tensor attention_bias(const AttentionMask& mask, Index batch, Index length) {
  check_mask(mask, batch, length);
  const bool per_item = mask.keys.size() > 0;
  Tensor bias(Shape{per_item ? batch : 1, 1, length, length});
  real* to = bias.data();
  for (Index place = 0; place < bias.size(); ++place) {
    const Index key = place % length, query = place / length % length,
                item = place / (length * length);
    const bool hidden =
        (mask.causal && key > query) || (per_item && mask.keys[item * length + key] == 0);
    if (hidden) to[place] = -std::numeric_limits<real>::infinity();
  }
  return bias;
}

}  // namespace locus
