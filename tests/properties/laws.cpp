// Laws that hold for any shape and any numbers. Each runs over many seeds; a failure names its seed.
#include <numeric>

#include "autograd/ops.h"
#include "tests/random_shapes.h"
#include "tests/support.h"

namespace locus {

static void expect_equal_products(double a, double b, Index terms) {
  EXPECT_NEAR(a, b,
              64 * epsilon_of_real * std::sqrt(double(terms) + 1) * std::max(1.0, std::abs(a)));
}

static Tensor gradient(const Variable& y, const Tensor& w, const Variable& x) {
  return gradients(sum(y * Variable(w)), {x})[0].value();
}

TEST(Adjoints, BroadcastAndSumTo) {
  for_seeds([](Rng& rng) {
    const Shape to = random_shape(between(0, 4, rng), rng), from = shrunk(to, rng);
    const Tensor x = normal(from, 1, rng), y = normal(to, 1, rng);
    expect_equal_products(inner_product(broadcast_to(x, to), y), inner_product(x, sum_to(y, from)),
                          y.size());
  });
}

TEST(Adjoints, ATurnAndTheTurnBack) {
  for_seeds([](Rng& rng) {
    const Index heads = between(1, 3, rng), pairs = between(1, 4, rng);
    const Shape shape{between(1, 3, rng), between(1, 70, rng), 3 * heads * 2 * pairs};
    const Tensor x = normal(shape, 1, rng), y = normal(shape, 1, rng);
    const auto rotated = [&](const Tensor& t, real direction) {
      return rotary(Variable(t), heads, direction).value();
    };
    expect_equal_products(inner_product(rotated(x, 1), y), inner_product(x, rotated(y, -1)),
                          y.size());
  });
}

// The same query and key at any two places: their product depends on how far apart they are alone.
TEST(Rotary, ProductsDependOnTheOffsetAlone) {
  for_seeds([](Rng& rng) {
    const Index length = between(2, 40, rng), dim = 2 * between(1, 8, rng);
    const Tensor token = normal({1, 1, 3 * dim}, 1, rng);
    const Tensor qkv =
        rotary(Variable(broadcast_to(token, {1, length, 3 * dim})), /*num_heads=*/1).value();
    const Tensor products =
        matmul(slice(qkv, -1, 0, dim), slice(qkv, -1, dim, 2 * dim), Transpose::right);
    for (Index query = 1; query < length; ++query) {
      for (Index key = 1; key < length; ++key) {
        ASSERT_NEAR(double(products(0, query, key)), double(products(0, query - 1, key - 1)),
                    64 * epsilon_of_real * double(dim) * 4);
      }
    }
  });
}

TEST(Adjoints, GatherAndScatter) {
  for_seeds([](Rng& rng) {
    const Index rows = between(1, 9, rng), width = between(1, 20, rng);
    Indices ids(random_shape(between(0, 3, rng), rng));
    for (Index i = 0; i < ids.size(); ++i) ids[i] = rng.below(rows);
    const Tensor table = normal({rows, width}, 1, rng), taken = embedding(table, ids);
    const Tensor y = normal(taken.shape(), 1, rng);
    expect_equal_products(inner_product(taken, y),
                          inner_product(table, scatter_add_rows(y, ids, rows)), y.size());
  });
}

TEST(Adjoints, SliceAndPad) {
  for_seeds([](Rng& rng) {
    const Shape shape = random_shape(between(1, 4, rng), rng);
    const int axis = int(rng.below(shape.rank()));
    const Index first = rng.below(shape[axis] + 1), last = between(first, shape[axis], rng);
    const Tensor x = normal(shape, 1, rng), part = slice(x, axis, first, last),
                 y = normal(part.shape(), 1, rng);
    expect_equal_products(inner_product(part, y),
                          inner_product(x, pad(y, axis, first, shape[axis] - last)), x.size());
    EXPECT_TRUE(
        same_bits(slice(pad(part, axis, first, 2), axis, first, first + part.shape()[axis]), part));
  });
}

TEST(Adjoints, PermuteAndItsInverse) {
  for_seeds([](Rng& rng) {
    const Shape shape = random_shape(between(1, 5, rng), rng);
    std::vector<int> order, back(std::size_t(shape.rank()));
    for (const Index axis : rng.permutation(shape.rank())) order.push_back(int(axis));
    for (std::size_t i = 0; i < order.size(); ++i) back[std::size_t(order[i])] = int(i);
    const Tensor x = normal(shape, 1, rng);
    EXPECT_TRUE(same_bits(permute(permute(x, order), back), x));
    const Tensor y = normal(permute(x, order).shape(), 1, rng);
    expect_equal_products(inner_product(permute(x, order), y), inner_product(x, permute(y, back)),
                          x.size());
  });
}

TEST(Concatenate, IsUndoneBySlices) {
  for_seeds([](Rng& rng) {
    const Shape shape = random_shape(between(1, 4, rng), rng);
    const int axis = int(rng.below(shape.rank()));
    std::vector<Tensor> parts;
    for (Index i = between(1, 4, rng); i > 0; --i)
      parts.push_back(normal(shape.with(axis, between(0, 4, rng)), 1, rng));
    const Tensor whole = concatenate(parts, axis);
    Index first = 0;
    for (const Tensor& part : parts) {
      const Index last = first + part.shape()[axis];
      EXPECT_TRUE(same_bits(slice(whole, axis, first, last), part));
      first = last;
    }
  });
}

TEST(Matmul, AgreesWithThePlainLoopForRandomShapes) {
  for_seeds([](Rng& rng) {
    const Index n = between(1, 40, rng), k = between(1, 70, rng), m = between(1, 40, rng),
                batch = between(1, 4, rng);
    const auto transpose = Transpose(rng.below(4));
    const bool left = transpose == Transpose::left || transpose == Transpose::both;
    const bool right = transpose == Transpose::right || transpose == Transpose::both;
    const Index single =
        rng.below(4);  // 0: both batched, 1: one matrix at the left, 2: at the right, 3: both
    const Shape a_matrix = left ? Shape{k, n} : Shape{n, k},
                b_matrix = right ? Shape{m, k} : Shape{k, m};
    const auto batched = [&](const Shape& s) { return Shape{batch, s[0], s[1]}; };
    const bool a_single = single == 1 || single == 3, b_single = single >= 2;
    const Tensor a = normal(a_single ? a_matrix : batched(a_matrix), 1, rng);
    const Tensor b = normal(b_single ? b_matrix : batched(b_matrix), 1, rng);
    const Tensor c = matmul(a, b, transpose);
    SCOPED_TRACE(fmt::format("{} x {}, transpose {}", a.shape(), b.shape(), int(transpose)));
    ASSERT_EQ(c.shape(), (single == 3 ? Shape{n, m} : Shape{batch, n, m}));
    for (Index item = 0; item < (single == 3 ? 1 : batch); ++item) {
      const real* pa = a.begin() + (a_single ? 0 : item * n * k);
      const real* pb = b.begin() + (b_single ? 0 : item * k * m);
      for (Index i = 0; i < n; ++i) {
        for (Index j = 0; j < m; ++j) {
          double want = 0;
          for (Index p = 0; p < k; ++p)
            want += double(pa[left ? p * n + i : i * k + p]) * pb[right ? j * k + p : p * m + j];
          ASSERT_NEAR(double(c.begin()[(item * n + i) * m + j]), want,
                      64 * epsilon_of_real * double(k));
        }
      }
    }
  });
}

TEST(Softmax, RowsSumToOneAndAShiftChangesNothing) {
  for_seeds([](Rng& rng) {
    const Tensor x = normal({between(1, 6, rng), between(1, 90, rng)}, 3, rng);
    const Tensor y = softmax(x);
    expect_close(sum(y, -1), Tensor({x.shape()[0]}, 1), 8);
    const Tensor shift = normal({x.shape()[0], 1}, 5, rng);
    expect_close(softmax(x + shift), y, 64);
  });
}

TEST(LayerNorm, IsTheSameForAnyScaleAndShiftOfARow) {
  for_seeds([](Rng& rng) {
    const Index n = between(2, 60, rng);
    const Tensor x = normal({between(1, 5, rng), n}, 1, rng), weight = normal({n}, 1, rng),
                 bias = normal({n}, 1, rng);
    const Tensor shift = normal({x.shape()[0], 1}, 1, rng);
    expect_close(layer_norm(x * 4 + shift, weight, bias, 0).output,
                 layer_norm(x, weight, bias, 0).output, 2000);
    expect_close(mean(layer_norm(x, Tensor({n}, 1), Tensor({n}), 0).output, -1),
                 Tensor({x.shape()[0]}), 16);
  });
}

// (batch, length, width) with the tokens of every item in a new order.
static Tensor reordered(const Tensor& x, const Indices& order) {
  std::vector<Tensor> tokens;
  for (const Index i : order) tokens.push_back(slice(x, 1, i, i + 1));
  return concatenate(tokens, 1);
}

TEST(Attention, WithoutAMaskCommutesWithPermutingPositions) {
  for_seeds([](Rng& rng) {
    const Index length = between(1, 80, rng), heads = between(1, 3, rng),
                dim = heads * between(1, 4, rng);
    const Variable qkv = Parameter(normal({2, length, 3 * dim}, 1, rng));
    const Indices order = rng.permutation(length);
    const Variable moved = Parameter(reordered(qkv.value(), order));
    const Variable y = attention(qkv, heads), y_moved = attention(moved, heads);
    expect_close(y_moved.value(), reordered(y.value(), order), 64);
    const Tensor w = normal(y.shape(), 1, rng);
    expect_close(gradient(y_moved, reordered(w, order), moved),
                 reordered(gradient(y, w, qkv), order), 256);
  });
}

TEST(Attention, ACausalTokenHasExactlyZeroGradientToWhatComesAfter) {
  for_seeds([](Rng& rng) {
    const Index length = between(1, 100, rng), token = rng.below(length),
                dim = 2 * between(1, 3, rng);
    const Variable qkv = Parameter(normal({1, length, 3 * dim}, 1, rng));
    for (const bool fused : {true, false}) {
      const Variable seen = slice(attention(qkv, 2, {.causal = true}), 1, token, token + 1);
      const Variable loss = sum(seen * Variable(normal(seen.shape(), 1, rng)));
      const Tensor d = gradients(loss, {qkv}, {.differentiable = !fused})[0].value();
      for (Index place = (token + 1) * 3 * dim; place < d.size(); ++place)
        ASSERT_EQ(d.begin()[place], 0);
      EXPECT_NE(sum(d * d).item(), 0);
    }
  });
}

TEST(Attention, ACausalTokenDoesNotSeeWhatComesAfter) {
  for_seeds([](Rng& rng) {
    const Index length = between(2, 100, rng), cut = between(1, length - 1, rng);
    const Tensor qkv = normal({1, length, 12}, 1, rng);
    const std::vector<Tensor> parts = {slice(qkv, 1, 0, cut),
                                       normal({1, length - cut, 12}, 1, rng)};
    const Tensor other = concatenate(parts, 1);
    const auto before = [&](const Tensor& x) {
      return slice(attention(x, 2, {.causal = true}).output, 1, 0, cut);
    };
    expect_close(before(other), before(qkv), 4);
  });
}

// A key mask that shows a beginning gives that beginning's results.
TEST(Attention, HiddenKeysMightAsWellBeAbsent) {
  for_seeds([](Rng& rng) {
    const Index length = between(2, 70, rng), shown = between(1, length - 1, rng);
    const Tensor qkv = normal({1, length, 12}, 1, rng);
    Indices keys({1, length});
    for (Index i = 0; i < shown; ++i) keys[i] = 1;
    const Tensor masked = attention(qkv, 2, {.keys = keys}).output;
    expect_close(slice(masked, 1, 0, shown), attention(slice(qkv, 1, 0, shown), 2, {}).output, 16);
  });
}

static Tensor one_hot(const Indices& ids, Index n) {
  Tensor rows({ids.size(), n});
  for (Index i = 0; i < ids.size(); ++i) rows.at({i, ids[i]}) = 1;
  return rows;
}

TEST(Embedding, EqualsOneHotTimesTableForwardAndBackward) {
  for_seeds([](Rng& rng) {
    const Index rows = between(1, 30, rng), width = between(1, 20, rng);
    Indices ids(Shape{between(1, 40, rng)});
    for (Index i = 0; i < ids.size(); ++i) ids[i] = rng.below(rows);
    const Variable table = Parameter(normal({rows, width}, 1, rng));
    const Variable looked_up = embedding(table, ids);
    const Variable multiplied = matmul(Variable(one_hot(ids, rows)), table);
    EXPECT_TRUE(same_bits(looked_up.value(), multiplied.value()));
    const Tensor w = normal(looked_up.shape(), 1, rng);
    expect_close(gradient(looked_up, w, table), gradient(multiplied, w, table), 16);
  });
}

// A small model: its loss on a batch is the sum of its losses on the items, and so are the gradients.
TEST(Gradients, OfABatchAreTheSumOverItsItems) {
  for_seeds([](Rng& rng) {
    const Index batch = between(1, 4, rng), length = between(1, 7, rng), dim = 4;
    const std::vector<Variable> weights = {
        Parameter(normal({9, dim}, 1, rng)), Parameter(normal({3 * dim, dim}, 1, rng)),
        Parameter(normal({3 * dim}, 1, rng)), Parameter(normal({dim}, 1, rng)),
        Parameter(normal({dim}, 1, rng))};
    Indices ids({batch, length});
    for (Index i = 0; i < ids.size(); ++i) ids[i] = rng.below(9);
    const auto loss = [&](const Indices& of) {
      const Variable h = layer_norm(embedding(weights[0], of), weights[3], weights[4]);
      const Variable y = attention(linear(h, weights[1], weights[2]), 2, {.causal = true});
      return cross_entropy(gelu_tanh(y), Indices(of.shape(), 2)) *
             real(of.size());  // a sum, not a mean
    };
    const std::vector<Variable> whole = gradients(loss(ids), weights);
    std::vector<Tensor> total;
    for (const Variable& w : weights) total.emplace_back(w.shape());
    for (Index item = 0; item < batch; ++item) {
      Indices one({1, length});
      for (Index i = 0; i < length; ++i) one[i] = ids[item * length + i];
      const std::vector<Variable> part = gradients(loss(one), weights);
      for (std::size_t i = 0; i < weights.size(); ++i) add_in_place(total[i], part[i].value());
    }
    for (std::size_t i = 0; i < weights.size(); ++i) expect_close(whole[i].value(), total[i], 512);
  });
}

// d <w, f(x)> is linear in w, for every rule of a chain of ops.
TEST(Gradients, AreLinearInTheWeightsOfTheResult) {
  for_seeds([](Rng& rng) {
    const Variable x = Parameter(normal({3, 6}, 1, rng));
    const auto f = [&] { return softmax(gelu_tanh(x)) * tanh(x) + exp(x * real(0.3)); };
    const Tensor v = normal({3, 6}, 1, rng), w = normal({3, 6}, 1, rng);
    expect_close(gradient(f(), v + w * 2, x), gradient(f(), v, x) + gradient(f(), w, x) * 2, 64);
  });
}

}  // namespace locus
