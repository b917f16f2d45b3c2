// Damaged files and killed writers: a safetensors file is refused or read to the last bit, and a
// path names a whole file at every moment. More of both by LOCUS_DAMAGED=1000000 and
// LOCUS_KILLS=1000.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <map>

#include "nn/io/safetensors.h"
#include "tests/folder.h"
#include "tests/support.h"

namespace locus {

using Bytes = std::vector<char>;

static Index count_from(const char* variable, Index otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : std::atoll(text);
}

// --- damaged files -------------------------------------------------------------------------------

static Bytes bytes_of(const std::string& header, std::size_t numbers) {
  const std::uint64_t length = header.size();
  Bytes bytes(sizeof length);
  std::memcpy(bytes.data(), &length, sizeof length);
  bytes.insert(bytes.end(), header.begin(), header.end());
  for (std::size_t i = 0; i < numbers; ++i) bytes.push_back(char(37 * i));
  return bytes;
}

// Whole files, each with other parts of the format.
static std::vector<Bytes> whole_files() {
  return {safetensors_bytes({}),
          safetensors_bytes({{"weight", random_tensor({20, 20}, 1)}, {"bias", Tensor({4}, 2)}},
                            {.metadata = {{"step", "3"}, {"rng", "1 2"}}, .dtype = "F32"}),
          safetensors_bytes({{"one", Tensor(Shape{}, 7)}, {"none", Tensor(Shape{0, 3})}},
                            {.dtype = "F64"}),
          bytes_of(R"({"b":{"dtype":"BF16","shape":[1,1,1,1,1,3],"data_offsets":[4,10]},)"
                   R"("a":{"data_offsets":[0,4],"shape":[2],"dtype":"F16"}})",
                   10),  // at odd places, in another order
          bytes_of(R"({"\u00e4\"":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},)"
                   R"("x":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},"__metadata__":{}})",
                   16)};
}

static std::size_t below(std::size_t bound, Rng& rng) {
  return std::size_t(rng.below(Index(bound)));
}

// Changes a few bytes as disks, networks and malice do.
static void damage(Bytes& bytes, const std::vector<Bytes>& files, Rng& rng) {
  const std::size_t at = below(bytes.size() + 1, rng), left = bytes.size() - at;
  const auto place = bytes.begin() + std::ptrdiff_t(at);
  const auto some = std::ptrdiff_t(below(std::min<std::size_t>(left, 12) + 1, rng));
  static const std::vector<std::string> words = {"0",
                                                 "-1",
                                                 "9",
                                                 "1e9",
                                                 "4294967296",
                                                 "9223372036854775807",
                                                 "18446744073709551615",
                                                 "\"",
                                                 "\\",
                                                 "{",
                                                 "}",
                                                 "[",
                                                 "]",
                                                 ",",
                                                 ":",
                                                 "null",
                                                 "\"a\"",
                                                 "\"F64\"",
                                                 "\"dtype\"",
                                                 "\"__metadata__\":{},",
                                                 "\xff",
                                                 " ",
                                                 "\\ud800"};
  switch (rng.below(8)) {
    case 0:  // a bit
      if (left > 0) *place = char(*place ^ (1 << rng.below(8)));
      break;
    case 1:  // a byte
      if (left > 0) *place = char(rng.below(256));
      break;
    case 2:  // bytes get lost
      bytes.erase(place, place + some);
      break;
    case 3: {  // come twice
      const Bytes copy(place, place + some);
      bytes.insert(place, copy.begin(), copy.end());
      break;
    }
    case 4:  // the end is missing
      bytes.resize(at);
      break;
    case 5: {  // something else is written over or between
      const std::string& word = words[below(words.size(), rng)];
      const std::size_t over = rng.below(2) == 0 ? 0 : std::min(left, word.size());
      bytes.insert(bytes.erase(place, place + std::ptrdiff_t(over)), word.begin(), word.end());
      break;
    }
    case 6: {  // another length of the header
      if (bytes.size() < 8) break;
      std::uint64_t length = 0;
      std::memcpy(&length, bytes.data(), 8);
      length = rng.below(4) == 0 ? rng.bits() : length + std::uint64_t(rng.below(9)) - 4;
      std::memcpy(bytes.data(), &length, 8);
      break;
    }
    default: {  // the end of another file
      const Bytes& other = files[below(files.size(), rng)];
      const std::size_t from = below(other.size() + 1, rng);
      bytes.erase(place, bytes.end());
      bytes.insert(bytes.end(), other.begin() + std::ptrdiff_t(from), other.end());
    }
  }
}

// A number of the file by the definition of its type, bit by bit.
static double number_at(const char* at, const std::string& dtype) {
  static const std::map<std::string, std::pair<int, int>> bits_of = {
      {"F16", {5, 10}}, {"BF16", {8, 7}}, {"F32", {8, 23}}, {"F64", {11, 52}}};
  const auto [exponent_bits, fraction_bits] = bits_of.at(dtype);
  std::uint64_t bits = 0;
  std::memcpy(&bits, at, std::size_t(1 + exponent_bits + fraction_bits) / 8);
  const int all = (1 << exponent_bits) - 1, bias = all / 2;
  const int e = int(bits >> fraction_bits) & all;
  const double f = std::ldexp(double(bits & ((1ull << fraction_bits) - 1)), -fraction_bits);
  const double sign = (bits >> (exponent_bits + fraction_bits) & 1) != 0 ? -1 : 1;
  if (e == all) return f == 0 ? sign * INFINITY : NAN;
  return sign * std::ldexp(e == 0 ? f : 1 + f, (e == 0 ? 1 : e) - bias);
}

// What a file that was not refused must be: entries that cover its end byte by byte, and numbers
// that are those of its bytes.
static void expect_read_correctly(const Safetensors& file, const Bytes& bytes) {
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  const std::size_t first = 8 + std::size_t(length);
  std::size_t covered = 0;
  for (const Safetensors::Entry& entry : file.entries()) {
    ASSERT_EQ(entry.begin, covered);
    covered = entry.end;
    ASSERT_EQ(file.find(entry.name)->begin, entry.begin);  // every name once
    const std::string numbers = "F64 F32 F16 BF16";
    if (numbers.find(entry.dtype) == std::string::npos) {
      ASSERT_NE(message_of([&] { file.read(entry.name); }), "no error");
      continue;
    }
    const Tensor x = file.read(entry.name);
    ASSERT_EQ(x.shape(), entry.shape);
    for (Index i = 0; i < x.size(); ++i) {
      const std::size_t size = (entry.end - entry.begin) / std::size_t(x.size());
      const double want =
          number_at(&bytes[first + entry.begin + std::size_t(i) * size], entry.dtype);
      const real got = x.begin()[i];
      ASSERT_TRUE(std::isnan(want) ? std::isnan(got) : got == real(want)) << got << " " << want;
    }
  }
  ASSERT_EQ(first + covered, bytes.size());
}

TEST(DamagedFiles, AreRefusedWithOneLineOrReadCorrectly) {
  const Folder folder;
  const std::vector<Bytes> files = whole_files();
  for (const Bytes& bytes : files) expect_read_correctly(Safetensors(bytes, "x"), bytes);
  const Index count = count_from("LOCUS_DAMAGED", 20'000);
  Index refused = 0;
  for (Index i = 0; i < count; ++i) {
    Rng rng(std::uint64_t(7000000 + i));
    Bytes bytes = files[below(files.size(), rng)];
    for (Index times = 1 + rng.below(3); times > 0; --times) damage(bytes, files, rng);
    bytes.shrink_to_fit();  // so that a sanitizer sees a read of the first byte behind
    SCOPED_TRACE(fmt::format("damaged file {}", i));
    const std::string said =
        message_of([&] { expect_read_correctly(Safetensors(bytes, "x"), bytes); });
    if (HasFatalFailure()) return;
    if (said != "no error") {
      ++refused;
      ASSERT_EQ(said.substr(0, 16), "Safetensors: x: ");
      ASSERT_EQ(said.find_first_of("\n\r"), std::string::npos) << said;
      ASSERT_LT(said.size(), 400u) << said;
    }
    if (i % 16 != 0) continue;  // the same through a file
    std::ofstream(folder / "x").write(bytes.data(), std::streamsize(bytes.size()));
    const std::string of_file =
        message_of([&] { expect_read_correctly(Safetensors(folder / "x"), bytes); });
    ASSERT_EQ(of_file == "no error", said == "no error") << of_file << said;
  }
  fmt::print("{} damaged files: {} refused, {} read\n", count, refused, count - refused);
  EXPECT_GT(refused, count / 4);
  EXPECT_GT(count - refused, count / 20);
}

// --- killed writers ------------------------------------------------------------------------------

// Every number of a whole file is the number of its save; -1 when some differ.
static Index save_number(const Safetensors& file) {
  const real first = file.read("a")(0);
  for (const auto& entry : file.entries()) {
    for (const real x : file.read(entry.name)) {
      if (x != first) return -1;
    }
  }
  return Index(first);
}

// Saves files number 1, 2, 3, ... to the path and reports each to the pipe when it is done.
[[noreturn]] static void save_for_ever(const std::string& path, int pipe) {
  Tensor a({30000}), b({100, 100});
  for (Index number = 1;; ++number) {
    std::fill_n(a.data(), a.size(), real(number));
    std::fill_n(b.data(), b.size(), real(number));
    try {
      save_safetensors({{"a", a}, {"b", b}}, path);
    } catch (const std::exception&) {
      _exit(1);
    }
    if (write(pipe, &number, sizeof number) != ssize_t(sizeof number)) _exit(1);
  }
}

TEST(KilledWriters, LeaveTheOldFileOrTheNewOne) {
  const Folder folder;
  const std::string path = folder / "x";
  save_safetensors({{"a", Tensor({1}, 0)}}, path);
  const Index count = count_from("LOCUS_KILLS", 50);
  Index cut_short = 0;
  Rng rng(11);
  for (Index i = 0; i < count; ++i) {
    int reports[2];
    ASSERT_EQ(pipe(reports), 0);
    const pid_t writer = fork();
    if (writer == 0) save_for_ever(path, reports[1]);
    ASSERT_GT(writer, 0);
    close(reports[1]);
    // Once it has saved, so that the file is this writer's.
    Index reported = 0, next = 0;
    ASSERT_EQ(read(reports[0], &reported, sizeof reported), ssize_t(sizeof reported));
    usleep(useconds_t(rng.below(20'000)));
    ASSERT_EQ(kill(writer, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(waitpid(writer, &status, 0), writer);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
    while (read(reports[0], &next, sizeof next) == ssize_t(sizeof next)) reported = next;
    close(reports[0]);

    cut_short += folder.names().size() > 1;  // a part of a file lies there
    const Index saved = save_number(Safetensors(path));
    ASSERT_TRUE(saved == reported || saved == reported + 1) << saved << " " << reported;
  }
  fmt::print("{} writers killed, {} of them in the middle of a file\n", count, cut_short);
  EXPECT_GT(cut_short, 0);
  save_safetensors({{"a", Tensor({1}, 0)}}, path);
  EXPECT_EQ(folder.names(), std::vector<std::string>{"x"});
}

}  // namespace locus
