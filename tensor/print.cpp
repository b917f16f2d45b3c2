// Printing in NumPy's layout: brackets per axis, columns aligned, long tensors shortened.
#include <algorithm>
#include <cmath>
#include <limits>
#include <ostream>

#include "tensor/indices.h"
#include "tensor/tensor.h"

namespace locus {

static constexpr Index longest = 1000;  // numbers printed in full
static constexpr Index edge = 3;        // entries shown at either end of a shortened axis

namespace {
struct Layout {
  const Tensor& x;
  bool shortened;
  std::string spec;
  std::size_t width = 0;
  std::vector<real> shown = {};
  std::string text = {};

  // Calls visit(i) for every entry shown along an axis, visit(-1) for the gap.
  template <class Visit>
  void along(int axis, Visit visit) const {
    const Index n = x.shape()[axis];
    const bool gap = shortened && n > 2 * edge;
    for (Index i = 0; i < n; ++i) {
      if (gap && i == edge) {
        visit(-1);
        i = n - edge;
      }
      visit(i);
    }
  }

  std::string number(Index place) const { return fmt::format(fmt::runtime(spec), x.data()[place]); }

  void collect(int axis, Index place) {
    if (axis == x.shape().rank()) return shown.push_back(x.data()[place]);
    along(axis, [&](Index i) { i < 0 ? void() : collect(axis + 1, place * x.shape()[axis] + i); });
  }

  // The shortest of up to four decimals that shows every number, or powers of ten for a wide range.
  void choose_spec() {
    double top = 0, bottom = std::numeric_limits<double>::infinity(), shift = 1;
    int decimals = 0;
    for (const real value : shown) {
      const double size = std::abs(double(value));
      if (!std::isfinite(size) || size == 0) continue;
      top = std::max(top, size), bottom = std::min(bottom, size);
      for (;
           decimals < 4 && std::abs(size * shift - std::round(size * shift)) > 1e-6 * size * shift;
           ++decimals) {
        shift *= 10;
      }
    }
    const bool wide = top >= 1e7 || (top > 0 && top < 1e-3) || top / bottom > 1e6;
    spec = wide ? "{:.4e}" : fmt::format("{{:#.{}f}}", decimals);
  }

  void write(int axis, Index place) {
    if (axis == x.shape().rank()) {
      text += fmt::format("{:>{}}", number(place), width);
      return;
    }
    const int below = x.shape().rank() - axis - 1;  // axes inside this one
    const std::string between =
        below == 0 ? " " : std::string(size_t(below), '\n') + std::string(size_t(axis) + 1, ' ');
    text += "[";
    bool first = true;
    along(axis, [&](Index i) {
      if (!first) text += between;
      first = false;
      i < 0 ? void(text += "...") : write(axis + 1, place * x.shape()[axis] + i);
    });
    text += "]";
  }
};
}  // namespace

std::ostream& operator<<(std::ostream& out, const Tensor& x) { return out << fmt::format("{}", x); }

std::ostream& operator<<(std::ostream& out, const Indices& ids) {
  return out << fmt::format("{}", ids);
}

}  // namespace locus

fmt::format_context::iterator fmt::formatter<locus::Tensor>::format(
    const locus::Tensor& tensor, fmt::format_context& out) const {
  locus::Index entries = 1;  // also of an empty tensor: 2^40 rows without a number are shortened
  for (const locus::Index extent : tensor.shape()) entries *= std::max<locus::Index>(1, extent);
  locus::Layout layout{tensor, entries > locus::longest,
                       spec_.empty() ? "" : fmt::format("{{:{}}}", spec_)};
  layout.collect(0, 0);
  if (spec_.empty()) layout.choose_spec();
  for (const locus::real value : layout.shown) {
    layout.width = std::max(layout.width, fmt::format(fmt::runtime(layout.spec), value).size());
  }
  layout.write(0, 0);
  return fmt::format_to(out.out(), "{}", layout.text);
}
