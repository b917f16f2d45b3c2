#include "tensor/indices.h"

#include <exception>

namespace locus {

// Whether the system has no more or a vector holds no more, the way out is the same.
std::vector<Index> Indices::filled(Index count, Index value) {
  try {
    return std::vector<Index>(size_t(count), value);
  } catch (const std::exception&) {
    fail(fmt::format("Indices: the system must have room for {} numbers, got none. {}", count,
                     "Make the batch or the length smaller."));
  }
}

}  // namespace locus

fmt::format_context::iterator fmt::formatter<locus::Indices>::format(
    const locus::Indices& ids, fmt::format_context& out) const {
  std::string text = fmt::format("{}:", ids.shape());
  for (const locus::Index id : ids) text += fmt::format(" {}", id);
  return fmt::formatter<std::string_view>::format(text, out);
}
