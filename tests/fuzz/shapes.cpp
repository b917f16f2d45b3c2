// Shapes and places that callers may get wrong: every call gives what a loop over indices gives, or
// throws locus::Error exactly where that loop finds no answer.
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>

#include "tensor/math.h"
#include "tests/fuzz/bytes.h"
#include "tests/fuzz/naive.h"

namespace locus::fuzz {
namespace {

constexpr Index most_chosen =
    300;  // numbers of an operand: loops over all pairs must not take long
constexpr Index largest_index = PTRDIFF_MAX, most_numbers = largest_index / Index(sizeof(real));

using Plain = Array<double>;
using Answer = std::optional<Plain>;  // none where the library must throw

// --- the naive side ------------------------------------------------------------------------------

// Whether extents are a shape: few, none negative, and without those of 0 within the address space.
bool is_shape(const Extents& extents) {
  __int128 size = 1;
  for (const Index n : extents) {
    if (n < 0) return false;
    if (n > 0) size *= n;
    if (size > most_numbers) return false;
  }
  return extents.size() <= std::size_t(Shape::max_rank);
}

// Few enough numbers for an operand.
bool is_small(const Extents& extents) {
  return is_shape(extents) && product(extents) <= most_chosen;
}

// Of all extents but those of 0.
Index product_of_others(Extents extents) {
  std::replace(extents.begin(), extents.end(), Index(0), Index(1));
  return product(extents);
}

// A shape whose numbers fit in memory here: the others must be refused.
bool fits(const Extents& extents) {
  return is_shape(extents) && product(extents) < (Index(1) << 27);
}

// -1 -> rank - 1; none for an axis that is not there.
std::optional<std::size_t> resolved(const Extents& extents, int axis) {
  const int rank = int(extents.size());
  if (axis < -rank || axis >= rank) return {};
  return std::size_t(axis < 0 ? axis + rank : axis);
}

// --- the library's side --------------------------------------------------------------------------

Tensor tensor(const Plain& x) {
  return Tensor(shape_of(x.extents), std::vector<real>(x.numbers.begin(), x.numbers.end()));
}

// call({e0, e1, ..}) with as many braces' entries as there are extents; seven at most.
template <class Call, std::size_t... I>
auto listed(const Extents& e, Call call, std::index_sequence<I...>) {
  return call(std::initializer_list<Index>{e[I]...});
}
template <std::size_t N = 0, class Call>
auto listed(const Extents& e, Call call) {
  if constexpr (N < 7) {
    if (e.size() != N) return listed<N + 1>(e, call);
  }
  return listed(e, call, std::make_index_sequence<N>());
}

std::string described(const Answer& answer) {
  return answer ? fmt::format("{} {}", answer->extents, answer->numbers) : "an Error";
}

bool same(double got, double want) {
  return got == want || (std::isnan(got) && std::isnan(want)) ||
         std::abs(got - want) <= 1e-12 * std::max(1.0, std::abs(want));
}

template <class Call>
void expect(const std::string& what, const Answer& want, Call call) {
  Answer got;
  try {
    const Tensor y = call();
    got = Plain{Extents(y.shape().begin(), y.shape().end()), {y.begin(), y.end()}};
    if (y.size() < 100 && fmt::format("{}", y).empty()) finding(what + " prints as nothing");
  } catch (const Error&) {
  }
  const bool agree = bool(got) == bool(want) &&
                     (!got || (got->extents == want->extents &&
                               std::equal(got->numbers.begin(), got->numbers.end(),
                                          want->numbers.begin(), want->numbers.end(), same)));
  if (!agree) finding(fmt::format("{} gives {}, not {}", what, described(got), described(want)));
}

Tensor as_tensor(const Indices& ids) {
  return Tensor(ids.shape(), std::vector<real>(ids.begin(), ids.end()));
}

// --- choices -------------------------------------------------------------------------------------

Index any_index(Bytes& in) {
  const Index near = in.byte();
  if (near < 230) return near % 12 - 3;
  return in.one_of({largest_index, largest_index - 1, -largest_index, -largest_index - 1,
                    most_numbers, most_numbers + 1, Index(1) << 31, Index(1) << 40});
}

int any_axis(Bytes& in) { return in.below(16) - 8; }

// Extents of a tensor of few numbers; or of none, and then sometimes wide, but no product of the others
// is more than loops can take, or it is more than memory.
Extents some_extents(Bytes& in) {
  Extents extents(std::size_t(in.below(Shape::max_rank + 1)));
  const bool none = in.below(16) == 1;
  for (Index& n : extents) n = in.one_of({2, 1, 3, 4, 0, 5, 7, 1, 2, 9, 17, 33});
  if (product_of_others(extents) > most_chosen) extents.assign(1, 3);
  if (none && !extents.empty()) {
    extents[std::size_t(in.below(int(extents.size())))] = any_index(in);
    extents[std::size_t(in.below(int(extents.size())))] = 0;
  }
  if (!is_small(extents)) extents.assign(1, 3);
  return extents;
}

// Extents that often broadcast with `extents`.
Extents related(const Extents& extents, Bytes& in) {
  if (in.below(4) == 3) return some_extents(in);
  Extents result = extents;
  for (Index& n : result) n = in.below(3) == 1 ? 1 : n;
  result.erase(result.begin(), result.begin() + in.below(int(result.size()) + 1));
  if (in.below(8) == 7 && !result.empty()) result.back() = any_index(in);
  return is_small(result) ? result : extents;
}

// Quarters, so that small sums and products are exact.
Plain some_numbers(const Extents& extents, Bytes& in) {
  const int seed = in.byte();
  Index i = 0;
  return filled<double>(extents,
                        [&](const Extents&) { return double((i++ * 7 + seed) % 31 - 15) / 4; });
}
Plain some_plain(Bytes& in) { return some_numbers(some_extents(in), in); }

// --- the calls -----------------------------------------------------------------------------------

void shape(Bytes& in) {
  Extents extents(std::size_t(in.below(9)));
  for (Index& n : extents) n = any_index(in);
  bool made = true;
  try {
    const Shape s = shape_of(extents);
    const int axis = any_axis(in);
    const auto place = resolved(extents, axis);
    expect(fmt::format("the extent of axis {} of {}", axis, extents),
           place ? Answer(Plain{{}, {double(extents[*place])}}) : Answer(),
           [&] { return Tensor(Shape{}, real(s[axis])); });
    if (fmt::format("{}", s).empty() || s.size() != product(extents) || s.rows() < 0)
      finding(fmt::format("the shape of {} has the size {}", extents, s.size()));
    const Extents other = related(extents, in);
    const auto both = broadcast_extents(extents, other);
    Extents got;
    try {
      const Shape y = broadcast(s, shape_of(other), "broadcast");
      got.assign(y.begin(), y.end());
      if (!both || got != *both) finding(fmt::format("{} and {} give {}", extents, other, got));
    } catch (const Error&) {
      if (both && is_shape(*both)) finding(fmt::format("{} and {} give none", extents, other));
    }
  } catch (const Error&) {
    made = false;
  }
  if (made != is_shape(extents)) finding(fmt::format("{}: a shape is {}", extents, made));
}

void arithmetic(Bytes& in) {
  const Plain a = some_plain(in), b = some_numbers(related(a.extents, in), in);
  const int which = in.below(4);
  const auto f = [&](double x, double y) {
    return which == 0 ? x + y : which == 1 ? x - y : which == 2 ? x * y : x / y;
  };
  const auto extents = broadcast_extents(a.extents, b.extents);
  Answer want;
  if (extents && fits(*extents)) {
    want =
        filled<double>(*extents, [&](const Extents& i) { return f(a.repeated(i), b.repeated(i)); });
  }
  expect(fmt::format("arithmetic {} of {} and {}", which, a.extents, b.extents), want, [&] {
    const Tensor x = tensor(a), y = tensor(b);
    return which == 0 ? x + y : which == 1 ? x - y : which == 2 ? x * y : x / y;
  });
}

void broadcasting(Bytes& in) {
  const Plain big = some_plain(in);
  const Extents extents = related(big.extents, in);
  const bool fit = broadcast_extents(extents, big.extents) == big.extents;
  const Plain small = some_numbers(extents, in);
  Answer repeats, sums;
  if (fit) {
    repeats = filled<double>(big.extents, [&](const Extents& i) { return small.repeated(i); });
    sums = summed_to(big, extents);
  }
  expect(fmt::format("broadcast_to {} of {}", big.extents, extents), repeats,
         [&] { return broadcast_to(tensor(small), shape_of(big.extents)); });
  expect(fmt::format("sum_to {} of {}", extents, big.extents), sums,
         [&] { return sum_to(tensor(big), shape_of(extents)); });
}

void reductions(Bytes& in) {
  const Plain x = some_plain(in);
  const int axis = any_axis(in), which = in.below(4);
  const Keep keep = in.flip() ? Keep::yes : Keep::no;
  const auto place = resolved(x.extents, axis);
  const bool last = which == 3;
  Answer want;
  const auto from = last ? resolved(x.extents, -1) : place;
  if (from && (which == 0 || x.extents[*from] > 0)) {
    Extents kept = x.extents;
    kept[*from] = 1;
    if (fits(kept))
      want = filled<double>(kept, [&](Extents i) {
        double total = 0, top = -INFINITY, best = 0;
        for (i[*from] = 0; i[*from] < x.extents[*from]; ++i[*from]) {
          total += x.at(i);
          if (x.at(i) > top) top = x.at(i), best = double(i[*from]);
        }
        return which == 0   ? total
               : which == 1 ? total / double(x.extents[*from])
               : which == 2 ? top
                            : best;
      });
    if (want && (keep == Keep::no || last))
      want->extents.erase(want->extents.begin() + Index(*from));
  }
  expect(fmt::format("reduction {} of {} along {}", which, x.extents, axis), want, [&] {
    const Tensor t = tensor(x);
    return which == 0   ? sum(t, axis, keep)
           : which == 1 ? mean(t, axis, keep)
           : which == 2 ? max(t, axis, keep)
                        : as_tensor(argmax(t));
  });
}

void reshaping(Bytes& in) {
  const Plain x = some_plain(in);
  Extents extents = in.flip() ? some_extents(in) : x.extents;
  if (in.flip()) std::reverse(extents.begin(), extents.end());
  for (Index& n : extents) n = in.below(8) == 1 ? any_index(in) : n;
  if (in.below(8) == 1) extents.push_back(any_index(in));
  if (in.flip() && !extents.empty()) extents[std::size_t(in.below(int(extents.size())))] = -1;
  Answer want;
  Extents full = extents;
  if (const auto open = std::find(full.begin(), full.end(), -1); open != full.end()) {
    *open = 1;
    const Index rest = is_shape(full) ? product(full) : 0;
    *open = rest > 0 && product(x.extents) % rest == 0 ? product(x.extents) / rest : -1;
  }
  if (is_shape(full) && product(full) == product(x.extents)) want = Plain{full, x.numbers};
  expect(fmt::format("reshape of {} to {}", x.extents, extents), want, [&] {
    return listed(extents,
                  [&](std::initializer_list<Index> list) { return tensor(x).reshaped(list); });
  });
}

void permuting(Bytes& in) {
  const Plain x = some_plain(in);
  std::vector<int> order(std::size_t(in.below(8)));
  const bool whole = in.below(4) != 3;
  if (whole) order.resize(x.extents.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = whole ? int(i) : any_axis(in);
  for (std::size_t i = 0; whole && i < order.size(); ++i)
    std::swap(order[i], order[std::size_t(in.below(int(order.size())))]);
  for (int& axis : order) axis -= whole && in.flip() ? int(order.size()) : 0;
  Answer want;
  Extents used, extents;
  for (const int axis : order) {
    const auto place = resolved(x.extents, axis);
    if (!place || std::count(used.begin(), used.end(), Index(*place)) > 0) continue;
    used.push_back(Index(*place)), extents.push_back(x.extents[*place]);
  }
  if (used.size() == order.size() && order.size() == x.extents.size()) {
    want = filled<double>(extents, [&](const Extents& i) {
      Extents from(i.size());
      for (std::size_t axis = 0; axis < i.size(); ++axis) from[std::size_t(used[axis])] = i[axis];
      return x.at(from);
    });
  }
  expect(fmt::format("permute of {} by {}", x.extents, order), want,
         [&] { return permute(tensor(x), order); });
}

void slicing(Bytes& in) {
  const Plain x = some_plain(in);
  const int axis = any_axis(in);
  const Index first = any_index(in), last = any_index(in);
  const auto place = resolved(x.extents, axis);
  Answer cut, padded;
  if (place && 0 <= first && first <= last && last <= x.extents[*place]) {
    Extents extents = x.extents;
    extents[*place] = last - first;
    cut = filled<double>(extents, [&](Extents i) { return i[*place] += first, x.at(i); });
  }
  if (place && first >= 0 && last >= 0) {
    Extents extents = x.extents;
    const __int128 n = __int128(first) + extents[*place] + last;
    extents[*place] = n > largest_index ? -1 : Index(n);
    if (fits(extents)) {
      padded = filled<double>(extents, [&](Extents i) {
        i[*place] -= first;
        return 0 <= i[*place] && i[*place] < x.extents[*place] ? x.at(i) : 0;
      });
    }
  }
  const std::string what = fmt::format("of {} along {}: {}, {}", x.extents, axis, first, last);
  expect("slice " + what, cut, [&] { return slice(tensor(x), axis, first, last); });
  expect("pad " + what, padded, [&] { return pad(tensor(x), axis, first, last); });
}

void concatenating(Bytes& in) {
  const Extents base = some_extents(in);
  const int axis = any_axis(in);
  const auto along = resolved(base, axis);
  std::vector<Plain> parts(std::size_t(in.below(12)));
  for (Plain& part : parts) {
    Extents extents = base;
    if (along) extents[*along] = in.one_of({1, 2, 0, base[*along]});
    if (in.below(8) == 7) extents = related(base, in);
    if (!is_small(extents)) extents = base;
    part = some_numbers(extents, in);
  }
  // All must be like the first, but along the axis.
  Extents extents = parts.empty() ? Extents() : parts[0].extents;
  const auto place = resolved(extents, axis);
  __int128 total = 0;
  bool fit = place && !parts.empty();
  for (const Plain& part : parts) {
    Extents alike = part.extents;
    if (place && alike.size() == extents.size()) {
      total += alike[*place];
      alike[*place] = extents[*place];
    }
    fit = fit && alike == extents;
  }
  Answer want;
  if (place) extents[*place] = total > largest_index ? -1 : Index(total);
  if (fit && fits(extents)) {
    want = filled<double>(extents, [&](Extents i) {
      std::size_t part = 0;
      while (i[*place] >= parts[part].extents[*place]) i[*place] -= parts[part++].extents[*place];
      return parts[part].at(i);
    });
  }
  expect(fmt::format("concatenate {} like {} along {}", parts.size(), base, axis), want, [&] {
    std::vector<Tensor> tensors;
    for (const Plain& part : parts) tensors.push_back(tensor(part));
    return concatenate(tensors, axis);
  });
}

void looking_up(Bytes& in) {
  const Plain table = some_plain(in);
  const Extents extents = some_extents(in);
  const Index n = table.extents.empty() ? 1 : table.extents[0], range = std::max<Index>(1, n);
  std::vector<Index> ids(std::size_t(product(extents)));
  for (Index& id : ids) id = in.below(64) == 63 ? any_index(in) : Index(in.byte()) % range;
  const bool in_range =
      std::all_of(ids.begin(), ids.end(), [&](Index i) { return 0 <= i && i < n; });
  Answer gathered, scattered;
  Extents rows = extents;
  rows.push_back(table.extents.size() == 2 ? table.extents[1] : 1);
  if (table.extents.size() == 2 && in_range && is_shape(rows)) {
    Index i = 0;
    gathered = filled<double>(rows, [&](const Extents& index) {
      return table.at({ids[std::size_t(i++ / rows.back())], index.back()});
    });
  }
  expect(fmt::format("embedding of {} by {}", table.extents, ids), gathered,
         [&] { return embedding(tensor(table), Indices(shape_of(extents), ids)); });

  const Plain dy = some_numbers(is_small(rows) && in.below(8) < 7 ? rows : some_extents(in), in);
  const Index count = in.below(4) == 3 ? any_index(in) : n;
  const bool below =
      std::all_of(ids.begin(), ids.end(), [&](Index i) { return 0 <= i && i < count; });
  if (dy.extents == rows && below && fits({count, rows.back()})) {
    scattered = filled<double>({count, rows.back()}, [](const Extents&) { return 0; });
    for (std::size_t i = 0; i < dy.numbers.size(); ++i) {
      const Index to = ids[i / std::size_t(rows.back())] * rows.back() + Index(i) % rows.back();
      scattered->numbers[std::size_t(to)] += dy.numbers[i];
    }
  }
  // Without the last axis of dy: one row per id, of any width.
  if (!dy.extents.empty() && dy.extents != rows &&
      Extents(dy.extents.begin(), dy.extents.end() - 1) == extents)
    return;
  expect(fmt::format("scatter_add_rows of {} into {} by {}", dy.extents, count, ids), scattered,
         [&] { return scatter_add_rows(tensor(dy), Indices(shape_of(extents), ids), count); });
}

void products(Bytes& in) {
  Extents a = some_extents(in), b = in.flip() ? some_extents(in) : a;
  const auto transpose = Transpose(in.below(4));
  const bool left = transpose == Transpose::left || transpose == Transpose::both;
  const bool right = transpose == Transpose::right || transpose == Transpose::both;
  if (in.below(4) < 3 && a.size() >= 2 && b.size() >= 2)
    b[b.size() - (right ? 1 : 2)] = a[a.size() - (left ? 2 : 1)];
  if (in.below(3) == 1 && b.size() > 2) b.erase(b.begin(), b.end() - 2);
  if (in.below(3) == 1 && a.size() > 2) a.erase(a.begin(), a.end() - 2);
  if (!is_small(a)) return;  // what made it small is gone
  if (!is_small(b)) b = a;
  const Plain x = some_numbers(a, in), y = some_numbers(b, in);
  Answer want;
  if (a.size() >= 2 && b.size() >= 2) {
    const std::size_t ra = a.size(), rb = b.size();
    const Index k = left ? a[ra - 2] : a[ra - 1];
    const Extents lead_a(a.begin(), a.end() - 2), lead_b(b.begin(), b.end() - 2);
    Extents extents = ra >= rb ? a : b;
    extents[extents.size() - 2] = left ? a[ra - 1] : a[ra - 2];
    extents[extents.size() - 1] = right ? b[rb - 2] : b[rb - 1];
    if (k == (right ? b[rb - 1] : b[rb - 2]) && fits(extents) &&
        (lead_a == lead_b || lead_a.empty() || lead_b.empty())) {
      want = filled<double>(extents, [&](const Extents& i) {
        const Index row = i[i.size() - 2], column = i[i.size() - 1];
        Extents of_a(i.begin(), i.begin() + Index(ra) - 2),
            of_b(i.begin(), i.begin() + Index(rb) - 2);
        of_a.resize(ra), of_b.resize(rb);
        double total = 0;
        for (Index p = 0; p < k; ++p) {
          of_a[ra - 2] = left ? p : row, of_a[ra - 1] = left ? row : p;
          of_b[rb - 2] = right ? column : p, of_b[rb - 1] = right ? p : column;
          total += x.at(of_a) * y.at(of_b);
        }
        return total;
      });
    }
  }
  expect(fmt::format("matmul {} of {} and {}", int(transpose), a, b), want,
         [&] { return matmul(tensor(x), tensor(y), transpose); });
}

// Whether attention takes these; what it gives is for `programs`.
void attending(Bytes& in) {
  Extents extents = {Index(in.below(3)), Index(in.below(6)), 3 * Index(in.below(9))};
  if (in.below(4) == 3) extents = some_extents(in);
  const Index heads = in.below(4) == 3 ? any_index(in) : 1 + in.below(3);
  AttentionMask mask{.causal = in.flip()};
  Extents keys = some_extents(in);
  if (extents.size() >= 2 && in.below(8) < 7) keys = {extents[0], extents[1]};
  const bool masked = in.flip() && fits(keys);
  if (masked) {
    std::vector<Index> seen(std::size_t(product(keys)));
    for (Index& key : seen) key = in.below(4) != 3;
    mask.keys = Indices(shape_of(keys), seen);
  }
  bool good = extents.size() == 3 && heads >= 1 && heads <= 1000 && extents[2] > 0 &&
              extents[2] % (3 * heads) == 0;
  if (masked && keys != Extents{0}) {
    good = good && keys == Extents{extents[0], extents[1]};
    for (Index item = 0; good && item < keys[0]; ++item) {
      Index first = 0;
      while (first < keys[1] && mask.keys[item * keys[1] + first] == 0) ++first;
      good = keys[1] == 0 || first < (mask.causal ? 1 : keys[1]);
    }
  }
  const Plain qkv = some_numbers(extents, in);
  bool taken = true;
  try {
    const AttentionResult result = attention(tensor(qkv), heads, mask);
    if (!all_finite(result.output) || result.output.size() * 3 != product(extents))
      finding(fmt::format("attention of {} gives {}", extents, result.output));
    attention_backward(result.output, tensor(qkv), result, heads, mask);
  } catch (const Error&) {
    taken = false;
  }
  if (taken != good)
    finding(fmt::format("attention of {} with {} heads: {}", extents, heads, taken));
}

void rows(Bytes& in) {
  const Plain x = some_plain(in);
  const bool has_rows = !x.extents.empty();
  const Extents lead(x.extents.begin(), x.extents.end() - has_rows);
  const Index n = has_rows ? x.extents.back() : 1;
  Answer softmax_of, loss;
  if (has_rows) {
    softmax_of = filled<double>(x.extents, [&](Extents i) {
      const double own = std::exp(x.at(i));
      double total = 0;
      for (i.back() = 0; i.back() < n; ++i.back()) total += std::exp(x.at(i));
      return own / total;
    });
  }
  expect(fmt::format("softmax of {}", x.extents), softmax_of, [&] { return softmax(tensor(x)); });

  const Extents of_targets = in.below(8) == 7 ? related(lead, in) : lead;
  if (!is_small(of_targets)) return;  // of rows without a number there may be many
  std::vector<Index> targets(std::size_t(product(of_targets)));
  bool good = has_rows && of_targets == lead;
  double total = 0, count = 0;
  for (std::size_t row = 0; row < targets.size(); ++row) {
    Index& target = targets[row] =
        in.below(32) == 31 ? any_index(in) : in.below(int(n % 64) + 1) - 1;
    good = good && -1 <= target && target < n;
    if (!good || target < 0) continue;
    const auto place = row * std::size_t(n) + std::size_t(target);
    total -= std::log(softmax_of->numbers[place]), ++count;
  }
  if (good && count > 0) loss = Plain{{}, {total / count}};
  expect(fmt::format("cross_entropy of {} and {}", x.extents, targets), loss,
         [&] { return cross_entropy(tensor(x), Indices(shape_of(of_targets), targets)); });
}

void numbers(Bytes& in) {
  const Plain x = some_plain(in);
  Extents index(in.below(4) == 3 ? std::size_t(in.below(8)) : x.extents.size());
  bool inside = index.size() == x.extents.size();
  for (std::size_t i = 0; i < index.size(); ++i) {
    index[i] = any_index(in);
    inside = inside && 0 <= index[i] && index[i] < x.extents[i];
  }
  expect(fmt::format("the number at {} of {}", index, x.extents),
         inside ? Answer(Plain{{}, {x.at(index)}}) : Answer(), [&] {
           return listed(index, [&](std::initializer_list<Index> list) {
             return Tensor(Shape{}, tensor(x).at(list));
           });
         });
  expect(fmt::format("the only number of {}", x.extents),
         x.numbers.size() == 1 ? Answer(Plain{{}, x.numbers}) : Answer(),
         [&] { return Tensor(Shape{}, tensor(x).item()); });
  const std::size_t count = std::size_t(in.below(20));
  const bool right = count == x.numbers.size();
  expect(fmt::format("{} numbers for {}", count, x.extents),
         right ? Answer(filled<double>(x.extents, [](const Extents&) { return 2; })) : Answer(),
         [&] { return Tensor(shape_of(x.extents), std::vector<real>(count, 2)); });
  expect(fmt::format("{} indices for {}", count, x.extents),
         right ? Answer(filled<double>(x.extents, [](const Extents&) { return 2; })) : Answer(),
         [&] { return as_tensor(Indices(shape_of(x.extents), std::vector<Index>(count, 2))); });
}

}  // namespace
}  // namespace locus::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace locus::fuzz;
  using Call = void (*)(Bytes&);
  static constexpr Call calls[] = {shape,     arithmetic, broadcasting,  reductions, reshaping,
                                   permuting, slicing,    concatenating, looking_up, products,
                                   attending, rows,       numbers};
  Bytes in(data, size);
  calls[in.below(std::size(calls))](in);
  return 0;
}
