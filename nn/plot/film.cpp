#include "nn/plot/film.h"

#include <algorithm>
#include <cmath>

#include "tensor/check.h"

namespace locus {

Film::Film(Index count, Index frames) {
  check(count >= 1 && frames >= 2, "Film: at least 1 step and 2 frames, got {} and {}.", count,
        frames);
  for (Index i = 0; i < frames; ++i) {
    const double share = double(i) / double(frames - 1);
    const Index step = std::llround(double(count - 1) * share * share);
    if (steps.empty() || step > steps.back()) steps.push_back(step);
  }
}

void Film::see(Index step, const Tensor& table) {
  if (!std::binary_search(steps.begin(), steps.end(), step)) return;
  seen.push_back(step);
  tables.push_back(table);
}

Picture Film::picture(const std::function<Picture(const Tensor&)>& draw,
                      const std::string& title) const {
  check(!tables.empty(), "Film: at least one table, got none. Call see at every step.");
  std::vector<Picture> frames;
  std::vector<std::string> titles;
  for (size_t i = 0; i < tables.size(); ++i) {
    frames.push_back(draw(tables[i]));
    titles.push_back(fmt::format("step {}", seen[i] + 1));
  }
  Picture row = side_by_side(frames, titles, title);
  row.film = true;
  return row;
}

}  // namespace locus
