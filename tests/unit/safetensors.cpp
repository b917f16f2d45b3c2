#include "nn/io/safetensors.h"

#include <fstream>

#include "tests/folder.h"
#include "tests/support.h"

namespace locus {

// The bytes of a file with that header, in front of `numbers`.
static std::vector<char> file_of(const std::string& header, const std::string& numbers = "",
                                 std::int64_t wrong_length = -1) {
  const std::uint64_t length = wrong_length < 0 ? header.size() : std::uint64_t(wrong_length);
  std::vector<char> bytes(sizeof length);
  std::memcpy(bytes.data(), &length, sizeof length);
  bytes.insert(bytes.end(), header.begin(), header.end());
  bytes.insert(bytes.end(), numbers.begin(), numbers.end());
  return bytes;
}

static std::string refused_bytes(const std::vector<char>& bytes) {
  return message_of([&] { Safetensors(bytes, "x"); });
}

// --- round trips ---------------------------------------------------------------------------------

TEST(Safetensors, WhatIsSavedIsReadToTheLastBit) {
  const Folder folder;
  const real nan = std::numeric_limits<real>::quiet_NaN(),
             inf = std::numeric_limits<real>::infinity();
  const std::vector<NamedTensor> saved = {
      {"b", random_tensor({3, 5}, 1)},
      {"a", Tensor({2, 1, 2}, {nan, -inf, real(-0.0), std::numeric_limits<real>::denorm_min()})},
      {"none", Tensor(Shape{0, 7})},
      {"one", Tensor(Shape{}, real(0.1))},
      {"large", random_tensor({100, 99}, 2)}};
  save_safetensors(saved, folder / "x", {.metadata = {{"what", "a test"}, {"ä\n\"", ""}}});
  const Safetensors file(folder / "x");
  ASSERT_EQ(file.entries().size(), saved.size());
  for (std::size_t i = 0; i < saved.size(); ++i) {
    EXPECT_EQ(file.entries()[i].name, saved[i].name);
    EXPECT_TRUE(same_bits(file.read(saved[i].name), saved[i].tensor)) << saved[i].name;
  }
  EXPECT_EQ(file.metadata(), (Metadata{{"what", "a test"}, {"ä\n\"", ""}}));
  EXPECT_EQ(file.path(), folder / "x");
}

TEST(Safetensors, TheBytesAreThoseOfTheFormat) {
  const std::vector<char> bytes =
      safetensors_bytes({{"x", Tensor({2}, {1, -2})}}, {.dtype = "F32"});
  const std::string header =
      R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}  )";  // 56 bytes: a multiple of 8
  EXPECT_EQ(bytes, file_of(header, std::string("\0\0\x80\x3f\0\0\0\xc0", 8)));
}

TEST(Safetensors, NothingAtAllIsAFileToo) {
  const Safetensors file(safetensors_bytes({}), "x");
  EXPECT_TRUE(file.entries().empty());
  EXPECT_TRUE(file.metadata().empty());
}

TEST(Safetensors, EitherPrecisionCanBeAskedForAndRead) {
  const Tensor x({5000}, real(1) / 3), eighths({3}, {real(0.125), -8, 1000});
  const Safetensors f32(safetensors_bytes({{"x", x}, {"e", eighths}}, {.dtype = "F32"}), "x");
  const Safetensors f64(safetensors_bytes({{"x", x}, {"e", eighths}}, {.dtype = "F64"}), "x");
  EXPECT_EQ(f32.find("x")->dtype, "F32");
  EXPECT_EQ(f64.find("x")->dtype, "F64");
  EXPECT_TRUE(same_bits(f64.read("x"), x));
  EXPECT_EQ(f32.read("x")(4999), real(float(x(4999))));
  EXPECT_TRUE(same_bits(f32.read("e"), eighths));
  EXPECT_TRUE(same_bits(f64.read("e"), eighths));
}

// --- dtypes ----------------------------------------------------------------------------------------

static real read_one(const std::string& dtype, const std::string& bytes) {
  const std::string header = fmt::format(
      R"({{"x":{{"dtype":"{}","shape":[],"data_offsets":[0,{}]}}}})", dtype, bytes.size());
  return Safetensors(file_of(header, bytes), "x").read("x").item();
}

static real read_16(const std::string& dtype, std::uint16_t bits) {
  return read_one(dtype, std::string(reinterpret_cast<const char*>(&bits), 2));
}

// By the definition: (-1)^s 2^(e - bias) 1.f, and 2^(1 - bias) 0.f for e = 0.
static double by_definition(std::uint16_t bits, int exponent_bits) {
  const int fraction_bits = 15 - exponent_bits, bias = (1 << (exponent_bits - 1)) - 1;
  const int e = bits >> fraction_bits & ((1 << exponent_bits) - 1),
            f = bits & ((1 << fraction_bits) - 1);
  const double part = std::ldexp(double(f), -fraction_bits), sign = bits >> 15 ? -1 : 1;
  if (e == (1 << exponent_bits) - 1) return f == 0 ? sign * INFINITY : NAN;
  return sign * (e == 0 ? std::ldexp(part, 1 - bias) : std::ldexp(1 + part, e - bias));
}

TEST(Safetensors, EveryHalfAndEveryBrainFloatIsReadByItsDefinition) {
  std::string bytes(2 << 16, '\0');
  for (unsigned bits = 0; bits < 1 << 16; ++bits) {
    bytes[2 * bits] = char(bits & 255);
    bytes[2 * bits + 1] = char(bits >> 8);
  }
  for (const auto& [dtype, exponent_bits] : {std::pair("F16", 5), std::pair("BF16", 8)}) {
    const std::string header =
        fmt::format(R"({{"x":{{"dtype":"{}","shape":[65536],"data_offsets":[0,131072]}}}})", dtype);
    const Tensor x = Safetensors(file_of(header, bytes), "x").read("x");
    for (unsigned bits = 0; bits < 1 << 16; ++bits) {
      const double want = by_definition(std::uint16_t(bits), exponent_bits),
                   got = double(x.begin()[bits]);
      ASSERT_TRUE(std::isnan(want) ? std::isnan(got)
                                   : got == want && std::signbit(got) == std::signbit(want))
          << dtype << " " << bits << ": " << got << " is not " << want;
    }
  }
  EXPECT_EQ(read_16("F16", 0x3c00), 1);
  EXPECT_EQ(read_16("F16", 0x7bff), 65504);
  EXPECT_EQ(read_16("BF16", 0xc040), -3);
}

TEST(Safetensors, WholeNumbersAreListedAndNotRead) {
  const Safetensors file(
      file_of(R"({"ids":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}})", "12345678"), "x");
  EXPECT_EQ(file.find("ids")->shape, (Shape{1}));
  EXPECT_EQ(message_of([&] { file.read("ids"); }),
            "read: 'ids' of x must be F32, F64, F16 or BF16, got I64.");
}

TEST(Safetensors, ANameThatIsNotThereIsNamed) {
  const Safetensors file(safetensors_bytes({{"a", Tensor({1})}}), "x");
  EXPECT_EQ(file.find("b"), nullptr);
  EXPECT_EQ(message_of([&] { file.read("b"); }),
            "read: x must hold 'b', got 1 tensors of other names.");
}

// --- damaged files ---------------------------------------------------------------------------------

// {"a": two F32, and `rest` behind them in the header}
static std::string with_a(const std::string& rest) {
  return R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})" + rest + "}";
}

// Entry "b" after a, with the given fields.
static std::string with_b(const std::string& fields) { return with_a(R"(,"b":{)" + fields + "}"); }

TEST(Safetensors, ADamagedLengthIsRefused) {
  EXPECT_EQ(refused_bytes({}), "Safetensors: x: at least 8 bytes, got 0.");
  EXPECT_EQ(refused_bytes({1, 0, 0, 0, 0, 0, 0}), "Safetensors: x: at least 8 bytes, got 7.");
  const std::string cut =
      "Safetensors: x: the header must fit into the 2 bytes after its length, and into 100000000, "
      "got a length of {}. This is another kind of file, or it was cut short.";
  EXPECT_EQ(refused_bytes(file_of("{}", "", 3)), fmt::format(fmt::runtime(cut), 3));
  EXPECT_EQ(refused_bytes(file_of("{}", "", INT64_MAX)), fmt::format(fmt::runtime(cut), INT64_MAX));
  std::vector<char> all_ones = file_of("{}");
  std::fill_n(all_ones.begin(), 8, char(-1));  // 8 + 2^64 - 1 would be 7 again
  EXPECT_EQ(refused_bytes(all_ones), fmt::format(fmt::runtime(cut), UINT64_MAX));
}

TEST(Safetensors, AHeaderOfMoreThanAHundredMillionBytesIsRefusedUnread) {
  const Folder folder;
  const std::uint64_t length = 100'000'001;
  std::ofstream(folder / "x").write(reinterpret_cast<const char*>(&length), sizeof length);
  fs::resize_file(folder / "x", sizeof length + length);
  EXPECT_NE(message_of([&] { Safetensors(folder / "x"); }).find("got a length of 100000001"),
            std::string::npos);
}

TEST(Safetensors, AHeaderThatIsNotJsonIsRefusedWithThePlace) {
  const std::string begin = "Safetensors: x: the header must begin with '{' and be text, got ";
  EXPECT_EQ(refused_bytes(file_of("")), begin + "0 bytes of something else.");
  EXPECT_EQ(refused_bytes(file_of("[]")), begin + "2 bytes of something else.");
  EXPECT_EQ(refused_bytes(file_of("\xef\xbb\xbf{}")), begin + "5 bytes of something else.");
  EXPECT_EQ(refused_bytes(file_of(" {}")), begin + "3 bytes of something else.");
  EXPECT_EQ(refused_bytes(file_of(std::string("{}\0", 3))), begin + "3 bytes of something else.");

  const auto json = [](std::size_t length, std::size_t byte, const std::string& reason) {
    return fmt::format("Safetensors: x: the header's {} bytes must be JSON, got at byte {}: {}.",
                       length, byte, reason);
  };
  EXPECT_EQ(refused_bytes(file_of("{")),
            json(1, 2, "unexpected end of input; expected string literal"));
  EXPECT_EQ(refused_bytes(file_of("{}}")), json(3, 3, "unexpected '}'; expected end of input"));
  EXPECT_EQ(refused_bytes(file_of("{'a':1}")), json(7, 2, "invalid literal"));
  EXPECT_EQ(refused_bytes(file_of("{\"\xff\":1}")),
            json(7, 3, "invalid string: ill-formed UTF-8 byte"));
  EXPECT_EQ(refused_bytes(file_of(R"({"\ud800":1})")).substr(0, 70),
            json(12, 9, "invalid string: surrogate U+D800..U+DBFF").substr(0, 70));
  EXPECT_EQ(
      refused_bytes(file_of(R"({"a":{"dtype":"F32","shape":[1e999],"data_offsets":[0,8]}})")),
      "Safetensors: x: the header's 58 bytes must be JSON, got: number overflow parsing '1e999'.");
}

TEST(Safetensors, AnEntryOfAnotherFormIsRefusedWithItsName) {
  const auto header = [](const std::string& must, const std::string& got, const std::string& at) {
    return fmt::format("Safetensors: x: the header must have {}, got {} at {}.", must, got, at);
  };
  const auto b = [](const std::string& fields) {
    return refused_bytes(file_of(with_b(fields), "12345678"));
  };
  const std::string form = "a name with a dtype, a shape and data_offsets",
                    other = "something else";
  for (const std::string value : {"1", "null", "[]", "\"F32\""})
    EXPECT_EQ(refused_bytes(file_of(with_a(",\"b\":" + value))), header(form, other, "'b'"))
        << value;
  EXPECT_EQ(b(R"("dtype":{})"), header(form, other, "'b'"));
  EXPECT_EQ(b(R"("shape":[[2]])"), header(form, other, "'b'"));
  EXPECT_EQ(b(""), header("a word as dtype", "none", "'b'"));
  EXPECT_EQ(b(R"("dtype":32)"), header("a word as dtype", "none", "'b'"));
  EXPECT_EQ(b(R"("dtype":"F31")"), header("a known dtype", "'F31'", "'b'"));

  const std::string shape = "a list of whole numbers as shape",
                    offsets = "a list of whole numbers as data_offsets";
  EXPECT_EQ(b(R"("dtype":"F32")"), header(shape, "none", "'b'"));
  EXPECT_EQ(b(R"("dtype":"F32","shape":2)"), header(shape, "none", "'b'"));
  EXPECT_EQ(b(R"("dtype":"F32","shape":[2])"), header(offsets, "none", "'b'"));
  for (const std::string number :
       {"-1", "-0", "1.0", "true", "null", "\"2\"", "9223372036854775808", "18446744073709551615",
        "18446744073709551616"}) {
    const std::string got = number == "-0"                     ? "'0'"
                            : number == "18446744073709551616" ? "'1.8446744073709552e+19'"
                                                               : "'" + number + "'";
    EXPECT_EQ(b(R"("dtype":"F32","shape":[)" + number + R"(],"data_offsets":[0,8])"),
              header(shape, got, "'b'"));
    EXPECT_EQ(b(R"("dtype":"F32","shape":[2],"data_offsets":[0,)" + number + "]"),
              header(offsets, got, "'b'"));
  }
  EXPECT_EQ(b(R"("dtype":"F32","shape":[2],"data_offsets":[8])"),
            header("two data_offsets", "1", "'b'"));
  EXPECT_EQ(b(R"("dtype":"F32","shape":[2],"data_offsets":[0,8,9])"),
            header("two data_offsets", "3", "'b'"));
  EXPECT_EQ(b(R"("dtype":"F32","shape":[1,1,1,1,1,1,1])"), header("at most 6 axes", "more", "'b'"));
  EXPECT_EQ(b(R"("dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[8,8])"),
            header("shapes of numbers that can be addressed", "(4294967296, 4294967296)", "'b'"));
  EXPECT_EQ(refused_bytes(file_of(R"({"__metadata__":{"step":3}})")),
            header("metadata of words", "'step' with another kind of value", "'__metadata__'"));
}

TEST(Safetensors, ANameThatComesTwiceIsRefused) {
  const std::string twice =
      "Safetensors: x: the header must have every name once, got {} twice at {}.";
  EXPECT_EQ(refused_bytes(file_of(
                with_a(R"(,"a":{"dtype":"F32","shape":[0],"data_offsets":[8,8]})"), "12345678")),
            fmt::format(fmt::runtime(twice), "'a'", "'a'"));
  EXPECT_EQ(refused_bytes(file_of(R"({"a":{"dtype":"F32","dtype":"F64"}})")),
            fmt::format(fmt::runtime(twice), "'dtype'", "'a'"));
  EXPECT_EQ(refused_bytes(file_of(R"({"__metadata__":{"k":"1","k":"2"}})")),
            fmt::format(fmt::runtime(twice), "'k'", "'__metadata__'"));
}

TEST(Safetensors, OffsetsMustCoverEveryByteOnce) {
  const auto b = [](const std::string& shape_and_offsets, std::size_t bytes) {
    return refused_bytes(
        file_of(with_b(R"("dtype":"F32",)" + shape_and_offsets), std::string(bytes, '7')));
  };
  EXPECT_EQ(b(R"("shape":[2],"data_offsets":[8,16])", 16), "no error");
  const std::string size =
      "Safetensors: x: the header must have 4 bytes for each of the numbers of (2), got "
      "data_offsets {} at 'b'.";
  for (const std::string offsets : {"8,12", "8,20", "8,17", "16,8", "8,8"}) {
    const std::string said =
        offsets.substr(0, offsets.find(',')) + " to " + offsets.substr(offsets.find(',') + 1);
    EXPECT_EQ(b(R"("shape":[2],"data_offsets":[)" + offsets + "]", 16),
              fmt::format(fmt::runtime(size), said));
  }
  EXPECT_EQ(b(R"("shape":[2],"data_offsets":[8,16])", 15),
            "Safetensors: x: 'b' must lie within the 15 bytes of numbers, got bytes 8 to 16. The "
            "file was cut short or is damaged.");
  EXPECT_EQ(b(R"("shape":[2],"data_offsets":[4,12])", 16),
            "Safetensors: x: 'b' must begin where the tensor before it ends, at byte 8, got bytes "
            "4 to 12.");
  EXPECT_EQ(b(R"("shape":[1],"data_offsets":[12,16])", 16),
            "Safetensors: x: 'b' must begin where the tensor before it ends, at byte 8, got bytes "
            "12 to 16.");
  EXPECT_EQ(b(R"("shape":[2],"data_offsets":[8,16])", 19),
            "Safetensors: x: the last tensor must end with the file, got 3 bytes after it.");
}

TEST(Safetensors, AMessageIsOneShortLineWhateverTheName) {
  const std::string name = "a\\n" + std::string(1000, 'b');
  const std::string said = refused_bytes(file_of("{\"" + name + "\":1}"));
  EXPECT_EQ(said.find('\n'), std::string::npos);
  EXPECT_LT(said.size(), 250u);
}

// --- writing ---------------------------------------------------------------------------------------

TEST(Safetensors, WhatCannotBeWrittenIsRefused) {
  EXPECT_EQ(message_of([] {
              safetensors_bytes({{"a", Tensor()}, {"a", Tensor()}});
            }),
            "save_safetensors: every name once, got 'a' twice.");
  EXPECT_EQ(message_of([] {
              safetensors_bytes({{"__metadata__", Tensor()}});
            }),
            "save_safetensors: every name once, got '__metadata__' twice.");
  EXPECT_EQ(message_of([] {
              safetensors_bytes({{"\xff", Tensor()}});
            }),
            "save_safetensors: names and metadata must be UTF-8, got '\xff'.");
  EXPECT_EQ(message_of([] { safetensors_bytes({}, {.dtype = "F16"}); }),
            "save_safetensors: a dtype of F32 or F64, got 'F16'.");
}

TEST(Safetensors, AnOpenFileOutlivesItsReplacement) {
  const Folder folder;
  save_safetensors({{"a", Tensor({3}, 1)}}, folder / "x");
  const Safetensors old(folder / "x");
  save_safetensors({{"a", Tensor({3}, 2)}}, folder / "x");
  EXPECT_EQ(old.read("a")(0), 1);
  EXPECT_EQ(Safetensors(folder / "x").read("a")(0), 2);
}

}  // namespace locus
