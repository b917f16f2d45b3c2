// Files as safetensors needs them: mapped for reading, replaced as a whole for writing. Together
// with inspect/, the only part of the library that knows of files.
#pragma once

#include <functional>
#include <memory>
#include <string>

namespace locus {

struct FileBytes {
  std::shared_ptr<const char> bytes;  // released with the last copy
  std::size_t size;
};

// Costs nothing until bytes are looked at. Messages of both start with `function`.
// Throws when there is no such file, when it is no ordinary file, or when it may not be read.
FileBytes map_file(const std::string& path, const char* function);

using WriteBytes = std::function<void(const void* bytes, std::size_t size)>;
// Puts a new file at the path, made of what `contents` writes. At every moment the path names the
// old file or the whole new one, also when the machine stops. A link at the path becomes a file; what
// it named is as it was.
// Throws what `contents` throws, or when the disk refuses; the old file is then as it was.
void replace_file(const std::string& path, const char* function,
                  const std::function<void(const WriteBytes& write)>& contents);

// A name from a file as messages show it: 'name', on one line, and not the whole of a long one.
std::string quoted(const std::string& name);

}  // namespace locus
