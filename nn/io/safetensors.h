// safetensors: tensors in a file, by name, as PyTorch and others read and write them: 8 bytes that
// give the header's length, a header in JSON that says where each tensor lies, and the numbers,
// row-major and little-endian.        [https://huggingface.co/docs/safetensors, section "Format"]
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tensor/tensor.h"

namespace locus {

using Metadata = std::map<std::string, std::string>;  // words of the writer, of any meaning

// A file opened for reading. Copies share what is open.
class Safetensors {
 public:
  struct Entry {
    std::string name;
    std::string dtype;  // "F32", "F64", "F16" or "BF16"; or such as "I64", which read() refuses
    Shape shape;
    std::size_t begin, end;  // its bytes, counted from the first byte after the header

    bool readable() const;  // whether read() takes its dtype
  };

  // Maps the file into memory: a large one opens at once, and a tensor is read when it is asked for.
  // It must stay as it is until the last copy of this is gone; save_safetensors() never changes a
  // file, it puts another in its place.
  // Throws for a file that is not there, or not well-formed in every byte outside of the numbers.
  explicit Safetensors(const std::string& path);
  // The bytes of such a file, from where there is no file system. `path` stands in messages.
  Safetensors(std::vector<char> bytes, const std::string& path);

  const std::string& path() const { return path_; }
  const std::vector<Entry>& entries() const { return entries_; }  // in the order of their bytes
  const Entry* find(const std::string& name) const;               // null when there is none
  const Metadata& metadata() const { return metadata_; }

  // The tensor of that name as `real`. Exact, but for F64 read as float: that rounds to nearest.
  // Throws when there is none, or when it holds whole numbers or truth values.
  Tensor read(const std::string& name) const;

 private:
  Safetensors(const struct FileBytes& file, const std::string& path);

  std::string path_;
  std::shared_ptr<const char> bytes_;  // the mapping or the vector
  const char* numbers_;                // the first byte after the header
  std::vector<Entry> entries_;
  std::map<std::string, std::size_t> place_;  // in entries_
  Metadata metadata_;
};

struct NamedTensor {
  std::string name;
  Tensor tensor;
};

struct SafetensorsOptions {
  Metadata metadata = {};
  std::string dtype = sizeof(real) == 4 ? "F32" : "F64";  // or the other one
};

// Writes the tensors in the order given. Whatever happens meanwhile, a crash or a full disk, the
// path names either the old file, untouched, or the new one, whole. Until it is whole the new one
// is called `path`.part; only a crash leaves that behind, and the next save takes it over.
// Throws when a name comes twice or is not UTF-8, when another process is saving to the same path,
// or when the disk refuses.
void save_safetensors(const std::vector<NamedTensor>& tensors, const std::string& path,
                      const SafetensorsOptions& options = {});
// The bytes that it writes.
std::vector<char> safetensors_bytes(const std::vector<NamedTensor>& tensors,
                                    const SafetensorsOptions& options = {});

}  // namespace locus
