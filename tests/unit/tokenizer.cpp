#include "nn/io/tokenizer.h"

#include "tests/support.h"

namespace locus {

// The bytes in order, each its own token, as vocab.json writes them; then the tokens given.
static std::string vocab(const std::string& more = {}) {
  std::string json = "{";
  char32_t hidden = 256;
  for (char32_t b = 0; b < 256; ++b) {
    const bool seen = (b > 32 && b < 127) || (b > 160 && b != 173);
    const char32_t c = seen ? b : hidden++;
    json += fmt::format("{}\"\\u{:04x}\": {}", b ? ", " : "", std::uint32_t(c), std::uint32_t(b));
  }
  return json + more + "}";
}

static Tokenizer small_tokenizer() {
  return Tokenizer(
      vocab(
          R"(, "ab": 256, "abc": 257, "bc": 258, "Ġab": 259, "<|end|>": 260, "ef": 261, "de": 262)"),
      "#version: 0.2\nb c\na b\na bc\nĠ ab\nd e\ne f\n");
}

static std::vector<std::string> pieces(const std::string& text) {
  std::vector<std::string> all;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = next_piece(text, begin);
    all.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return all;
}

// --- pieces --------------------------------------------------------------------------------------

TEST(NextPiece, AWordTakesTheSpaceBeforeIt) {
  using Pieces = std::vector<std::string>;
  EXPECT_EQ(pieces("we row 12 x2!?"), (Pieces{"we", " row", " 12", " x", "2", "!?"}));
  EXPECT_EQ(pieces("don't we'll'"), (Pieces{"don", "'t", " we", "'ll", "'"}));
  EXPECT_EQ(pieces(" 's 'S"), (Pieces{" '", "s", " '", "S"}));
}

TEST(NextPiece, OfSeveralSpacesTheLastIsLeftToTheWord) {
  using Pieces = std::vector<std::string>;
  EXPECT_EQ(pieces("a   b"), (Pieces{"a", "  ", " b"}));
  EXPECT_EQ(pieces("a \n\tb"), (Pieces{"a", " \n", "\t", "b"}));
  EXPECT_EQ(pieces("a\nb  "), (Pieces{"a", "\n", "b", "  "}));
  EXPECT_EQ(pieces(" "), (Pieces{" "}));
}

TEST(NextPiece, BytesThatAreNotUtf8AreNeitherLettersNorSpaces) {
  using Pieces = std::vector<std::string>;
  EXPECT_EQ(pieces("a\xff\xc3z"), (Pieces{"a", "\xff\xc3", "z"}));
  EXPECT_EQ(pieces("\xc3\xa9z"), (Pieces{"\xc3\xa9z"}));              // é
  EXPECT_EQ(pieces("a\xc1\xa1"), (Pieces{"a", "\xc1\xa1"}));          // a, in a byte too many
  EXPECT_EQ(pieces("a\xed\xa0\x80"), (Pieces{"a", "\xed\xa0\x80"}));  // half a pair of UTF-16
}

// --- merges --------------------------------------------------------------------------------------

// "b c" was learned first, so "abc" is a + bc, which the third line joins, and not ab + c; "d e" was
// learned before "e f".
TEST(Tokenizer, TheEarliestLineOfMergesGoesFirst) {
  const Tokenizer tokenizer = small_tokenizer();
  EXPECT_EQ(numbers(tokenizer.encode("abc")), (std::vector<Index>{257}));
  EXPECT_EQ(numbers(tokenizer.encode("def")), (std::vector<Index>{262, 'f'}));
  EXPECT_EQ(numbers(tokenizer.encode("abab ab")), (std::vector<Index>{256, 256, 259}));
  EXPECT_EQ(numbers(tokenizer.encode("ab\nab")), (std::vector<Index>{256, 10, 256}));
  EXPECT_EQ(tokenizer.encode("").size(), 0);
  EXPECT_EQ(tokenizer.vocab_size(), 263);
}

TEST(Tokenizer, ASpecialTokenIsGotByNameAndNotFromText) {
  const Tokenizer tokenizer = small_tokenizer();
  EXPECT_EQ(tokenizer.id("<|end|>"), 260);
  EXPECT_EQ(tokenizer.id(" ab"), 259);
  EXPECT_EQ(tokenizer.encode("<|end|>").size(), 7);
  EXPECT_EQ(tokenizer.decode(Indices({2}, {260, 259})), "<|end|> ab");
  EXPECT_EQ(message_of([&] { tokenizer.id("nobody"); }),
            "id: the vocabulary must hold the token, got 'nobody'.");
  EXPECT_EQ(message_of([&] { tokenizer.decode(Indices({1}, {263})); }),
            "decode: ids must be from 0 to 262, got 263.");
}

TEST(Tokenizer, AnyBytesComeBack) {
  const Tokenizer tokenizer = small_tokenizer();
  Rng rng(1);
  for (Index length = 0; length < 300; ++length) {
    std::string bytes;
    for (Index i = 0; i < length; ++i) {  // half of them from an alphabet that has merges
      const auto any = Index(rng.uniform() * 256);
      bytes += rng.uniform() < 0.5 ? char(any) : "abc '\n"[any % 6];
    }
    ASSERT_EQ(tokenizer.decode(tokenizer.encode(bytes)), bytes) << length;
  }
}

// --- files that cannot be used -------------------------------------------------------------------

static std::string refused_tokenizer(const std::string& vocab_json,
                                     const std::string& merges = {}) {
  return message_of([&] { Tokenizer(vocab_json, merges); });
}

TEST(Tokenizer, AVocabularyThatIsNoneIsRefused) {
  for (const std::string text : {"", "[]", "{}", "{\"a\": 0", "\xff", "{\"\xff\": 0}"}) {
    EXPECT_EQ(refused_tokenizer(text),
              "Tokenizer: vocab.json must be a JSON object of tokens and ids, got something else. "
              "Take the vocab.json of a GPT-2.");
  }
  const std::string all = vocab().substr(1);
  EXPECT_EQ(refused_tokenizer("{\"a\": -1}"),
            "Tokenizer: vocab.json holds 1 tokens, so ids must be 0 to 0, got -1 for 'a'.");
  const std::string deep(1'000'000, '[');  // deeper than a recursion could follow
  EXPECT_EQ(refused_tokenizer("{\"a\": " + deep + std::string(deep.size(), ']') + "}"),
            "Tokenizer: vocab.json holds 1 tokens, so ids must be 0 to 0, got array for 'a'.");
  EXPECT_EQ(refused_tokenizer("{\"x\\n\": 7, \"b\": 0}"),
            "Tokenizer: vocab.json holds 2 tokens, so ids must be 0 to 1, got 7 for 'x?'.");
  EXPECT_EQ(refused_tokenizer("{\"a\": 0, \"b\": 0}"),
            "Tokenizer: vocab.json must give every id once, got 0 again for 'b'.");
  EXPECT_EQ(refused_tokenizer("{\"a b\": 0}"),
            "Tokenizer: vocab.json must write tokens in GPT-2's characters for bytes, got 'a b' "
            "for id 0.");
  EXPECT_EQ(refused_tokenizer("{\"a\": 0}"),
            "Tokenizer: vocab.json must have a token for every byte, got none for 0.");
}

TEST(Tokenizer, MergesThatJoinNoTokensAreRefused) {
  EXPECT_EQ(refused_tokenizer(vocab(), "#version: 0.2\na\n"),
            "Tokenizer: merges.txt, line 2, must be two tokens with a space between, got 'a'. Take "
            "the merges.txt of the same GPT-2.");
  EXPECT_EQ(
      refused_tokenizer(vocab(), "a b c\n").find("Tokenizer: merges.txt, line 1, must be two"), 0u);
  EXPECT_EQ(refused_tokenizer(vocab(), "a b\r\n"),
            "Tokenizer: merges.txt, line 1, must join two tokens of the vocabulary to a third, got "
            "'a b'.");
}

TEST(Tokenizer, AFileThatCannotBeReadIsNamed) {
  EXPECT_EQ(message_of([] { load_tokenizer("none/vocab.json", "none/merges.txt"); }),
            "load_tokenizer: none/vocab.json must be readable, got 'No such file or directory'. "
            "Check the path.");
  EXPECT_EQ(message_of([] { load_tokenizer("/", "/"); }),
            "load_tokenizer: / must be an ordinary file, got a folder or a device.");
}

}  // namespace locus
