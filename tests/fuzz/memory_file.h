// MemoryFile: a file with a path that is in memory alone.
#pragma once

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <utility>

namespace locus::fuzz {

class MemoryFile {
 public:
  explicit MemoryFile(const std::string& content) : handle_(memfd_create("fuzz", 0)) {
    if (write(handle_, content.data(), content.size()) != ssize_t(content.size())) std::abort();
  }
  MemoryFile(MemoryFile&& other) noexcept : handle_(std::exchange(other.handle_, -1)) {}
  ~MemoryFile() { close(handle_); }
  std::string path() const { return fmt::format("/proc/self/fd/{}", handle_); }

 private:
  int handle_;
};

}  // namespace locus::fuzz
