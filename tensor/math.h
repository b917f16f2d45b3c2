// Every function of tensors, one line of formula and one of shapes. Read this first.
// (.., n) stands for any leading extents. All of them throw locus::Error when shapes do not fit.
#pragma once

#include <initializer_list>
#include <vector>

#include "tensor/adam_step.h"
#include "tensor/attention.h"
#include "tensor/indices.h"
#include "tensor/tensor.h"

namespace locus {

// --- elementwise.cpp: number by number; operands of different shapes broadcast -------------------

Tensor operator+(const Tensor& a, const Tensor& b);
Tensor operator-(const Tensor& a, const Tensor& b);
Tensor operator*(const Tensor& a, const Tensor& b);
Tensor operator/(const Tensor& a, const Tensor& b);
Tensor operator+(const Tensor& a, real b);
Tensor operator*(const Tensor& a, real b);
Tensor operator/(const Tensor& a, real b);
Tensor operator-(const Tensor& a);
inline Tensor operator+(real a, const Tensor& b) { return b + a; }
inline Tensor operator*(real a, const Tensor& b) { return b * a; }
inline Tensor operator-(const Tensor& a, real b) { return a + -b; }
inline Tensor operator-(real a, const Tensor& b) { return -b + a; }
inline Tensor operator/(real a, const Tensor& b) { return Tensor(Shape{}, a) / b; }

Tensor exp(const Tensor& x);
Tensor log(const Tensor& x);  // natural; log 0 = -inf, of a negative number NaN
Tensor sqrt(const Tensor& x);
Tensor tanh(const Tensor& x);
Tensor relu(const Tensor& x);  // max(x, 0)
Tensor sin(const Tensor& x);
Tensor cos(const Tensor& x);
Tensor abs(const Tensor& x);
// Of a negative x NaN, unless the exponent is a whole number; x^0 = 1 even for NaN.
Tensor pow(const Tensor& x, real exponent);
// x where low <= x <= high, else the nearer of the two; NaN stays.    Throws when low is above high.
Tensor clamp(const Tensor& x, real low, real high);
// a where the condition is not 0, else b; the other may be NaN. All three broadcast.
Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);
// x Φ(x) = x (1 + erf(x / √2)) / 2; of -inf NaN                         [Hendrycks & Gimpel 2016]
Tensor gelu(const Tensor& x);
// x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2                        [Hendrycks & Gimpel 2016]
Tensor gelu_tanh(const Tensor& x);

Tensor relu_backward(const Tensor& dy, const Tensor& x);       // dy where x > 0, else 0
Tensor gelu_backward(const Tensor& dy, const Tensor& x);       // dy * gelu'(x)
Tensor gelu_tanh_backward(const Tensor& dy, const Tensor& x);  // dy * gelu_tanh'(x)

void add_in_place(Tensor& sum, const Tensor& x);  // sum += x, of the same shape
bool all_finite(const Tensor& x);                 // no infinity, no NaN

// Repeats x to a shape it broadcasts to.     Adjoint: sum_to.
Tensor broadcast_to(const Tensor& x, const Shape& shape);

// One step of Adam with decoupled weight decay, in one pass.
// average and square are the running means of the gradient and of its square.    Same shapes.
void adam_update(Tensor& x, Tensor& average, Tensor& square, const Tensor& gradient,
                 const AdamStep& step);

// --- reduce.cpp: sums and extremes ---------------------------------------------------------------

enum class Keep { no, yes };  // whether a summed axis stays, with extent 1

Tensor sum(const Tensor& x);                                   // all numbers              -> ()
Tensor sum(const Tensor& x, int axis, Keep keep = Keep::no);   // along one axis
Tensor mean(const Tensor& x);                                  // sum / count              -> ()
Tensor mean(const Tensor& x, int axis, Keep keep = Keep::no);  // sum / extent
// A NaN counts as the largest.                                       Throws along an extent of 0.
Tensor max(const Tensor& x, int axis, Keep keep = Keep::no);
// 1 at the first of the largest along an axis, 0 elsewhere.                             -> same
Tensor is_max(const Tensor& x, int axis);
// y_i = x_0 + ... + x_i along an axis; from the back, x_i + ... + x_last.               -> same
enum class From { front, back };
Tensor cumsum(const Tensor& x, int axis, From from = From::front);
// The place of the largest along the last axis, the first of equals              (.., n) -> (..)
Indices argmax(const Tensor& x);

// Sums over what broadcast_to repeated, down to `shape`; each is the other's adjoint.
Tensor sum_to(const Tensor& x, const Shape& shape);

// --- rows.cpp: along the last axis, each row by itself -------------------------------------------

// y_i = exp(x_i) / sum_j exp(x_j)                                            (.., n) -> same
Tensor softmax(const Tensor& x);
// dx = y * (dy - sum_j dy_j y_j)                                          (.., n) x (.., n) -> same
Tensor softmax_backward(const Tensor& dy, const Tensor& y);

// x̂ = (x - mean) / sqrt(variance + epsilon) along each row, then x̂ * weight + bias
//                                                        (.., n) x (n) x (n) -> (.., n)
// [Ba, Kiros & Hinton 2016; variance is divided by n]
struct LayerNormResult {
  Tensor output;     // (.., n)
  Tensor mean_rstd;  // (rows, 2): mean and 1 / sqrt(variance + epsilon), what the adjoints need
};
LayerNormResult layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, real epsilon);
// With h = dy * weight:  dx = (h - mean(h) - x̂ mean(h x̂)) / sqrt(variance + epsilon)   -> (.., n)
Tensor layer_norm_backward(const Tensor& dy, const Tensor& x, const Tensor& weight,
                           const Tensor& mean_rstd);
// dweight = sum over rows of dy * x̂                                                       -> (n)
Tensor layer_norm_weight_backward(const Tensor& dy, const Tensor& x, const Tensor& mean_rstd);

inline constexpr Index ignored = -1;  // a target that does not count

// Mean over rows of -log softmax(logits)[target]; a row whose target is `ignored` does not count.
//                                                                  (.., n) x ids (..) -> ()
Tensor cross_entropy(const Tensor& logits, const Indices& targets);
// dlogits = (softmax(logits) - onehot(target)) dy / rows that count, 0 in the others     -> (.., n)
Tensor cross_entropy_backward(const Tensor& dy, const Tensor& logits, const Indices& targets);

// --- embedding.cpp: rows of a table --------------------------------------------------------------

// y[i] = table[ids[i]]                                     (n, d) x ids (..) -> (.., d)
Tensor embedding(const Tensor& table, const Indices& ids);
// table[ids[i]] += dy[i], from zero, in the order of i     (.., d) x ids (..) -> (n, d)
Tensor scatter_add_rows(const Tensor& dy, const Indices& ids, Index n);

// --- matmul.cpp: products of matrices ------------------------------------------------------------

enum class Transpose { none, left, right, both };

// C = A B, per leading extents, which must agree, or one operand is a single matrix for all.
//                           (.., n, k) x (.., k, m) -> (.., n, m), after the transposes asked for
Tensor matmul(const Tensor& a, const Tensor& b, Transpose transpose = Transpose::none);

// y = x Wᵀ + bias                                   (.., k) x (m, k) x (m) -> (.., m)
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias);

// --- attention.h: scaled dot-product attention -----------------------------------------------------

// --- layout.cpp: moving numbers without changing them --------------------------------------------

// Axes in a new order: permute(x, {0, 2, 1, 3}).
Tensor permute(const Tensor& x, const std::vector<int>& order);
// Entries first .. last-1 along an axis.   Adjoint: pad.
Tensor slice(const Tensor& x, int axis, Index first, Index last);
// Zeros before and after along an axis.
Tensor pad(const Tensor& x, int axis, Index before, Index after);
// One after the other along an axis; all other extents agree.
Tensor concatenate(const std::vector<Tensor>& parts, int axis);
// Along a new axis, which comes before the one that is there: n of (a, b) -> (n, a, b) for 0.
Tensor stack(const std::vector<Tensor>& parts, int axis = 0);
// The same values with a new axis of extent 1, from -rank - 1 to rank, and without one.
Tensor unsqueeze(const Tensor& x, int axis);
Tensor squeeze(const Tensor& x, int axis);  // Throws when its extent is not 1.
// Of {a, b}, which would fit the functions of Variables in ops.h just as well.
Tensor concatenate(std::initializer_list<Tensor> parts, int axis);
inline Tensor stack(std::initializer_list<Tensor> parts, int axis = 0) {
  return stack(std::vector<Tensor>(parts), axis);
}

}  // namespace locus
