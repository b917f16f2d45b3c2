// Printing in NumPy's layout: brackets per axis, columns aligned, long tensors shortened.
#include <algorithm>
#include <cmath>

#include "tensor/tensor.h"

namespace locus {

static constexpr Index longest = 1000;  // numbers printed in full
static constexpr Index edge = 3;        // entries shown at either end of a shortened axis

// The shortest of up to four decimals that shows every number, or powers of ten for a wide range.
static std::string choose_spec(const Tensor& x) {
  real top = 0, bottom = std::numeric_limits<real>::infinity();
  int decimals = 0;
  for (const real value : x) {
    if (!std::isfinite(value) || value == 0) continue;
    top = std::max(top, std::abs(value)), bottom = std::min(bottom, std::abs(value));
    while (decimals < 4 && std::abs(value - std::stod(fmt::format("{:.{}f}", value, decimals))) >
                               1e-6 * std::abs(value)) {
      ++decimals;
    }
  }
  const bool wide = top >= real(1e7) || (top > 0 && top < real(1e-3)) || top / bottom > real(1e6);
  return wide ? "{:.4e}" : fmt::format("{{:#.{}f}}", decimals);
}

struct Layout {
  const Tensor& x;
  std::string spec;
  std::size_t width = 0;
  bool shortened;
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

  void measure(int axis, Index place) {
    if (axis == x.shape().rank()) {
      width = std::max(width, number(place).size());
      return;
    }
    along(axis, [&](Index i) { i < 0 ? void() : measure(axis + 1, place * x.shape()[axis] + i); });
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

}  // namespace locus

fmt::format_context::iterator fmt::formatter<locus::Tensor>::format(
    const locus::Tensor& tensor, fmt::format_context& out) const {
  locus::Layout layout{tensor,
                       spec_.empty() ? locus::choose_spec(tensor) : fmt::format("{{:{}}}", spec_),
                       0, tensor.size() > locus::longest};
  layout.measure(0, 0);
  layout.write(0, 0);
  return fmt::format_to(out.out(), "{}", layout.text);
}
