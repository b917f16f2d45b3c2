// Every differentiable op with its formula: the table of contents of autograd/ops/.
// The functions are those of tensor/math.h, for Variables; d x is short for the gradient of x.
// (.., n) stands for any leading extents. All of them throw locus::Error when shapes do not fit.
#pragma once

#include <vector>

#include "autograd/variable.h"
#include "tensor/random.h"

namespace locus {

// --- ops/arithmetic.cpp: operands of different shapes broadcast ----------------------------------

Variable operator+(const Variable& a, const Variable& b);  // da = dy            db = dy
Variable operator-(const Variable& a, const Variable& b);  // da = dy            db = -dy
Variable operator*(const Variable& a, const Variable& b);  // da = dy b          db = dy a
Variable operator/(const Variable& a, const Variable& b);  // da = dy / b        db = -dy y / b
Variable operator+(const Variable& a, real b);             // da = dy
Variable operator*(const Variable& a, real b);             // da = dy b
Variable operator/(const Variable& a, real b);             // da = dy / b
Variable operator-(const Variable& a);                     // da = -dy

Variable sum(const Variable& x);                                   // dx_i = dy               -> ()
Variable sum(const Variable& x, int axis, Keep keep = Keep::no);   // dx_i = dy, along the axis
Variable mean(const Variable& x);                                  // dx_i = dy / count       -> ()
Variable mean(const Variable& x, int axis, Keep keep = Keep::no);  // dx_i = dy / extent
Variable broadcast_to(const Variable& x, const Shape& shape);      // dx = sum_to(dy)
Variable sum_to(const Variable& x, const Shape& shape);            // dx = broadcast_to(dy)

// --- ops/activations.cpp -------------------------------------------------------------------------

Variable exp(const Variable& x);   // dx = dy y
Variable log(const Variable& x);   // dx = dy / x
Variable sqrt(const Variable& x);  // dx = dy / (2 y)
Variable tanh(const Variable& x);  // dx = dy (1 - y²)
Variable relu(const Variable& x);  // dx = dy where x > 0, else 0
// y = 1 / (1 + exp(-x)), without overflow     dx = dy y (1 - y)
Variable sigmoid(const Variable& x);
Variable silu(const Variable& x);  // y = x sigmoid(x); of -inf NaN
Variable sin(const Variable& x);   // dx = dy cos x
Variable cos(const Variable& x);   // dx = -dy sin x
Variable abs(const Variable& x);   // dx = dy sign(x), 0 at 0
// dx = dy exponent x^(exponent - 1); for exponent 0 it is 0. Of a negative x NaN, unless the exponent is
// a whole number; for an exponent below 1, dx is infinite at 0.
Variable pow(const Variable& x, real exponent);
// dx = dy where low <= x <= high, both included, else 0; NaN stays, dx is 0.
Variable clamp(const Variable& x, real low, real high);
// y = a where the condition is not 0, else b; dy goes to the chosen one. All three broadcast.
Variable where(const Tensor& condition, const Variable& a, const Variable& b);
Variable gelu(const Variable& x);       // y = x Φ(x)     dx = dy (Φ(x) + x φ(x))
Variable gelu_tanh(const Variable& x);  // y = x (1 + tanh u) / 2, u = √(2/π) (x + 0.044715 x³)
// y = x / (1 - rate) with probability 1 - rate, else 0; the same choice for dx.  rate in [0, 1)
//                                                                        [Srivastava et al. 2014]
Variable dropout(const Variable& x, real rate, Rng& rng);

// --- ops/products.cpp ----------------------------------------------------------------------------

// C = A B          dA = dC Bᵀ        dB = Aᵀ dC         (.., n, k) x (.., k, m) -> (.., n, m)
Variable matmul(const Variable& a, const Variable& b, Transpose transpose = Transpose::none);
// y = x Wᵀ + b     dx = dy W         dW = dyᵀ x         db = sum of dy's rows
//                                                       (.., k) x (m, k) x (m) -> (.., m)
Variable linear(const Variable& x, const Variable& weight, const Variable& bias);

// --- ops/rows.cpp: along the last axis -----------------------------------------------------------

// y_i = exp(x_i) / sum_j exp(x_j)     dx = y (dy - sum_j dy_j y_j)             (.., n) -> same
Variable softmax(const Variable& x);
// y = x̂ weight + bias, x̂ = (x - mean) / sqrt(variance + epsilon)   (.., n) x (n) x (n) -> (.., n)
Variable layer_norm(const Variable& x, const Variable& weight, const Variable& bias,
                    real epsilon = real(1e-5));

// --- ops/along_axis.cpp: NaN counts as the largest ------------------------------------------------

// The first of the largest gets all of dy.
Variable max(const Variable& x, int axis, Keep keep = Keep::no);
// y_i = x_0 + ... + x_i     dx_i = dy_i + ... + dy_last; from the back, the other way round
Variable cumsum(const Variable& x, int axis, From from = From::front);
// log sum_j exp(x_j), without overflow; of an axis of -inf alone -inf, and its gradient NaN
//                                                                       dx = dy softmax(x)
Variable logsumexp(const Variable& x, int axis, Keep keep = Keep::no);
// x - logsumexp(x)     dx = dy - softmax(x) sum_j dy_j                                     -> same
Variable log_softmax(const Variable& x, int axis = -1);

// --- ops/loss.cpp --------------------------------------------------------------------------------

// Mean over rows of -log softmax(logits)[target]; targets of -1 (`ignored`) do not count.
// dlogits = (softmax(logits) - onehot) dy / count                        (.., n) x ids (..) -> ()
Variable cross_entropy(const Variable& logits, const Indices& targets);
// Mean of (x - target)²                                                  same shapes -> ()
Variable mean_squared_error(const Variable& x, const Variable& target);

// --- ops/embedding.cpp ---------------------------------------------------------------------------

// y[i] = table[ids[i]]     dtable[r] = sum of dy[i] over all i with ids[i] == r
//                                                                     (n, d) x ids (..) -> (.., d)
Variable embedding(const Variable& table, const Indices& ids);
// table[ids[i]] += x[i], from zero; the adjoint of embedding           (.., d) x ids (..) -> (n, d)
Variable scatter_add_rows(const Variable& x, const Indices& ids, Index n);

// --- ops/attention.cpp ---------------------------------------------------------------------------

// Per head: softmax(Q Kᵀ / √head_dim + mask) V, without keeping the length x length weights.
// qkv: queries, keys and values side by side      (batch, length, 3 dim) -> (batch, length, dim)
Variable attention(const Variable& qkv, Index num_heads, const AttentionMask& mask = {});
// The weights themselves: softmax(Q Kᵀ / √head_dim + mask)  -> (batch, num_heads, length, length)
Variable attention_weights(const Variable& qkv, Index num_heads, const AttentionMask& mask = {});
// Both with a bias that is added to every item's logits, and differentiable in it; the weights are
// kept. An empty Variable is no bias.                            bias: (num_heads, length, length)
Variable attention(const Variable& qkv, Index num_heads, const Variable& bias,
                   const AttentionMask& mask);
Variable attention_weights(const Variable& qkv, Index num_heads, const Variable& bias,
                           const AttentionMask& mask);

// --- ops/rotary.cpp ------------------------------------------------------------------------------

// In each head's query and key of the token at place p, the pairs of numbers (2i, 2i + 1) turned by
// the angle direction p / 10000^(2i / head_dim). dqkv = dy turned back, by -direction.   [Su et al. 2021]
//                                                        (batch, length, 3 dim) -> same
Variable rotary(const Variable& qkv, Index num_heads, real direction = 1);

// --- ops/layout.cpp: every rule moves the gradient back ------------------------------------------

Variable reshape(const Variable& x, const Shape& shape);  // the same numbers
// ... of which one extent may be -1: "the rest".
Variable reshape(const Variable& x, std::initializer_list<Index> extents);
Variable permute(const Variable& x, const std::vector<int>& order);    // axes in a new order
Variable slice(const Variable& x, int axis, Index first, Index last);  // entries first .. last-1
// Zeros around; the adjoint of slice.
Variable pad(const Variable& x, int axis, Index before, Index after);
Variable unsqueeze(const Variable& x, int axis);                     // a new axis of extent 1
Variable squeeze(const Variable& x, int axis);                       // without an axis of extent 1
Variable stack(const std::vector<Variable>& parts, int axis = 0);    // along a new axis
Variable concatenate(const std::vector<Variable>& parts, int axis);  // one after the other

inline Variable operator*(real a, const Variable& b) { return b * a; }
inline Variable operator+(real a, const Variable& b) { return b + a; }
inline Variable operator-(const Variable& a, real b) { return a + -b; }
inline Variable operator-(real a, const Variable& b) { return -b + a; }
inline Variable operator/(real a, const Variable& b) { return Variable(Tensor(Shape{}, a)) / b; }

}  // namespace locus
