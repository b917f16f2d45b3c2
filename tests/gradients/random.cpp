// Every op of autograd/ops.h against finite differences, once and twice differentiated, on inputs drawn
// at random: shapes with missing axes and extents of 1 and of 0, ids that repeat and leave rows out, the
// same Variable on both sides, inputs that are constants. ops.cpp holds the cases worth a name.
#include "autograd/gradient_check.h"
#include "autograd/ops.h"
#include "tests/gradients/names.h"
#include "tests/random_shapes.h"
#include "tests/support.h"

namespace locus {

using Variables = const std::vector<Variable>&;

// What a case draws: a function of inputs with these numbers.
struct Drawn {
  Function f;
  std::vector<Tensor> inputs;
};

struct RandomCase {
  std::string op, about;
  Drawn (*draw)(Rng&);
};

static void PrintTo(const RandomCase& c, std::ostream* out) { *out << c.op << ", " << c.about; }

// --- what is drawn -------------------------------------------------------------------------------

// Up to three axes, one in eight shapes with an extent of 0.
static Shape any_shape(Rng& rng, Index least_rank = 0) {
  const Shape shape = random_shape(between(least_rank, 3, rng), rng, 3);
  if (shape.rank() == 0 || rng.below(8) > 0) return shape;
  return shape.with(int(rng.below(shape.rank())), 0);
}

static int any_axis(const Shape& shape, Rng& rng) {
  return int(between(-shape.rank(), shape.rank() - 1, rng));
}

static Tensor any(const Shape& shape, Rng& rng) { return normal(shape, 1, rng); }
static Tensor positive(const Shape& shape, Rng& rng) { return uniform(shape, real(0.5), 2, rng); }

// Away from 0, where relu has two slopes.
static Tensor off_zero(const Shape& shape, Rng& rng) {
  const Tensor x = any(shape, rng);
  return x + Tensor(shape, real(0.1)) * (x / sqrt(x * x));
}

static Indices any_ids(const Shape& shape, Index first, Index last, Rng& rng) {
  Indices ids(shape);
  for (Index i = 0; i < ids.size(); ++i) ids[i] = between(first, last, rng);
  return ids;
}

// Two operands, of which either may be repeated along an axis, and both may be the same.
template <class Op>
static Drawn two(Rng& rng, Op op, Tensor (*right)(const Shape&, Rng&) = any) {
  const Shape shape = any_shape(rng), small = shrunk(shape, rng);
  if (rng.below(4) == 0) return {[op](Variables x) { return op(x[0], x[0]); }, {right(shape, rng)}};
  const bool swap = rng.below(2) == 0;
  return {[op](Variables x) { return op(x[0], x[1]); },
          {any(swap ? small : shape, rng), right(swap ? shape : small, rng)}};
}

template <class Op>
static Drawn one(Rng& rng, Op op, Tensor (*input)(const Shape&, Rng&) = any, Index least_rank = 0) {
  return {[op](Variables x) { return op(x[0]); }, {input(any_shape(rng, least_rank), rng)}};
}

// An op along an axis: op(x, axis).
template <class Op>
static Drawn along(Rng& rng, Op op) {
  const Shape shape = any_shape(rng, 1);
  const int axis = any_axis(shape, rng);
  return {[op, axis](Variables x) { return op(x[0], axis); }, {any(shape, rng)}};
}

// --- attention -----------------------------------------------------------------------------------

struct Heads {
  Index batch, length, count, dim;  // dim: of one head

  Shape qkv() const { return {batch, length, 3 * count * dim}; }
  Shape bias() const { return {count, length, length}; }
};

static Heads any_heads(Rng& rng, Index even = 1) {
  return {rng.below(3), between(1, 4, rng), between(1, 2, rng), even * between(1, 2, rng)};
}

// Every token sees the first key.
static AttentionMask any_mask(const Heads& heads, Rng& rng) {
  AttentionMask mask{.causal = rng.below(2) == 0};
  if (rng.below(2) == 0) return mask;
  mask.keys = any_ids({heads.batch, heads.length}, 0, 1, rng);
  for (Index item = 0; item < heads.batch; ++item) mask.keys[item * heads.length] = 1;
  return mask;
}

template <class Op>
static Drawn attending(Rng& rng, Op op) {
  const Heads heads = any_heads(rng);
  const AttentionMask mask = any_mask(heads, rng);
  return {[op, heads, mask](Variables x) { return op(x[0], heads.count, mask); },
          {any(heads.qkv(), rng)}};
}

template <class Op>
static Drawn attending_with_bias(Rng& rng, Op op) {
  const Heads heads = any_heads(rng);
  const AttentionMask mask = any_mask(heads, rng);
  return {[op, heads, mask](Variables x) { return op(x[0], heads.count, x[1], mask); },
          {any(heads.qkv(), rng), any(heads.bias(), rng)}};
}

// --- products and rows ---------------------------------------------------------------------------

static Index any_extent(Rng& rng) { return rng.below(12) == 0 ? 0 : between(1, 3, rng); }

// Matrices, either of which may be one for a whole batch of the other, and either transposed.
static Drawn matrices(Rng& rng) {
  const Index n = any_extent(rng), k = any_extent(rng), m = any_extent(rng);
  const auto transpose = Transpose(rng.below(4));
  const bool left = transpose == Transpose::left || transpose == Transpose::both,
             right = transpose == Transpose::right || transpose == Transpose::both;
  std::vector<Index> a, b;
  const Index batch = any_extent(rng), batched = rng.below(4);  // none, the left, the right, both
  if (batched & 1) a.push_back(batch);
  if (batched & 2) b.push_back(batch);
  a.insert(a.end(), {left ? k : n, left ? n : k});
  b.insert(b.end(), {right ? m : k, right ? k : m});
  return {[transpose](Variables x) { return matmul(x[0], x[1], transpose); },
          {any(Shape(a.data(), a.data() + a.size()), rng),
           any(Shape(b.data(), b.data() + b.size()), rng)}};
}

static Drawn affine(Rng& rng) {
  const Shape x = any_shape(rng, 1);
  const Index outputs = any_extent(rng);
  return {[](Variables v) { return linear(v[0], v[1], v[2]); },
          {any(x, rng), any({outputs, x[-1]}, rng), any({outputs}, rng)}};
}

static Drawn normalised(Rng& rng) {
  Shape x = any_shape(rng, 1);
  if (x[-1] == 0) x = x.with(-1, 1);
  const Shape row{x[-1]};
  const real epsilon = real(0.1) * real(between(1, 5, rng));
  return {[epsilon](Variables v) { return layer_norm(v[0], v[1], v[2], epsilon); },
          {any(x, rng), any(row, rng), any(row, rng)}};
}

static Drawn classified(Rng& rng) {
  const Shape logits = random_shape(between(1, 3, rng), rng, 3);
  Indices targets = any_ids(logits.without(-1), ignored, logits[-1] - 1, rng);
  targets[0] = 0;  // one counts
  return {[targets](Variables x) { return cross_entropy(x[0], targets); }, {any(logits, rng)}};
}

static Drawn looked_up(Rng& rng) {
  const Index n = between(1, 4, rng);
  const Indices ids = any_ids(any_shape(rng), 0, n - 1, rng);
  return {[ids](Variables x) { return embedding(x[0], ids); }, {any({n, any_extent(rng)}, rng)}};
}

static Drawn scattered(Rng& rng) {
  const Shape x = any_shape(rng, 1);
  const Index n = between(1, 4, rng);
  const Indices ids = any_ids(x.without(-1), 0, n - 1, rng);
  return {[ids, n](Variables v) { return scatter_add_rows(v[0], ids, n); }, {any(x, rng)}};
}

// --- layout --------------------------------------------------------------------------------------

static Drawn reshaped(Rng& rng) {
  const Shape from = any_shape(rng);
  const Shape to = rng.below(2) == 0 ? Shape{1, from.size()} : Shape{from.size()};
  return {[to](Variables x) { return reshape(x[0], to); }, {any(from, rng)}};
}

static Drawn permuted(Rng& rng) {
  const Shape shape = any_shape(rng);
  std::vector<int> order;
  for (int axis = 0; axis < shape.rank(); ++axis)
    order.insert(order.begin() + rng.below(axis + 1), axis);
  return {[order](Variables x) { return permute(x[0], order); }, {any(shape, rng)}};
}

static Drawn sliced(Rng& rng) {
  const Shape shape = any_shape(rng, 1);
  const int axis = any_axis(shape, rng);
  const Index first = between(0, shape[axis], rng), last = between(first, shape[axis], rng);
  return {[=](Variables x) { return slice(x[0], axis, first, last); }, {any(shape, rng)}};
}

static Drawn padded(Rng& rng) {
  const Shape shape = any_shape(rng, 1);
  const int axis = any_axis(shape, rng);
  const Index before = rng.below(3), after = rng.below(3);
  return {[=](Variables x) { return pad(x[0], axis, before, after); }, {any(shape, rng)}};
}

static Drawn concatenated(Rng& rng) {
  const Shape shape = any_shape(rng, 1);
  const int axis = any_axis(shape, rng);
  std::vector<Tensor> parts;
  for (Index count = between(1, 3, rng); count > 0; --count)
    parts.push_back(any(shape.with(axis, any_extent(rng)), rng));
  const bool twice = rng.below(3) == 0;
  return {[axis, twice](Variables x) {
            std::vector<Variable> all = x;
            if (twice) all.push_back(x[0]);
            return concatenate(all, axis);
          },
          parts};
}

// --- the cases -----------------------------------------------------------------------------------

using V = const Variable&;

// clang-format off
static const std::vector<RandomCase> random_cases = {
    {"operator+", "two", [](Rng& rng) { return two(rng, [](V a, V b) { return a + b; }); }},
    {"operator+", "and a number", [](Rng& rng) { return one(rng, [](V a) { return a + real(1.5); }); }},
    {"operator+", "a number and", [](Rng& rng) { return one(rng, [](V a) { return real(1.5) + a; }); }},
    {"operator-", "two", [](Rng& rng) { return two(rng, [](V a, V b) { return a - b; }); }},
    {"operator-", "negated", [](Rng& rng) { return one(rng, [](V a) { return -a; }); }},
    {"operator-", "and a number", [](Rng& rng) { return one(rng, [](V a) { return a - real(1.5); }); }},
    {"operator-", "a number and", [](Rng& rng) { return one(rng, [](V a) { return real(1.5) - a; }); }},
    {"operator*", "two", [](Rng& rng) { return two(rng, [](V a, V b) { return a * b; }); }},
    {"operator*", "and a number", [](Rng& rng) { return one(rng, [](V a) { return a * real(1.5); }); }},
    {"operator*", "a number and", [](Rng& rng) { return one(rng, [](V a) { return real(1.5) * a; }); }},
    {"operator/", "two", [](Rng& rng) { return two(rng, [](V a, V b) { return a / b; }, positive); }},
    {"operator/", "and a number", [](Rng& rng) { return one(rng, [](V a) { return a / real(1.5); }); }},
    {"operator/", "a number and", [](Rng& rng) { return one(rng, [](V a) { return real(1.5) / a; }, positive); }},
    {"sum", "of all", [](Rng& rng) { return one(rng, [](V a) { return sum(a * a); }); }},
    {"sum", "along an axis", [](Rng& rng) { return along(rng, [](V a, int axis) { return sum(a, axis); }); }},
    {"sum", "kept", [](Rng& rng) { return along(rng, [](V a, int axis) { return sum(a, axis, Keep::yes); }); }},
    {"mean", "of all", [](Rng& rng) {
       return Drawn{[](Variables x) { return mean(x[0] * x[0]); }, {any(random_shape(rng.below(4), rng, 3), rng)}}; }},
    {"mean", "along an axis", [](Rng& rng) {
       const Shape shape = random_shape(between(1, 3, rng), rng, 3);
       const int axis = any_axis(shape, rng);
       const Keep keep = rng.below(2) == 0 ? Keep::yes : Keep::no;
       return Drawn{[=](Variables x) { return mean(x[0], axis, keep); }, {any(shape, rng)}}; }},
    {"broadcast_to", "any", [](Rng& rng) {
       const Shape shape = any_shape(rng);
       return Drawn{[shape](Variables x) { return broadcast_to(x[0], shape); }, {any(shrunk(shape, rng), rng)}}; }},
    {"sum_to", "any", [](Rng& rng) {
       const Shape shape = any_shape(rng), small = shrunk(shape, rng);
       return Drawn{[small](Variables x) { return sum_to(x[0], small); }, {any(shape, rng)}}; }},
    {"exp", "any", [](Rng& rng) { return one(rng, [](V a) { return exp(a); }); }},
    {"log", "positive", [](Rng& rng) { return one(rng, [](V a) { return log(a); }, positive); }},
    {"sqrt", "positive", [](Rng& rng) { return one(rng, [](V a) { return sqrt(a); }, positive); }},
    {"tanh", "any", [](Rng& rng) { return one(rng, [](V a) { return tanh(a); }); }},
    {"relu", "away from 0", [](Rng& rng) { return one(rng, [](V a) { return relu(a) * a; }, off_zero); }},
    {"gelu", "any", [](Rng& rng) { return one(rng, [](V a) { return gelu(a); }); }},
    {"dropout", "any rate", [](Rng& rng) {
       const real rate = real(rng.below(9)) / 10;
       const Rng choice(rng.bits());
       return one(rng, [=](V a) { Rng again = choice; return dropout(a, rate, again); }); }},
    {"matmul", "any", matrices},
    {"linear", "any", affine},
    {"softmax", "any", [](Rng& rng) { return one(rng, [](V a) { return softmax(a); }, any, 1); }},
    {"layer_norm", "any", normalised},
    {"cross_entropy", "any", classified},
    {"mean_squared_error", "any", [](Rng& rng) {
       const Shape shape = random_shape(rng.below(4), rng, 3);
       return Drawn{[](Variables x) { return mean_squared_error(x[0], x[1]); }, {any(shape, rng), any(shape, rng)}}; }},
    {"embedding", "any", looked_up},
    {"scatter_add_rows", "any", scattered},
    {"attention", "any", [](Rng& rng) {
       return attending(rng, [](V x, Index n, const AttentionMask& mask) { return attention(x, n, mask); }); }},
    {"attention", "with a bias", [](Rng& rng) {
       return attending_with_bias(rng, [](V x, Index n, V bias, const AttentionMask& mask) {
         return attention(x, n, bias, mask); }); }},
    {"attention_weights", "any", [](Rng& rng) {
       return attending(rng, [](V x, Index n, const AttentionMask& mask) { return attention_weights(x, n, mask); }); }},
    {"attention_weights", "with a bias", [](Rng& rng) {
       return attending_with_bias(rng, [](V x, Index n, V bias, const AttentionMask& mask) {
         return attention_weights(x, n, bias, mask); }); }},
    {"rotary", "any", [](Rng& rng) {
       const Heads heads = any_heads(rng, 2);
       const real direction = real(rng.below(5)) - 2;
       return Drawn{[=](Variables x) { return rotary(x[0], heads.count, direction); }, {any(heads.qkv(), rng)}}; }},
    {"reshape", "any", reshaped},
    {"reshape", "one extent open", [](Rng& rng) { return one(rng, [](V a) { return reshape(a * a, {1, -1}); }); }},
    {"permute", "any", permuted},
    {"slice", "any", sliced},
    {"pad", "any", padded},
    {"concatenate", "any", concatenated},
};
// clang-format on

// One in three inputs becomes a constant, as long as another stays. A number that is added to the
// result is nudged, too: in some draws there is no other.
static Drawn completed(Drawn drawn, Rng& rng) {
  std::vector<Variable> all;
  std::vector<bool> constant;
  std::vector<Tensor> inputs;
  std::size_t left = drawn.inputs.size();
  for (const Tensor& input : drawn.inputs) {
    constant.push_back(left > 1 && rng.below(3) == 0);
    left -= constant.back();
    all.push_back(Variable(input));
    if (!constant.back()) inputs.push_back(input);
  }
  inputs.push_back(any({}, rng));
  const auto f = [f = drawn.f, all, constant](Variables given) {
    std::vector<Variable> x = all;
    std::size_t next = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
      if (!constant[i]) x[i] = given[next++];
    const Variable y = f(x);
    Rng weights(9);
    return sum(y * Variable(any(y.shape(), weights))) + given.back();
  };
  return {f, inputs};
}

class EveryOpAtRandom : public testing::TestWithParam<RandomCase> {};

TEST_P(EveryOpAtRandom, HasTheSlopesThatNudgingMeasures) {
  const RandomCase& c = GetParam();
  for_seeds([&](Rng& rng) {
    const Drawn drawn = completed(c.draw(rng), rng);
    const std::string name = fmt::format("{} ({})", c.op, c.about);
    const GradientReport first = gradient_check(name, drawn.f, drawn.inputs, {.allowed = 1e-7});
    EXPECT_TRUE(first.ok) << first.text();
    const GradientReport second =
        second_gradient_check(name, drawn.f, drawn.inputs, {.allowed = 1e-5});
    EXPECT_TRUE(second.ok) << second.text();
  });
}

INSTANTIATE_TEST_SUITE_P(Gradients, EveryOpAtRandom, testing::ValuesIn(random_cases),
                         test_name<RandomCase>);

}  // namespace locus
