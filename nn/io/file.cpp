#include "nn/io/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "tensor/check.h"

namespace locus {

namespace {

// An open file, closed at the end of the scope.
struct Descriptor {
  int number;
  explicit Descriptor(int n) : number(n) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number >= 0) close(number);
  }
};

}  // namespace

FileBytes map_file(const std::string& path, const char* function) {
  // Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status = {};
  const bool readable = file.number >= 0 && fstat(file.number, &status) == 0;
  check(readable, "{}: {} must be readable, got '{}'. Check the path.", function, path,
        std::strerror(errno));
  check(S_ISREG(status.st_mode), "{}: {} must be an ordinary file, got a folder or a device.",
        function, path);
  const auto size = std::size_t(status.st_size);
  if (size == 0) return {nullptr, 0};  // which mmap refuses
  void* const bytes = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number, 0);
  check(bytes != MAP_FAILED, "{}: {} must be readable, got '{}'. Copy it to this machine.",
        function, path, std::strerror(errno));
  const auto unmap = [size](const char* mapped) { munmap(const_cast<char*>(mapped), size); };
  return {std::shared_ptr<const char>(static_cast<const char*>(bytes), unmap), size};
}

// Of the folder's list of names; a rename is safe from a loss of power only after it.
static bool synchronize_folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const Descriptor list(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return list.number >= 0 && (fsync(list.number) == 0 || errno == EINVAL);  // EINVAL: needs none
}

static bool is_at(const std::string& path, int file) {
  struct stat named = {}, opened = {};
  return stat(path.c_str(), &named) == 0 && fstat(file, &opened) == 0 &&
         named.st_dev == opened.st_dev && named.st_ino == opened.st_ino;
}

void replace_file(const std::string& path, const char* function,
                  const std::function<void(const WriteBytes& write)>& contents) {
  const auto must = [&](bool done) {
    check(done, "{}: {} must be writable, got '{}'. What was there before is as it was.", function,
          path, std::strerror(errno));
  };
  struct stat old = {};
  const bool replaces = stat(path.c_str(), &old) == 0;
  check(!replaces || S_ISREG(old.st_mode),
        "{}: {} must be an ordinary file or not be there, got a folder or a device.", function,
        path);

  // One name, so that what a crash leaves is used again; locked, so that two do not write into it.
  const std::string part = path + ".part";
  const Descriptor file(open(part.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
  must(file.number >= 0);
  // Whoever held the lock until now may have renamed what was opened here: then it has the path.
  // Not every file system has locks; then nothing tells two apart.
  const bool held = flock(file.number, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  check(!held && is_at(part, file.number),
        "{}: {} must be saved by one process at a time, got another that is writing {}.", function,
        path, part);
  try {
    must(ftruncate(file.number, 0) == 0);
    contents([&](const void* bytes, std::size_t size) {
      for (const char* from = static_cast<const char*>(bytes); size > 0;) {
        const ssize_t written = write(file.number, from, size);
        if (written < 0 && errno == EINTR) continue;
        must(written >= 0);
        from += written;
        size -= std::size_t(written);
      }
    });
    must(!replaces || fchmod(file.number, old.st_mode & 07777) == 0);
    must(fsync(file.number) == 0);  // else the name could reach the disk before the bytes
    must(std::rename(part.c_str(), path.c_str()) == 0);
  } catch (...) {
    unlink(part.c_str());
    throw;
  }
  const bool safe = synchronize_folder_of(path);  // before errno is looked at
  check(safe, "{}: {} is written; its folder must be safe from a loss of power too, got '{}'.",
        function, path, std::strerror(errno));
}

std::string quoted(const std::string& name) {
  std::size_t shown = std::min<std::size_t>(name.size(), 100);
  while (shown > 0 && shown < name.size() && (name[shown] & 0xC0) == 0x80)
    --shown;  // not half a character
  std::string safe = name.substr(0, shown);
  for (char& c : safe) {
    if (static_cast<unsigned char>(c) < 32 || c == 127) c = '?';
  }
  return "'" + safe + (name.size() > shown ? "...'" : "'");
}

}  // namespace locus
