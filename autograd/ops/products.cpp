// Matrix products.
#include "autograd/ops.h"
#include "autograd/record.h"

namespace locus {

// All leading axes as one: (.., n) -> (rows, n).
static Variable flat(const Variable& x) {
  return reshape(x, {x.shape().rows(), x.shape()[-1]});
}

// One matrix B for a whole batch of A: dB is then one product of all their rows, not a sum of many.
static bool serves_all(const Variable& a, const Variable& b) {
  return b.shape().rank() == 2 && a.shape().rank() > 2;
}

// C = A B          dA = dC Bᵀ         dB = Aᵀ dC           (.., n, k) x (.., k, m) -> (.., n, m)
static Variable plain(const Variable& a, const Variable& b) {
  return record("matmul", matmul(a.value(), b.value()), {
      {a, [b](const Variable& dc, const Variable&) { return matmul(dc, b, Transpose::right); }},
      {b, [a, all = serves_all(a, b)](const Variable& dc, const Variable&) {
        return all ? matmul(flat(a), flat(dc), Transpose::left) : matmul(a, dc, Transpose::left);
      }},
  });
}

// C = Aᵀ B         dA = B dCᵀ         dB = A dC            (.., k, n) x (.., k, m) -> (.., n, m)
static Variable left_transposed(const Variable& a, const Variable& b) {
  return record("matmul", matmul(a.value(), b.value(), Transpose::left), {
      {a, [b](const Variable& dc, const Variable&) { return matmul(b, dc, Transpose::right); }},
      {b, [a](const Variable& dc, const Variable&) { return matmul(a, dc); }},
  });
}

// C = A Bᵀ         dA = dC B          dB = dCᵀ A           (.., n, k) x (.., m, k) -> (.., n, m)
static Variable right_transposed(const Variable& a, const Variable& b) {
  return record("matmul", matmul(a.value(), b.value(), Transpose::right), {
      {a, [b](const Variable& dc, const Variable&) { return matmul(dc, b); }},
      {b, [a, all = serves_all(a, b)](const Variable& dc, const Variable&) {
        return all ? matmul(flat(dc), flat(a), Transpose::left) : matmul(dc, a, Transpose::left);
      }},
  });
}

// C = Aᵀ Bᵀ        dA = Bᵀ dCᵀ        dB = dCᵀ Aᵀ          (.., k, n) x (.., m, k) -> (.., n, m)
static Variable both_transposed(const Variable& a, const Variable& b) {
  return record("matmul", matmul(a.value(), b.value(), Transpose::both), {
      {a, [b](const Variable& dc, const Variable&) { return matmul(b, dc, Transpose::both); }},
      {b, [a](const Variable& dc, const Variable&) { return matmul(dc, a, Transpose::both); }},
  });
}

Variable matmul(const Variable& a, const Variable& b, Transpose transpose) {
  switch (transpose) {
    case Transpose::left: return left_transposed(a, b);
    case Transpose::right: return right_transposed(a, b);
    case Transpose::both: return both_transposed(a, b);
    default: return plain(a, b);
  }
}

// y = x Wᵀ + b     dx = dy W     dW = dyᵀ x     db = sum of dy's rows, which the engine takes
Variable linear(const Variable& x, const Variable& weight, const Variable& bias) {
  return record("linear", linear(x.value(), weight.value(), bias.value()), {
      {x, [weight](const Variable& dy, const Variable&) {
        return reshape(matmul(flat(dy), weight), dy.shape().with(-1, weight.shape()[1]));
      }},
      {weight, [x](const Variable& dy, const Variable&) {
        return matmul(flat(dy), flat(x), Transpose::left);
      }},
      {bias, [](const Variable& dy, const Variable&) { return dy; }},
  });
}

}  // namespace locus
