#include "nn/io/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

#include "tests/folder.h"
#include "tests/support.h"

namespace locus {

using Names = std::vector<std::string>;

static void replace(const std::string& path, const std::string& text) {
  replace_file(path, "save", [&](const WriteBytes& write) { write(text.data(), text.size()); });
}

static std::string refused_file(const std::string& path, const std::string& text = "new") {
  return message_of([&] { replace(path, text); });
}

static std::string not_written(const std::string& path, const std::string& reason) {
  return "save: " + path + " must be writable, got '" + reason +
         "'. What was there before is as it was.";
}

// --- map_file ------------------------------------------------------------------------------------

TEST(MapFile, HoldsTheBytesAsLongAsACopyDoes) {
  const Folder folder;
  replace(folder / "x", "three");
  FileBytes kept;
  {
    const FileBytes file = map_file(folder / "x", "load");
    kept = file;
  }
  fs::remove(folder / "x");
  EXPECT_EQ(std::string(kept.bytes.get(), kept.size), "three");
}

TEST(MapFile, AnEmptyFileHasNoBytes) {
  const Folder folder;
  replace(folder / "x", "");
  EXPECT_EQ(map_file(folder / "x", "load").size, 0u);
}

TEST(MapFile, WhatIsNoOrdinaryFileIsRefused) {
  const Folder folder;
  const auto opened = [](const std::string& path) {
    return message_of([&] { map_file(path, "load"); });
  };
  EXPECT_EQ(opened(folder / "x"),
            "load: " + (folder / "x") +
                " must be readable, got 'No such file or directory'. Check the path.");
  const std::string kind = " must be an ordinary file, got a folder or a device.";
  EXPECT_EQ(opened(folder.path), "load: " + folder.path.string() + kind);
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);  // nobody writes to it: must not wait
  EXPECT_EQ(opened(folder / "pipe"), "load: " + (folder / "pipe") + kind);
}

// --- replace_file --------------------------------------------------------------------------------

TEST(ReplaceFile, PutsTheNewBytesInPlaceOfTheOld) {
  const Folder folder;
  replace(folder / "x", "old and longer");
  replace(folder / "x", "new");
  EXPECT_EQ(contents(folder / "x"), "new");
  EXPECT_EQ(folder.names(), Names{"x"});
}

TEST(ReplaceFile, AnErrorWhileWritingLeavesTheOldFileAndNothingElse) {
  const Folder folder;
  replace(folder / "x", "old");
  EXPECT_EQ(message_of([&] {
              replace_file(folder / "x", "save", [](const WriteBytes& write) {
                write("half", 4);
                fail("no more to say");
              });
            }),
            "no more to say");
  EXPECT_EQ(contents(folder / "x"), "old");
  EXPECT_EQ(folder.names(), Names{"x"});
}

// No file may grow beyond 10,000 bytes.
struct FullDisk {
  rlimit before;
  FullDisk() {
    getrlimit(RLIMIT_FSIZE, &before);
    const rlimit small = {10'000, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    std::signal(SIGXFSZ, SIG_IGN);  // so that write() says it
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, SIG_DFL);
  }
};

TEST(ReplaceFile, AFullDiskLeavesTheOldFileAndNothingElse) {
  const Folder folder;
  replace(folder / "x", "old");
  const std::string said = [&] {
    const FullDisk full;
    return refused_file(folder / "x", std::string(10'001, '?'));
  }();
  EXPECT_EQ(said, not_written(folder / "x", "File too large"));
  EXPECT_EQ(contents(folder / "x"), "old");
  EXPECT_EQ(folder.names(), Names{"x"});
}

// Nobody who may do everything.
struct AnotherUser {
  const uid_t before = geteuid();
  AnotherUser() {
    if (before == 0) become(65534);
  }
  ~AnotherUser() { become(before); }
  static void become(uid_t user) { EXPECT_EQ(seteuid(user), 0); }
};

TEST(ReplaceFile, AFolderThatMayNotBeWrittenToStaysAsItIs) {
  const Folder folder;
  replace(folder / "x", "old");
  fs::permissions(folder.path, fs::perms(0555));
  const std::string said = [&] {
    const AnotherUser user;
    return refused_file(folder / "x");
  }();
  fs::permissions(folder.path, fs::perms(0755));
  EXPECT_EQ(said, not_written(folder / "x", "Permission denied"));
  EXPECT_EQ(contents(folder / "x"), "old");
  EXPECT_EQ(folder.names(), Names{"x"});
}

// Its list of names may not be opened to be synchronized.
TEST(ReplaceFile, AFolderThatMayNotBeReadHasTheNewFileAndTheReasonIsSaid) {
  const Folder folder;
  fs::permissions(folder.path, fs::perms(0333));
  const std::string said = [&] {
    const AnotherUser user;
    return refused_file(folder / "x");
  }();
  fs::permissions(folder.path, fs::perms(0755));
  EXPECT_EQ(said, "save: " + (folder / "x") +
                      " is written; its folder must be safe from a loss of power too, got "
                      "'Permission denied'.");
  EXPECT_EQ(contents(folder / "x"), "new");
  EXPECT_EQ(folder.names(), Names{"x"});
}

TEST(ReplaceFile, AFolderThatIsNotThereOrVanishesIsNamed) {
  const Folder folder;
  EXPECT_EQ(refused_file(folder / "no/x"),
            not_written(folder / "no/x", "No such file or directory"));
  fs::create_directory(folder / "no");
  EXPECT_EQ(message_of([&] {
              replace_file(folder / "no/x", "save",
                           [&](const WriteBytes&) { fs::remove_all(folder / "no"); });
            }),
            not_written(folder / "no/x", "No such file or directory"));
  EXPECT_TRUE(folder.names().empty());
}

TEST(ReplaceFile, OnlyAnOrdinaryFileIsReplaced) {
  const Folder folder;
  const std::string kind = " must be an ordinary file or not be there, got a folder or a device.";
  EXPECT_EQ(refused_file(folder.path), "save: " + folder.path.string() + kind);
  EXPECT_EQ(refused_file("/dev/null"), "save: /dev/null" + kind);
  EXPECT_TRUE(folder.names().empty());
}

TEST(ReplaceFile, KeepsWhoMayReadTheFile) {
  const Folder folder;
  replace(folder / "x", "old");
  fs::permissions(folder / "x", fs::perms(0600));
  replace(folder / "x", "new");
  EXPECT_EQ(fs::status(folder / "x").permissions(), fs::perms(0600));
}

TEST(ReplaceFile, TakesOverWhatACrashLeft) {
  const Folder folder;
  std::ofstream(folder / "x.part") << "longer than the new one";
  replace(folder / "x", "new");
  EXPECT_EQ(contents(folder / "x"), "new");
  EXPECT_EQ(folder.names(), Names{"x"});
}

TEST(ReplaceFile, TwoDoNotWriteToOnePathAtATime) {
  const Folder folder;
  const std::string busy = "save: " + (folder / "x") +
                           " must be saved by one process at a time, got another that is writing " +
                           (folder / "x.part") + ".";
  replace_file(folder / "x", "save", [&](const WriteBytes& write) {
    write("first", 5);
    EXPECT_EQ(refused_file(folder / "x"), busy);
  });
  EXPECT_EQ(contents(folder / "x"), "first");
  EXPECT_EQ(folder.names(), Names{"x"});
}

TEST(Quoted, ANameIsShownOnOneShortLine) {
  EXPECT_EQ(quoted("weight"), "'weight'");
  EXPECT_EQ(quoted("a\nb\x7f"), "'a?b?'");
  EXPECT_EQ(quoted(std::string(1000, 'x')), "'" + std::string(100, 'x') + "...'");
  EXPECT_EQ(quoted(std::string(98, 'x') + "€€"),
            "'" + std::string(98, 'x') + "...'");  // none halved
  EXPECT_EQ(quoted(std::string(97, 'x') + "€"), "'" + std::string(97, 'x') + "€'");
}

}  // namespace locus
