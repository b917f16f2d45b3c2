// Scaled dot-product attention. The forward and the ordinary adjoint are the fused ones of
// tensor/attention.cpp; below them the same with recorded ops, one line of the formula at a time.
#include "autograd/ops.h"
#include "autograd/record.h"
#include "tensor/attention.h"

namespace locus {

namespace {
// (batch, length, 3 dim) -> three of (batch, num_heads, length, head_dim)
struct SplitHeads : HeadLayout {
  Variable q, k, v;

  SplitHeads(const Variable& qkv, Index heads) : HeadLayout(qkv.shape(), heads) {
    const Variable parts = reshape(qkv, {batch, length, 3, num_heads, head_dim});
    const Variable three = permute(parts, {2, 0, 3, 1, 4});
    q = part(three, 0), k = part(three, 1), v = part(three, 2);
  }

  Variable weights(const AttentionMask& mask, const Variable& bias = {}) const {
    // Without `scale`, softmax saturates.
    const Variable seen = matmul(q, k, Transpose::right) * scale +
                          attention_bias(mask, batch, length);
    if (!bias) return softmax(seen);
    check(bias.shape() == Shape{num_heads, length, length},
          "attention: the bias has one number per head, query and key, {}, got {}.",
          Shape{num_heads, length, length}, bias.shape());
    return softmax(seen + bias);
  }
  // (batch, length, dim) -> (batch, num_heads, length, head_dim)
  Variable split(const Variable& y) const {
    return permute(reshape(y, {batch, length, num_heads, head_dim}), {0, 2, 1, 3});
  }
  // (batch, num_heads, length, head_dim) -> (batch, length, dim)
  Variable together(const Variable& heads) const {
    return reshape(permute(heads, {0, 2, 1, 3}), {batch, length, dim});
  }
  // Gradients of q, k and v -> the gradient of qkv
  Variable join(const Variable& dq, const Variable& dk, const Variable& dv) const {
    const Shape one{1, batch, num_heads, length, head_dim};
    const Variable three = concatenate({reshape(dq, one), reshape(dk, one), reshape(dv, one)}, 0);
    return reshape(permute(three, {1, 3, 0, 2, 4}), {batch, length, 3 * dim});
  }

 private:
  Variable part(const Variable& three, Index i) const {
    return reshape(slice(three, 0, i, i + 1), {batch, num_heads, length, head_dim});
  }
};
}  // namespace

Variable attention_weights(const Variable& qkv, Index num_heads, const AttentionMask& mask) {
  return SplitHeads(qkv, num_heads).weights(mask);
}

Variable attention_weights(const Variable& qkv, Index num_heads, const Variable& bias,
                           const AttentionMask& mask) {
  return SplitHeads(qkv, num_heads).weights(mask, bias);
}

// P = softmax(scale Q Kᵀ + mask), O = P V:
//   dV = Pᵀ dO    dP = dO Vᵀ    dS = P (dP - sum_j dP_j P_j)    dQ = scale dS K    dK = scale dSᵀ Q
static Variable recorded_backward(const Variable& dy, const Variable& qkv, Index num_heads,
                                 const AttentionMask& mask) {
  const SplitHeads h(qkv, num_heads);
  const Variable p = h.weights(mask), d_o = h.split(dy);
  const Variable dv = matmul(p, d_o, Transpose::left);
  const Variable dp = matmul(d_o, h.v, Transpose::right);
  const Variable ds = p * (dp - sum(dp * p, -1, Keep::yes)) * h.scale;
  return h.join(matmul(ds, h.k), matmul(ds, h.q, Transpose::left), dv);
}

// y = softmax(Q Kᵀ / √head_dim + mask) V, per head. The sum of each softmax is kept for the adjoint,
// which computes the weights again from it.
Variable attention(const Variable& qkv, Index num_heads, const AttentionMask& mask) {
  const AttentionResult forward = attention(qkv.value(), num_heads, mask);
  return record("attention", forward.output, {
      {qkv, [qkv, num_heads, mask, softmax_stats = forward.softmax_stats](const Variable& dy,
                                                       const Variable& y) {
        if (recording()) return recorded_backward(dy, qkv, num_heads, mask);
        const AttentionResult was = {y.value(), softmax_stats};
        return Variable(attention_backward(dy.value(), qkv.value(), was, num_heads, mask));
      }},
  });
}

// y = softmax(Q Kᵀ / √head_dim + bias + mask) V, per head, as recorded ops.
Variable attention(const Variable& qkv, Index num_heads, const Variable& bias,
                   const AttentionMask& mask) {
  if (!bias) return attention(qkv, num_heads, mask);
  const SplitHeads h(qkv, num_heads);
  return h.together(matmul(h.weights(mask, bias), h.v));
}

}  // namespace locus
