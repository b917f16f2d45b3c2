// Random programs of ops. Every result is compared with plain loops over jets, and so are the slope and
// the curvature of a weighted sum of all results along a random line: the library gets them from its
// rules and from its rules' rules, the jets from the formulas alone.
//
// How far rounding may lead the two apart is measured: the loops run once more with every result shaken
// by 10^-12 of its size, which is thousands of roundings. A program that this throws far off says nothing.
#include <algorithm>

#include "autograd/ops.h"
#include "tests/fuzz/bytes.h"
#include "tests/fuzz/naive_ops.h"

namespace locus::fuzz {
namespace {

struct Value {
  Variable variable;
  Jets exact, shaken;

  const Extents& extents() const { return exact.extents; }
  int rank() const { return int(extents().size()); }
  Index size() const { return Index(exact.numbers.size()); }
  bool all(bool (*holds)(double)) const {
    return std::all_of(exact.numbers.begin(), exact.numbers.end(),
                       [&](const Jet& x) { return holds(x.value); });
  }
};
bool is_far_from_zero(double x) { return std::abs(x) > 0.1; }
bool is_small(double x) { return x < 3; }
bool is_on_a_side(double x) { return x == 0 || std::abs(x) > 1e-8; }

constexpr Index most_numbers = 600;

// The three numbers of a jet, each by itself.
constexpr double Jet::*parts[] = {&Jet::value, &Jet::slope, &Jet::curvature};

double largest_part(const Jets& x, double Jet::*part) {
  double largest = 0;
  for (const Jet& number : x.numbers) largest = std::max(largest, std::abs(number.*part));
  return largest;
}

class Program {
 public:
  explicit Program(Bytes& in) : in_(in) {}

  void run() {
    using Instruction = void (Program::*)();
    static constexpr Instruction instructions[] = {
        &Program::input,   &Program::arithmetic, &Program::number, &Program::function,
        &Program::sums,    &Program::matrices,   &Program::affine, &Program::rows,
        &Program::loss,    &Program::table,      &Program::heads,  &Program::layout,
        &Program::constant};
    for (int i = 0; i < 16 && !in_.end(); ++i)
      (this->*instructions[in_.below(std::size(instructions))])();
    if (!stack_.empty()) compare_gradients();
  }

 private:
  using Inputs = std::vector<Jets>;

  // --- values ------------------------------------------------------------------------------------

  double random() {  // in [-1, 1)                                        [splitmix64, Vigna 2015]
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9, z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return double((z ^ z >> 31) >> 11) / double(std::uint64_t(1) << 52) - 1;
  }
  Tensor random_numbers(const Shape& shape) {
    Tensor x(shape);
    for (real *to = x.data(), *end = to + x.size(); to != end; ++to) *to = random();
    return x;
  }

  Value leaf(const Extents& extents) {
    state_ += std::uint64_t(in_.byte());
    const bool moves = in_.below(4) != 3;
    const Tensor start = random_numbers(shape_of(extents));
    const Tensor direction = moves ? random_numbers(start.shape()) : Tensor(start.shape());
    Jets jets{extents, {}};
    for (Index i = 0; i < start.size(); ++i)
      jets.numbers.push_back({start.begin()[i], direction.begin()[i], 0});
    const Variable x = moves ? Parameter(start) : Variable(start);
    if (moves) leaves_.push_back(x), directions_.push_back(direction);
    return {x, jets, jets};
  }
  Value pick() {
    if (stack_.empty()) input();
    return stack_[stack_.size() - 1 - std::size_t(in_.below(int(stack_.size())))];
  }
  // Extents that broadcast to `extents`.
  Extents smaller(Extents extents) {
    for (Index& n : extents) n = in_.below(3) == 1 ? 1 : n;
    extents.erase(extents.begin(), extents.begin() + in_.below(int(extents.size()) + 1));
    return extents;
  }

  void shake(Jets& x) {
    for (auto part : parts) {
      const double size = 1e-12 * largest_part(x, part);
      for (Jet& number : x.numbers) number.*part += size * (random() < 0 ? -1 : 1);
    }
  }

  // Runs an op on both sides and keeps the result, unless its numbers grow beyond bounds.
  template <class Library, class Naive>
  void push(const char* name, const std::vector<Value>& inputs, Library library, Naive naive) {
    Inputs exact, shaken;
    for (const Value& x : inputs) exact.push_back(x.exact), shaken.push_back(x.shaken);
    Value y{{}, naive(exact), naive(shaken)};
    const double bounds[] = {1e3, 1e5, 1e7};
    for (int i = 0; i < 3; ++i)
      if (!(largest_part(y.exact, parts[i]) < bounds[i])) return;
    if (y.size() > most_numbers || y.rank() > Shape::max_rank) return;
    shake(y.shaken);
    y.variable = library();
    compare_values(name, y);
    stack_.push_back(std::move(y));
  }

  void compare_values(const char* name, const Value& y) {
    if (y.variable.shape() != shape_of(y.extents()))
      finding(fmt::format("{} gives the shape {}, not {}", name, y.variable.shape(),
                          shape_of(y.extents())));
    double spread = 0;
    for (std::size_t i = 0; i < y.exact.numbers.size(); ++i)
      spread = std::max(spread, std::abs(y.exact.numbers[i].value - y.shaken.numbers[i].value));
    const double allowed = 30 * spread + 1e-11 * (1 + largest_part(y.exact, &Jet::value));
    for (std::size_t i = 0; i < y.exact.numbers.size(); ++i) {
      const double got = y.variable.value().begin()[i], want = y.exact.numbers[i].value;
      if (!(std::abs(got - want) <= allowed))
        finding(fmt::format("{} gives {} at place {} of {}, not {} (allowed {})", name, got, i,
                            y.variable.shape(), want, allowed));
    }
  }

  // --- instructions ------------------------------------------------------------------------------

  void input() {
    Extents extents(std::size_t(in_.below(5)));
    for (Index& n : extents) n = in_.one_of({2, 3, 1, 4, 6, 2, 3, 9, 17, 33});
    while (product(extents) > most_numbers) extents.pop_back();
    stack_.push_back(leaf(extents));
  }

  void constant() {  // the same numbers, behind which no gradient flows
    Value x = pick();
    x.variable = x.variable.detach();
    for (Jets* jets : {&x.exact, &x.shaken})
      for (Jet& number : jets->numbers) number = number.value;
    stack_.push_back(x);
  }

  void arithmetic() {
    Value a = pick(), b = in_.flip() ? pick() : leaf(smaller(a.extents()));
    if (!broadcast_extents(a.extents(), b.extents())) b = leaf(smaller(a.extents()));
    if (in_.flip()) std::swap(a, b);
    const Variable &x = a.variable, &y = b.variable;
    switch (in_.below(4)) {
      case 0:
        return zip(
            "a + b", a, b, [&] { return x + y; }, operator+);
      case 1:
        return zip(
            "a - b", a, b, [&] { return x - y; }, operator-);
      case 2:
        return zip(
            "a * b", a, b, [&] { return x * y; }, operator*);
      default:
        if (b.all(is_far_from_zero))
          zip(
              "a / b", a, b, [&] { return x / y; }, operator/);
    }
  }
  template <class Library>
  void zip(const char* name, const Value& a, const Value& b, Library library,
           Jet (*f)(const Jet&, const Jet&)) {
    push(name, {a, b}, library, [&](const Inputs& x) { return zipped(x[0], x[1], f); });
  }

  void number() {
    const Value a = pick();
    const double c = random() * 2;
    const Variable& x = a.variable;
    const Value b{{}, {{}, {c}}, {{}, {c}}};
    switch (in_.below(7)) {
      case 0:
        return zip(
            "x + number", a, b, [&] { return x + c; }, operator+);
      case 1:
        return zip(
            "x * number", a, b, [&] { return x * c; }, operator*);
      case 2:
        return zip(
            "x - number", a, b, [&] { return x - c; }, operator-);
      case 3:
        return zip(
            "number - x", b, a, [&] { return c - x; }, operator-);
      case 4:
        if (is_far_from_zero(c))
          zip(
              "x / number", a, b, [&] { return x / c; }, operator/);
        return;
      case 5:
        if (a.all(is_far_from_zero))
          zip(
              "number / x", b, a, [&] { return c / x; }, operator/);
        return;
      default:
        push(
            "-x", {a}, [&] { return -x; }, [](const Inputs& i) { return each(i[0], operator-); });
    }
  }

  template <class Library>
  void map(const char* name, const Value& a, Library library, Jet (*f)(const Jet&)) {
    push(name, {a}, library, [&](const Inputs& x) { return each(x[0], f); });
  }
  void function() {
    const Value a = pick();
    const Variable& x = a.variable;
    switch (in_.below(6)) {
      case 0:
        if (a.all(is_small))
          map(
              "exp", a, [&] { return exp(x); }, exp);
        return;
      case 1:
        return map(
            "log", a, [&] { return log(x * x + 0.5); },
            [](const Jet& j) { return log(j * j + 0.5); });
      case 2:
        return map(
            "sqrt", a, [&] { return sqrt(x * x + 0.5); },
            [](const Jet& j) { return sqrt(j * j + 0.5); });
      case 3:
        return map(
            "tanh", a, [&] { return tanh(x); }, tanh);
      case 4:
        return map(
            "gelu_tanh", a, [&] { return gelu_tanh(x); }, gelu_tanh);
      default:
        if (a.all(is_on_a_side))
          map(
              "relu", a, [&] { return relu(x); }, relu);
    }
  }

  void sums() {
    const Value a = pick();
    const Variable& x = a.variable;
    const bool mean_wanted = in_.flip() && a.size() > 0;
    const int which = in_.below(4);
    const Extents small = smaller(a.extents());
    if (which == 0) {
      Extents big = a.extents();
      for (Index& n : big) n = n == 1 ? 1 + in_.below(3) : n;
      if (a.rank() < Shape::max_rank) big.insert(big.begin(), in_.below(3));
      if (product(big) > most_numbers) return;
      return push(
          "broadcast_to", {a}, [&] { return broadcast_to(x, shape_of(big)); },
          [&](const Inputs& i) {
            return filled<Jet>(big, [&](const Extents& at) { return i[0].repeated(at); });
          });
    }
    if (which == 1) {
      return push(
          "sum_to", {a}, [&] { return sum_to(x, shape_of(small)); },
          [&](const Inputs& i) { return summed_to(i[0], small); });
    }
    if (which == 2 || a.rank() == 0) {
      const double factor = mean_wanted ? 1 / double(a.size()) : 1;
      return push(
          "sum", {a}, [&] { return mean_wanted ? mean(x) : sum(x); },
          [&](const Inputs& i) { return scaled(summed_to(i[0], {}), factor); });
    }
    const int axis = in_.below(a.rank());
    const Keep keep = in_.flip() ? Keep::yes : Keep::no;
    Extents kept = a.extents();
    const double factor = mean_wanted ? 1 / double(kept[std::size_t(axis)]) : 1;
    kept[std::size_t(axis)] = 1;
    push(
        "sum along an axis", {a},
        [&] { return mean_wanted ? mean(x, axis, keep) : sum(x, axis - a.rank(), keep); },
        [&](const Inputs& i) {
          Jets y = scaled(summed_to(i[0], kept), factor);
          if (keep == Keep::no) y.extents.erase(y.extents.begin() + axis);
          return y;
        });
  }
  static Jets scaled(Jets x, double factor) {
    for (Jet& number : x.numbers) number = number * factor;
    return x;
  }

  void matrices() {
    Value a = pick();
    if (a.rank() < 2) a = leaf({in_.one_of({3, 1, 17}), in_.one_of({5, 2, 9})});
    const auto transpose = Transpose(in_.below(4));
    const bool left = transpose == Transpose::left || transpose == Transpose::both;
    const bool right = transpose == Transpose::right || transpose == Transpose::both;
    Extents extents = a.extents();
    const Index inner = *(extents.end() - (left ? 2 : 1)), columns = in_.one_of({2, 1, 5, 18});
    *(extents.end() - 2) = right ? columns : inner;
    *(extents.end() - 1) = right ? inner : columns;
    const int batched = in_.below(3);
    if (batched == 1) extents.erase(extents.begin(), extents.end() - 2);
    if (batched == 2 && extents.size() == 2) extents.insert(extents.begin(), 2);
    if (product(extents) > most_numbers) return;
    // A matrix times itself turned over: one Variable in both places.
    const bool itself =
        in_.below(4) == 3 && (transpose == Transpose::left || transpose == Transpose::right);
    const Value b = itself ? a : leaf(extents);
    push(
        "matmul", {a, b}, [&] { return matmul(a.variable, b.variable, transpose); },
        [&](const Inputs& x) { return product_of(x[0], x[1], left, right); });
  }

  void affine() {
    const Value a = pick();
    if (a.rank() == 0) return;
    const Index k = a.extents().back(), m = in_.one_of({2, 1, 3, 17});
    const Value weight = leaf({m, k}), bias = leaf({m});
    push(
        "linear", {a, weight, bias},
        [&] { return linear(a.variable, weight.variable, bias.variable); },
        [&](const Inputs& x) {
          Extents flat = {a.rank() > 1 ? Index(-1) : 1, k}, extents = x[0].extents;
          flat[0] = 1;
          for (int axis = 0; axis + 1 < a.rank(); ++axis) flat[0] *= extents[std::size_t(axis)];
          extents.back() = m;
          Jets y = product_of({flat, x[0].numbers}, x[1], false, true);
          y.extents = extents;
          return zipped(y, x[2], operator+);
        });
  }

  void rows() {
    const Value a = pick();
    if (a.rank() == 0 || a.size() == 0) return;
    if (in_.flip()) {
      return push(
          "softmax", {a}, [&] { return softmax(a.variable); },
          [](const Inputs& x) { return softmax(x[0]); });
    }
    const double epsilon = in_.flip() ? 1e-5 : 0.1;
    const Value weight = leaf({a.extents().back()}), bias = leaf({a.extents().back()});
    push(
        "layer_norm", {a, weight, bias},
        [&] { return layer_norm(a.variable, weight.variable, bias.variable, epsilon); },
        [&](const Inputs& x) { return layer_norm(x[0], x[1], x[2], epsilon); });
  }

  void loss() {
    const Value a = pick();
    if (a.size() == 0) return;
    if (a.rank() == 0 || in_.flip()) {
      const Value target = in_.flip() ? leaf(a.extents()) : a;
      return push(
          "mean_squared_error", {a, target},
          [&] { return mean_squared_error(a.variable, target.variable); },
          [&](const Inputs& x) {
            const Jets d = zipped(x[0], x[1], operator-);
            return scaled(summed_to(zipped(d, d, operator*), {}), 1 / double(a.size()));
          });
    }
    Extents extents = a.extents();
    const Index n = extents.back();
    extents.pop_back();
    std::vector<Index> targets(std::size_t(product(extents)));
    for (Index& target : targets) target = in_.byte() % (n + 1) - 1;
    if (std::count(targets.begin(), targets.end(), ignored) == Index(targets.size())) return;
    push(
        "cross_entropy", {a},
        [&] { return cross_entropy(a.variable, Indices(shape_of(extents), targets)); },
        [&](const Inputs& x) {
          return Jets{{}, {cross_entropy(x[0], targets)}};
        });
  }

  void table() {
    Value a = pick();
    Extents extents(std::size_t(in_.below(3)));
    for (Index& n : extents) n = in_.below(4);
    const bool adds = in_.flip();
    if (adds) {
      if (a.rank() == 0) return;
      extents.assign(a.extents().begin(), a.extents().end() - 1);
    } else if (a.rank() != 2 || a.extents()[0] == 0) {
      a = leaf({in_.one_of({3, 1, 8}), in_.one_of({2, 1, 17})});
    }
    const Index n = adds ? 1 + in_.below(4) : a.extents()[0], width = a.extents().back();
    std::vector<Index> ids(std::size_t(product(extents)));
    for (Index& id : ids) id = in_.byte() % n;
    const Indices indices(shape_of(extents), ids);
    if (adds) {
      return push(
          "scatter_add_rows", {a}, [&] { return scatter_add_rows(a.variable, indices, n); },
          [&](const Inputs& x) {
            return filled<Jet>({n, width}, [&](const Extents& i) {
              Jet total;
              for (std::size_t row = 0; row < ids.size(); ++row)
                if (ids[row] == i[0])
                  total = total + x[0].numbers[row * std::size_t(width) + std::size_t(i[1])];
              return total;
            });
          });
    }
    extents.push_back(width);
    push(
        "embedding", {a}, [&] { return embedding(a.variable, indices); },
        [&](const Inputs& x) {
          Index place = 0;
          return filled<Jet>(extents, [&](const Extents& i) {
            return x[0].at({ids[std::size_t(place++ / width)], i.back()});
          });
        });
  }

  void heads() {
    Value qkv = pick();
    const Index count = 1 + in_.below(2), width = 2 * (1 + in_.below(3));
    const bool fits = qkv.rank() == 3 && qkv.extents()[2] % (6 * count) == 0;
    if (!fits || qkv.size() == 0) {
      const Index length = in_.one_of({2, 1, 3, 5, 9, 33});
      qkv = leaf({1 + in_.below(2), length, 3 * count * width});
    }
    const Index batch = qkv.extents()[0], length = qkv.extents()[1];
    if (batch * count * length * length > 3 * most_numbers) return;
    const int which = in_.below(5);
    if (which == 4) {
      const double pace = random();
      return push(
          "rotary", {qkv}, [&] { return rotary(qkv.variable, count, pace); },
          [&](const Inputs& x) { return rotary(x[0], count, pace); });
    }
    AttentionMask mask{.causal = in_.flip()};
    if (in_.flip()) {
      mask.keys = Indices({batch, length}, 1);
      for (Index i = 0; i < batch * length; ++i)  // the first key of an item is always seen
        if (i % length > 0) mask.keys[i] = in_.below(4) != 3;
    }
    const bool weights = which < 2, biased = which % 2 == 1;
    const Value bias = biased ? leaf({count, length, length}) : Value{};
    std::vector<Value> inputs = {qkv};
    if (biased) inputs.push_back(bias);
    push(
        weights ? "attention_weights" : "attention", inputs,
        [&] {
          const Variable &x = qkv.variable, &b = bias.variable;
          if (weights) {
            return biased ? attention_weights(x, count, b, mask)
                          : attention_weights(x, count, mask);
          }
          return biased ? attention(x, count, b, mask) : attention(x, count, mask);
        },
        [&](const Inputs& x) {
          const Jets none, &b = biased ? x[1] : none;
          return weights ? attention_weights(x[0], count, mask, b)
                         : attention(x[0], count, mask, b);
        });
  }

  void layout() {
    const Value a = pick();
    const Variable& x = a.variable;
    const int which = in_.below(5);
    if (which == 0 || a.rank() == 0) {
      const Index part = in_.one_of({1, 2, 3});
      if (a.size() % part != 0) return;
      return push(
          "reshape", {a},
          [&] {
            return reshape(x, {part, 1, -1});
          },
          [&](const Inputs& i) {
            return Jets{{part, 1, a.size() / part}, i[0].numbers};
          });
    }
    const int axis = in_.below(a.rank());
    const Index n = a.extents()[std::size_t(axis)];
    Extents extents = a.extents();
    Index& extent = extents[std::size_t(axis)];
    if (which == 1) {
      std::vector<int> order(std::size_t(a.rank()));
      for (int i = 0; i < a.rank(); ++i) order[std::size_t(i)] = (i + axis) % a.rank();
      if (a.rank() > 2 && in_.flip()) std::swap(order[0], order[1]);
      for (int i = 0; i < a.rank(); ++i)
        extents[std::size_t(i)] = a.extents()[std::size_t(order[std::size_t(i)])];
      return push(
          "permute", {a}, [&] { return permute(x, order); },
          [&](const Inputs& in) {
            return filled<Jet>(extents, [&](const Extents& i) {
              Extents from(i.size());
              for (std::size_t k = 0; k < i.size(); ++k) from[std::size_t(order[k])] = i[k];
              return in[0].at(from);
            });
          });
    }
    const Index first = in_.byte() % (n + 1), last = first + in_.byte() % (n - first + 1);
    if (which == 2) {
      extent = last - first;
      return push(
          "slice", {a}, [&] { return slice(x, axis - a.rank(), first, last); },
          [&](const Inputs& in) {
            return filled<Jet>(extents, [&](Extents i) {
              i[std::size_t(axis)] += first;
              return in[0].at(i);
            });
          });
    }
    if (which == 3) {
      extent = first + n + last;
      if (product(extents) > most_numbers) return;
      return push(
          "pad", {a}, [&] { return pad(x, axis, first, last); },
          [&](const Inputs& in) {
            return filled<Jet>(extents, [&](Extents i) {
              const Index k = i[std::size_t(axis)] -= first;
              return 0 <= k && k < n ? in[0].at(i) : Jet();
            });
          });
    }
    extent = in_.below(4);
    const Value b = leaf(extents);
    extent += 2 * n;
    push(
        "concatenate", {a, b},
        [&] {
          return concatenate({x, b.variable, x}, axis);
        },
        [&](const Inputs& in) {
          return filled<Jet>(extents, [&](Extents i) {
            Index& k = i[std::size_t(axis)];
            if (k < n) return in[0].at(i);
            const Index behind = b.extents()[std::size_t(axis)];
            k -= n;
            if (k < behind) return in[1].at(i);
            k -= behind;
            return in[0].at(i);
          });
        });
  }

  // --- gradients ---------------------------------------------------------------------------------

  // The weighted sum of all results: exactly, and per part of its jet the sizes and the spreads of
  // what is summed.
  struct Sum {
    Jet exact, sizes, spreads;
  };

  static void compare(const char* what, const Sum& sum, double Jet::*part, double got,
                      double terms) {
    const double want = sum.exact.*part, size = 1 + sum.sizes.*part + terms;
    const double spread = sum.spreads.*part;
    if (spread > 1e-4 * size) return;
    const double allowed = 100 * spread + 1e-9 * size;
    if (!(std::abs(got - want) <= allowed))
      finding(fmt::format("{} along a line is {}, not {} (allowed {})", what, got, want, allowed));
  }

  // sum of the products of gradients and directions; and in `terms` that of their sizes.
  double along(const std::vector<Tensor>& gradients, double& terms) const {
    double total = terms = 0;
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      for (Index j = 0; j < gradients[i].size(); ++j) {
        const double term = gradients[i].begin()[j] * directions_[i].begin()[j];
        total += term, terms += std::abs(term);
      }
    }
    return total;
  }

  void compare_gradients() {
    const bool twice = in_.flip() || in_.end();
    Variable total = Tensor(Shape{});
    Sum sum;
    for (const Value& y : stack_) {
      const Tensor weights = random_numbers(shape_of(y.extents()));
      total = total + locus::sum(y.variable * weights);
      for (std::size_t i = 0; i < y.exact.numbers.size(); ++i) {
        const double w = weights.begin()[i];
        for (auto part : parts) {
          const double exact = y.exact.numbers[i].*part, other = y.shaken.numbers[i].*part;
          sum.exact.*part += w * exact;
          sum.sizes.*part += std::abs(w * exact);
          sum.spreads.*part += std::abs(w * (exact - other));
        }
      }
    }
    if (!total.requires_grad()) return;
    double terms = 0;
    if (twice) {
      const auto first = gradients(total, leaves_, {.differentiable = true});
      Variable slope = Tensor(Shape{});
      std::vector<Tensor> values;
      for (std::size_t i = 0; i < first.size(); ++i) {
        slope = slope + locus::sum(first[i] * directions_[i]);
        values.push_back(first[i].value());
      }
      const double got = along(values, terms);
      compare("the slope by recorded rules", sum, &Jet::slope, got, terms);
      values.clear();
      if (slope.requires_grad())
        for (const Variable& second : gradients(slope, leaves_, {.keep_graph = true}))
          values.push_back(second.value());
      const double bend = along(values, terms);
      compare("the curvature", sum, &Jet::curvature, bend, terms);
    }
    total.backward();
    std::vector<Tensor> grads;
    for (const Variable& leaf : leaves_)
      grads.push_back(leaf.has_grad() ? leaf.grad() : Tensor(leaf.shape()));
    const double got = along(grads, terms);
    compare("the slope", sum, &Jet::slope, got, terms);
  }

  Bytes& in_;
  std::uint64_t state_ = 0;
  std::vector<Value> stack_;
  std::vector<Variable> leaves_;
  std::vector<Tensor> directions_;
};

}  // namespace
}  // namespace locus::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  locus::fuzz::Bytes in(data, size);
  locus::fuzz::Program(in).run();
  return 0;
}
