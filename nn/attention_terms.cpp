#include "nn/attention_terms.h"

#include <cmath>

namespace locus {

namespace {
// One summand of all queries and keys: (batch, num_heads, length, head_dim) each.
struct QueriesAndKeys {
  Tensor q, k;

  // qkv: (batch, length, 3 dim), not yet turned
  QueriesAndKeys(const Transformer& model, const Tensor& qkv) {
    const Shape& shape = qkv.shape();
    const Index heads = model.config.num_heads, width = shape[2] / 3 / heads;
    const Tensor turned = model.relative ? model.relative->rotated(qkv, heads).value() : qkv;
    const auto split = [&](Index part) {
      const Tensor flat = slice(turned, -1, part * heads * width, (part + 1) * heads * width);
      return permute(flat.reshaped({shape[0], shape[1], heads, width}), {0, 2, 1, 3});
    };
    q = split(0), k = split(1);
  }
};
}  // namespace

static Tensor product(const Tensor& q, const Tensor& k) {
  return matmul(q, k, Transpose::right) * (1 / std::sqrt(real(q.shape()[-1])));
}

AttentionTerms attention_terms(const Transformer& model, const Indices& ids) {
  check(ids.shape().rank() == 2, "attention_terms: ids have shape (batch, length), got {}.",
        ids.shape());
  const NoGrad guard;
  const SelfAttention& attention = model.blocks[0].attention;
  const LayerNorm& norm = model.blocks[0].attention_norm;
  const Index length = ids.shape()[1];

  const Tensor token = model.tokens(ids).value();
  const Tensor position =
      model.positions ? (*model.positions)(length).value() : Tensor({length, token.shape()[2]});
  const auto centred = [](const Tensor& x) { return x - mean(x, -1, Keep::yes); };
  const Tensor x = centred(token + position);
  const Tensor scale = 1 / sqrt(mean(x * x, -1, Keep::yes) + norm.epsilon);
  const auto part = [&](const Tensor& of) {
    const Tensor normed = centred(of) * scale * norm.weight.value();
    return QueriesAndKeys(model, matmul(normed, attention.qkv.weight.value(), Transpose::right));
  };
  const QueriesAndKeys t = part(token), p = part(position);
  const Variable same_in_all_rows(broadcast_to(norm.bias.value(), token.shape()));
  const QueriesAndKeys c(model, attention.qkv(same_in_all_rows).value());

  AttentionTerms terms = {product(t.q, t.k), product(t.q, p.k), product(p.q, t.k),
                          product(p.q, p.k),
                          product(c.q, t.k + p.k + c.k) + product(t.q + p.q, c.k)};
  const Variable bias = model.relative ? model.relative->bias(length) : Variable();
  if (bias) terms.position_position = terms.position_position + bias.value();
  return terms;
}

}  // namespace locus
