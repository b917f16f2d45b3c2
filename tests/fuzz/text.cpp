// The reader of texts: it takes what an independent reading of Unicode's table 3-7 takes, refuses the
// rest with locus::Error, and gives every character back.
#include "examples/support/text.h"

#include <algorithm>
#include <optional>

#include "tests/fuzz/bytes.h"
#include "tests/fuzz/memory_file.h"

namespace locus::fuzz {
namespace {

// How many bytes the character at the front takes; 0 where there is none, or a zero byte.
std::size_t well_formed(std::string_view text) {
  struct Row {
    int first_low, first_high, second_low, second_high;
    std::size_t bytes;
  };
  static constexpr Row table[] = {
      {0x01, 0x7F, 0x00, 0xFF, 1}, {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
      {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
      {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4}};
  const auto in = [&](std::size_t place, int low, int high) {
    return place < text.size() && low <= (text[place] & 0xFF) && (text[place] & 0xFF) <= high;
  };
  for (const Row& row : table) {
    if (!in(0, row.first_low, row.first_high)) continue;
    bool good = row.bytes == 1 || in(1, row.second_low, row.second_high);
    for (std::size_t i = 2; i < row.bytes; ++i) good = good && in(i, 0x80, 0xBF);
    return good ? row.bytes : 0;
  }
  return 0;
}

// The characters of a text; none when it is not UTF-8.
std::optional<std::vector<std::string>> characters(std::string_view text) {
  std::vector<std::string> result;
  while (!text.empty()) {
    const std::size_t bytes = well_formed(text);
    if (bytes == 0) return {};
    result.emplace_back(text.substr(0, bytes));
    text.remove_prefix(bytes);
  }
  return result;
}

using course::Text;

void draw(const Text& text, Index shortest) {
  Rng rng(1);
  for (Index length = 1; length <= shortest; ++length) {
    for (const bool held_out : {false, true}) {
      const auto window = held_out ? text.draw_held_out(3, length, rng) : text.draw(3, length, rng);
      for (Index i = 0; i < window.ids.size(); ++i) {
        const bool goes_on = i % length == length - 1 || window.next[i] == window.ids[i + 1];
        if (!goes_on || window.ids[i] < 0 || window.ids[i] >= text.vocab_size())
          finding("a window is torn, or has an id that is none");
      }
    }
  }
}

// A prompt is read as a text is, but may be empty and may have characters that no text had.
void prompt(const std::string& words) {
  static const Text text({MemoryFile("twenty letters, and more").path()}, 1);
  const auto want = characters(words);
  std::optional<Indices> got;
  try {
    got = text.ids(words);
  } catch (const Error& error) {
    if (want) finding(error.what());
  }
  if (got && !want) finding("a prompt was taken that is not UTF-8");
  if (got && got->size() != Index(want->size()))
    finding(fmt::format("a prompt of {} characters became {} ids", want->size(), got->size()));
}

void read(Bytes& in) {
  const std::size_t count = std::size_t(in.below(10)), shortest = std::size_t(in.below(6));
  const std::string all = in.rest();
  prompt(all);
  std::vector<MemoryFile> files;
  std::vector<std::string> paths, training, held_out;
  bool good = true;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t first = all.size() * i / count, last = all.size() * (i + 1) / count;
    const std::string content = all.substr(first, last - first);
    files.emplace_back(content);
    paths.push_back(files.back().path());
    const auto read = characters(content);
    good = good && read && !read->empty();
    if (read)
      (i % 8 == 2 ? held_out : training)
          .insert((i % 8 == 2 ? held_out : training).end(), read->begin(), read->end());
  }
  if (held_out.empty()) {
    const auto cut = training.end() - std::ptrdiff_t(training.size() / 10);
    held_out.assign(cut, training.end());
    training.erase(cut, training.end());
  }
  good = good && std::min(training.size(), held_out.size()) > shortest;
  try {
    const Text text(paths, shortest);
    if (!good) finding("a text was taken that is not UTF-8, or too short");
    if (text.size() != Index(training.size()) || text.held_out_size() != Index(held_out.size()))
      finding("characters were lost");
    for (const std::string& character : training) {
      const Indices ids = text.ids(character);
      if (ids.size() != 1 || ids[0] <= 0 || ids[0] >= text.vocab_size() ||
          text.text(ids) != character)
        finding(fmt::format("'{}' does not come back", character));
    }
    draw(text, Index(shortest));
  } catch (const Error& error) {
    if (good) finding(error.what());
  }
}

}  // namespace
}  // namespace locus::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  locus::fuzz::Bytes in(data, size);
  locus::fuzz::read(in);
  return 0;
}
