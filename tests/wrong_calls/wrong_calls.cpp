#include "tests/wrong_calls/wrong_calls.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

namespace locus {

// Whether the message names a function that stands in the call, or the part of it that is said to.
static bool names_the_call(const WrongCall& wrong) {
  static const std::map<std::string, std::string> operators = {
      {"add", "+"}, {"subtract", "-"}, {"multiply", "*"}, {"divide", "/"}};
  // What every call is given or makes answers for itself.
  static const std::vector<std::string> everywhere = {"Shape", "Buffer", "Variable"};
  std::string name = wrong.message.substr(0, wrong.message.find(": "));
  if (!wrong.part.empty()) return name == wrong.part;
  name = name.substr(name.rfind(':') + 1);  // Rng::below is called below
  if (std::count(everywhere.begin(), everywhere.end(), name) > 0) return true;
  if (const auto found = operators.find(name); found != operators.end()) name = found->second;
  return wrong.text.find(name) != std::string::npos;
}

static std::vector<std::string> missing_parts(const WrongCall& wrong) {
  std::vector<std::string> missing;
  const std::string& message = wrong.message;
  if (!names_the_call(wrong)) missing.push_back("the function that was called");
  if (message.find(", got ") == std::string::npos) missing.push_back("what came");
  if (!message.ends_with(".")) missing.push_back("the end of a sentence");
  if (message.find('\n') != std::string::npos) missing.push_back("room on one line");
  return missing;
}

void expect_refused(const std::vector<WrongCall>& calls, const std::function<std::string()>& bits) {
  for (const WrongCall& wrong : calls) {
    const std::string before = bits();
    EXPECT_EQ(message_of(wrong.call), wrong.message) << wrong.text;
    EXPECT_EQ(bits(), before) << wrong.text << " changed what it was given";
    EXPECT_EQ(missing_parts(wrong), std::vector<std::string>{}) << wrong.message;
  }
}

TEST(WrongCalls, AMessageThatMissesAPartIsFound) {
  const auto missing = [](const char* text, const char* message) {
    return missing_parts({text, [] {}, message}).size();
  };
  EXPECT_EQ(missing("f(x)", "f: x must be 1, got 2."), 0u);
  EXPECT_EQ(missing("f(x)", "g: x must be 1, got 2."), 1u);
  EXPECT_EQ(missing("f(x)", "f: x must be 1."), 1u);
  EXPECT_EQ(missing("f(x)", "f: x must be 1, got 2"), 1u);
  EXPECT_EQ(missing("f(x)", "f: x must be 1,\n got 2."), 2u);
}

// --- the catalogue is complete -------------------------------------------------------------------

static std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The string that begins with the quote at `at`, all its literals joined; `at` moves behind it.
static std::string literal(const std::string& text, std::size_t& at) {
  std::string joined;
  while (at < text.size() && text[at] == '"') {
    for (++at; at < text.size() && text[at] != '"'; ++at) {
      if (text[at] == '\\') ++at;
      joined += text[at];
    }
    at = std::min(text.find_first_not_of(" \n", at + 1), text.size());
  }
  return joined;
}

// All strings of the catalogue, and of the unit tests.
static std::vector<std::string> catalogue() {
  std::vector<std::string> messages;
  for (const char* folder : {"/tests/wrong_calls", "/tests/unit"}) {
    for (const auto& entry :
         std::filesystem::directory_iterator(std::string(LOCUS_SOURCE_DIR) + folder)) {
      const std::string text = text_of(entry.path());
      if (entry.path().stem() == "wrong_calls") continue;  // this file and its header
      for (std::size_t at = 0; (at = text.find('"', at)) != std::string::npos;)
        messages.push_back(literal(text, at));
    }
  }
  return messages;
}

// The formats that a source gives to check and fail. A condition has no string of more than one word.
static std::vector<std::string> formats_of(const std::string& source) {
  std::vector<std::string> formats;
  for (std::size_t place = 0; (place = source.find("(", place)) != std::string::npos; ++place) {
    const std::string before = source.substr(place - std::min<std::size_t>(place, 6), 6);
    if (!before.ends_with(" check") && !before.ends_with(" fail")) continue;
    const std::size_t last = source.find(");\n", place);
    for (std::size_t at = place; (at = source.find('"', at)) < last;) {
      const std::string format = literal(source, at);
      if (format.find(": ") == std::string::npos) continue;
      formats.push_back(format);
      break;
    }
  }
  return formats;
}

// Whether the format can make the message: its pieces between {} stand there in their order.
static bool makes(const std::string& format, const std::string& message) {
  std::size_t at = 0;
  for (std::size_t first = 0, next; first <= format.size(); first = next + 2) {
    next = std::min(format.find("{}", first), format.size());
    const std::string piece = format.substr(first, next - first);
    if ((at = message.find(piece, at)) == std::string::npos) return false;
    at += piece.size();
  }
  return true;
}

TEST(WrongCalls, EveryCheckOfTheLibraryHasOne) {
  // What tests/unit provokes, as it takes a damaged file or more than AddressSanitizer lets ask for;
  // settings from outside; and what never happened.
  const std::vector<std::string> elsewhere = {
      "Indices: the system",         "LOCUS_THREADS: ",        "LOCUS_KERNELS: ",
      "load_chapter: {} must begin", "load_chapter: {}, line", "symmetric_eigen: Eigen found"};
  // What reads or writes files has a unit test of its name, which puts paths into its messages.
  const std::set<std::string> of_files = {"checkpoint",      "file",        "pretrained",
                                          "position_tables", "safetensors", "safetensors_save",
                                          "tokenizer"};
  const std::vector<std::string> messages = catalogue();
  int formats = 0;
  for (const char* folder : {"tensor", "autograd", "nn"}) {
    const std::filesystem::path root = std::filesystem::path(LOCUS_SOURCE_DIR) / folder;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      if (!entry.is_regular_file() || of_files.contains(entry.path().stem())) continue;
      for (const std::string& format : formats_of(text_of(entry.path()))) {
        ++formats;
        const auto begins = [&](const std::string& start) { return format.starts_with(start); };
        if (std::any_of(elsewhere.begin(), elsewhere.end(), begins)) continue;
        EXPECT_TRUE(std::any_of(messages.begin(), messages.end(),
                                [&](const std::string& message) { return makes(format, message); }))
            << entry.path() << ": no wrong call provokes \"" << format << '"';
      }
    }
  }
  EXPECT_GT(formats, 100);
}

}  // namespace locus
