// The ops of autograd/ops.h that are more than one number's work, as plain loops over jets.
#pragma once

#include <functional>

#include "tensor/math.h"
#include "tests/fuzz/jet.h"
#include "tests/fuzz/naive.h"

namespace locus::fuzz {

using Jets = Array<Jet>;

inline Jets each(const Jets& x, Jet (*f)(const Jet&)) {
  Jets y = x;
  for (Jet& number : y.numbers) number = f(number);
  return y;
}

inline Jets zipped(const Jets& a, const Jets& b, Jet (*f)(const Jet&, const Jet&)) {
  return filled<Jet>(*broadcast_extents(a.extents, b.extents),
                     [&](const Extents& i) { return f(a.repeated(i), b.repeated(i)); });
}

// A row of scores, those that are seen, to weights.
inline std::vector<Jet> soft(std::vector<Jet> scores, const std::function<bool(Index)>& seen) {
  double top = -INFINITY;
  for (std::size_t j = 0; j < scores.size(); ++j)
    if (seen(Index(j))) top = std::max(top, scores[j].value);
  Jet total;
  for (std::size_t j = 0; j < scores.size(); ++j) {
    scores[j] = seen(Index(j)) ? exp(scores[j] - top) : Jet();
    total = total + scores[j];
  }
  for (Jet& score : scores) score = score / total;
  return scores;
}

// f(row) for every row of the last axis, in place.
template <class F>
void each_row(Jets& x, F f) {
  const auto n = std::size_t(x.extents.back());
  for (std::size_t first = 0; first < x.numbers.size(); first += n) {
    std::vector<Jet> row(x.numbers.begin() + Index(first), x.numbers.begin() + Index(first + n));
    row = f(row);
    std::copy(row.begin(), row.end(), x.numbers.begin() + Index(first));
  }
}

inline Jets softmax(Jets x) {
  each_row(x, [](const std::vector<Jet>& row) { return soft(row, [](Index) { return true; }); });
  return x;
}

inline Jets layer_norm(Jets x, const Jets& weight, const Jets& bias, double epsilon) {
  each_row(x, [&](std::vector<Jet> row) {
    const double n = double(row.size());
    Jet mean, variance;
    for (const Jet& number : row) mean = mean + number / n;
    for (const Jet& number : row) variance = variance + (number - mean) * (number - mean) / n;
    for (std::size_t i = 0; i < row.size(); ++i)
      row[i] = (row[i] - mean) / sqrt(variance + epsilon) * weight.numbers[i] + bias.numbers[i];
    return row;
  });
  return x;
}

inline Jet cross_entropy(Jets logits, const std::vector<Index>& targets) {
  const Jets weights = softmax(std::move(logits));
  Jet total;
  double count = 0;
  for (std::size_t row = 0; row < targets.size(); ++row) {
    if (targets[row] < 0) continue;
    const auto place = row * std::size_t(weights.extents.back()) + std::size_t(targets[row]);
    total = total - log(weights.numbers[place]), ++count;
  }
  return total / count;
}

// The product of matrices, either of them turned over; batched where an operand has more than two axes.
inline Jets product_of(const Jets& a, const Jets& b, bool left, bool right) {
  const std::size_t ra = a.extents.size(), rb = b.extents.size();
  Extents extents = ra >= rb ? a.extents : b.extents;
  *(extents.end() - 2) = a.extents[left ? ra - 1 : ra - 2];
  *(extents.end() - 1) = b.extents[right ? rb - 2 : rb - 1];
  const Index inner = a.extents[left ? ra - 2 : ra - 1];
  return filled<Jet>(extents, [&](const Extents& i) {
    const Index row = i[i.size() - 2], column = i[i.size() - 1];
    Extents of_a(i.begin(), i.begin() + Index(ra) - 2), of_b(i.begin(), i.begin() + Index(rb) - 2);
    of_a.resize(ra), of_b.resize(rb);
    Jet total;
    for (Index p = 0; p < inner; ++p) {
      of_a[ra - 2] = left ? p : row, of_a[ra - 1] = left ? row : p;
      of_b[rb - 2] = right ? column : p, of_b[rb - 1] = right ? p : column;
      total = total + a.at(of_a) * b.at(of_b);
    }
    return total;
  });
}

// (batch, length, 3 dim) -> the weights (batch, heads, length, length). `bias` may be empty.
inline Jets attention_weights(const Jets& qkv, Index heads, const AttentionMask& mask,
                              const Jets& bias) {
  const Index batch = qkv.extents[0], length = qkv.extents[1], dim = qkv.extents[2] / 3,
              width = dim / heads;
  Jets scores = filled<Jet>({batch, heads, length, length}, [&](const Extents& i) {
    Jet total;
    for (Index k = i[1] * width; k < (i[1] + 1) * width; ++k)
      total = total + qkv.at({i[0], i[2], k}) * qkv.at({i[0], i[3], dim + k});
    total = total / std::sqrt(double(width));
    return bias.numbers.empty() ? total : total + bias.at({i[1], i[2], i[3]});
  });
  Index row = 0;
  each_row(scores, [&](const std::vector<Jet>& logits) {
    const Index query = row % length, item = row / length / heads;
    ++row;
    return soft(logits, [&](Index key) {
      return (!mask.causal || key <= query) &&
             (mask.keys.size() == 0 || mask.keys[item * length + key] != 0);
    });
  });
  return scores;
}

inline Jets attention(const Jets& qkv, Index heads, const AttentionMask& mask, const Jets& bias) {
  const Jets weights = attention_weights(qkv, heads, mask, bias);
  const Index length = qkv.extents[1], dim = qkv.extents[2] / 3;
  return filled<Jet>({qkv.extents[0], length, dim}, [&](const Extents& i) {
    Jet total;
    for (Index key = 0; key < length; ++key) {
      total = total + weights.at({i[0], i[2] / (dim / heads), i[1], key}) *
                          qkv.at({i[0], key, 2 * dim + i[2]});
    }
    return total;
  });
}

inline Jets rotary(const Jets& qkv, Index heads, double pace) {
  const Index dim = qkv.extents[2] / 3, width = dim / heads;
  return filled<Jet>(qkv.extents, [&](Extents i) {
    const Index k = i[2] % width;
    if (i[2] >= 2 * dim) return qkv.at(i);
    const double angle = pace * double(i[1]) / std::pow(10000.0, double(k - k % 2) / double(width));
    Extents other = i;
    other[2] += k % 2 == 0 ? 1 : -1;
    return qkv.at(i) * std::cos(angle) + qkv.at(other) * (k % 2 == 0 ? -1 : 1) * std::sin(angle);
  });
}

}  // namespace locus::fuzz
