// Cases of the ops of autograd/ops/layout.cpp.
#pragma once

#include "tests/op_cases/case.h"

namespace locus {

inline Drawn reshaped(Rng& rng) {
  const Shape from = any_shape(rng);
  const Shape to = rng.below(2) == 0 ? Shape{1, from.size()} : Shape{from.size()};
  return {[to](Variables x) { return reshape(x[0], to); }, {any(from, rng)}};
}

inline Drawn permuted(Rng& rng) {
  const Shape shape = any_shape(rng);
  std::vector<int> order;
  for (int axis = 0; axis < shape.rank(); ++axis)
    order.insert(order.begin() + rng.below(axis + 1), axis);
  return {[order](Variables x) { return permute(x[0], order); }, {any(shape, rng)}};
}

inline Drawn sliced(Rng& rng) {
  const Shape shape = any_shape(rng, 1);
  const int axis = any_axis(shape, rng);
  const Index first = between(0, shape[axis], rng), last = between(first, shape[axis], rng);
  return {[=](Variables x) { return slice(x[0], axis, first, last); }, {any(shape, rng)}};
}

inline Drawn padded(Rng& rng) {
  const Shape shape = any_shape(rng, 1);
  const int axis = any_axis(shape, rng);
  const Index before = rng.below(3), after = rng.below(3);
  return {[=](Variables x) { return pad(x[0], axis, before, after); }, {any(shape, rng)}};
}

inline Drawn concatenated(Rng& rng) {
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

inline const OpCases layout_cases = {
    // clang-format off
    GradientCase{"reshape", "two axes into one", [](Variables x) { return reshape(x[0], {6}); },
     [] { return randoms(Shape{2, 3}); }},
    GradientCase{"reshape", "one extent left open",
     [](Variables x) { return reshape(x[0], {3, -1}); }, [] { return randoms(Shape{2, 3}); }},
    GradientCase{"reshape", "one number", [](Variables x) { return reshape(x[0], {1, 1}); },
     [] { return randoms(Shape{}); }},
    GradientCase{"reshape", "no numbers",
     [](Variables x) { return reshape(no_rows(x[0]), {3, 0}); },
     [] { return randoms(Shape{2, 3}); }},
    RandomCase{"reshape", "any", reshaped},
    RandomCase{"reshape", "one extent open",
     [](Rng& rng) { return one(rng, [](V a) { return reshape(a * a, {1, -1}); }); }},
    // The same numbers in other places.
    PrecisionCase{"reshape", "every magnitude",
     [](Variables x) { return reshape(x[0], {1, x[0].shape()[0]}); }, sweep, exact, exact,
     as_it_is},
    PrecisionCase{"reshape", "one extent left open",
     [](Variables x) { return reshape(x[0], {-1, 1}); }, sweep, exact, exact, as_it_is},

    GradientCase{"permute", "no axis stays", [](Variables x) { return permute(x[0], {2, 0, 1}); },
     [] { return randoms(Shape{2, 3, 4}); }},
    GradientCase{"permute", "counted from the back",
     [](Variables x) { return permute(x[0], {-1, 0, -2}); },
     [] { return randoms(Shape{2, 1, 3}); }},
    GradientCase{"permute", "no rows", [](Variables x) { return permute(no_rows(x[0]), {1, 0}); },
     [] { return randoms(Shape{2, 3}); }},
    RandomCase{"permute", "any", permuted},
    PrecisionCase{"permute", "no axis stays", [](Variables x) { return permute(x[0], {2, 0, 1}); },
     [] { return random_floats(Shape{2, 3, 4}); }, exact, exact},

    GradientCase{"slice", "in the middle", [](Variables x) { return slice(x[0], 1, 1, 3); },
     [] { return randoms(Shape{2, 4, 2}); }},
    GradientCase{"slice", "from the back", [](Variables x) { return slice(x[0], -1, 0, 1); },
     [] { return randoms(Shape{2, 3}); }},
    GradientCase{"slice", "nothing", [](Variables x) { return slice(x[0], 1, 2, 2); },
     [] { return randoms(Shape{2, 3}); }},
    GradientCase{"slice", "everything", [](Variables x) { return slice(x[0], 1, 0, 3); },
     [] { return randoms(Shape{1, 3}); }},
    RandomCase{"slice", "any", sliced},
    PrecisionCase{"slice", "in the middle", [](Variables x) { return slice(x[0], 0, 1, 99); },
     sweep, exact, exact, as_it_is},

    GradientCase{"pad", "both sides", [](Variables x) { return pad(x[0], 0, 1, 2); },
     [] { return randoms(Shape{2, 3}); }},
    GradientCase{"pad", "from the back", [](Variables x) { return pad(x[0], -1, 2, 0); },
     [] { return randoms(Shape{2, 3}); }},
    GradientCase{"pad", "by nothing", [](Variables x) { return pad(x[0], 0, 0, 0); },
     [] { return randoms(Shape{2, 3}); }},
    GradientCase{"pad", "no rows", [](Variables x) { return pad(no_rows(x[0]), 0, 1, 1); },
     [] { return randoms(Shape{2, 3}); }},
    RandomCase{"pad", "any", padded},
    PrecisionCase{"pad", "both sides", [](Variables x) { return pad(x[0], 0, 1, 2); }, sweep, exact,
     exact, as_it_is},

    GradientCase{"concatenate", "three parts",
     [](Variables x) { return concatenate({x[0], x[1], x[2]}, 1); },
     [] { return randoms(Shape{2, 1}, Shape{2, 3}, Shape{2, 2}); }},
    GradientCase{"concatenate", "the same part twice",
     [](Variables x) { return concatenate({x[0], x[0]}, 0); }, [] { return randoms(Shape{2, 2}); }},
    GradientCase{"concatenate", "a part with no rows",
     [](Variables x) { return concatenate({x[0], no_rows(x[1])}, 0); },
     [] { return randoms(Shape{2, 2}, Shape{3, 2}); }},
    GradientCase{"concatenate", "one part and a constant",
     [](Variables x) { return concatenate({x[0], constant({2, 1})}, -1); },
     [] { return randoms(Shape{2, 2}); }},
    RandomCase{"concatenate", "any", concatenated},
    PrecisionCase{"concatenate", "three parts",
     [](Variables x) { return concatenate({x[0], x[1], x[2]}, 1); },
     [] { return random_floats(Shape{2, 1}, Shape{2, 3}, Shape{2, 2}); }, exact, exact},

    GradientCase{"unsqueeze", "in the middle", [](Variables x) { return unsqueeze(x[0] * x[0], 1); },
     [] { return randoms(Shape{2, 3}); }},
    RandomCase{"unsqueeze", "any", [](Rng& rng) { return one(rng, [](V a) { return unsqueeze(a, -1); }); }},
    PrecisionCase{"unsqueeze", "at the front", [](Variables x) { return unsqueeze(x[0], 0); }, sweep,
     exact, exact, as_it_is},
    GradientCase{"squeeze", "in the middle", [](Variables x) { return squeeze(x[0] * x[0], 1); },
     [] { return randoms(Shape{2, 1, 3}); }},
    RandomCase{"squeeze", "what was added",
     [](Rng& rng) { return one(rng, [](V a) { return squeeze(unsqueeze(a, 0), 0); }); }},
    PrecisionCase{"squeeze", "what was added", [](Variables x) { return squeeze(unsqueeze(x[0], 1), 1); },
     sweep, exact, exact, as_it_is},
    GradientCase{"stack", "along a new last axis", [](Variables x) { return stack({x[0], x[1], x[0]}, -1); },
     [] { return randoms(Shape{2, 3}, Shape{2, 3}); }},
    RandomCase{"stack", "two", [](Rng& rng) { return one(rng, [](V a) { return stack({a, a * a}, 0); }); }},
    PrecisionCase{"stack", "two", [](Variables x) { return stack({x[0], x[1]}, 1); },
     [] { return random_floats(Shape{2, 3}, Shape{2, 3}); }, exact, exact},
    // clang-format on
};

}  // namespace locus
