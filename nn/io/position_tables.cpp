#include <algorithm>
#include <cmath>

#include "nn/io/file.h"
#include "nn/io/pretrained.h"

namespace locus {

using Entry = Safetensors::Entry;

// The side of a square of that many cells; 0 when there is none.
static Index side_of(Index cells) {
  const auto side = Index(std::llround(std::sqrt(double(cells))));
  return side * side == cells ? side : 0;
}

// Whether the name is the ending, or has it behind a dot.
static bool ends_with_name(const std::string& name, std::string_view ending) {
  if (!name.ends_with(ending)) return false;
  const std::size_t before = name.size() - ending.size();
  return before == 0 || name[before - 1] == '.';
}

// What an optimizer keeps of a table has the table's name behind its own.
static bool of_optimizer(const std::string& name) {
  const auto holds = [&](const char* part) { return ("." + name).find(part) != std::string::npos; };
  return holds(".average.") || holds(".square.") || holds(".velocity.");
}

// Rows from `before` on, as (positions, dim).
static Tensor rows_from(const Safetensors& file, const std::string& name, Index before) {
  const Tensor all = file.read(name);
  const Index dim = all.shape()[-1], count = all.shape().rows();
  return slice(all.reshaped({count, dim}), 0, before, count);
}

// Whether a table may lie in there: (positions, dim), or the same for a batch of one.
static bool may_be_table(const Entry& entry) {
  const int rank = entry.shape.rank();
  return entry.shape.size() > 0 && (rank == 2 || (rank == 3 && entry.shape[0] == 1));
}

static PositionTable of_bert(const Entry& entry) {
  // RoBERTa counts from 2, behind the row of its padding: 512 positions are 514 rows.
  const Index count = entry.shape[0] - 2;
  const bool two_more = count > 0 && (count & (count - 1)) == 0;
  PositionTable table{.name = entry.name, .layout = "BERT", .rows = {}};
  if (entry.name.find("roberta") != std::string::npos || two_more) {
    table.layout = "RoBERTa";
    table.before = std::min<Index>(2, entry.shape[0] - 1);
    table.before_are = "rows that padding takes";
  }
  return table;
}

static PositionTable of_vision(const Entry& entry) {
  static const char* const are[] = {"", "the class token's row",
                                    "the rows of the class and the distillation token"};
  const Index tokens = entry.shape.rows();
  PositionTable table{.name = entry.name, .layout = "ViT", .rows = {}};
  for (Index before = 2; before >= 0; --before) {
    if (tokens - before < 4 || side_of(tokens - before) == 0) continue;
    table.before = before;
    table.before_are = are[before];
    table.grid = Grid{side_of(tokens - before), side_of(tokens - before)};
    if (before == 2) table.layout = "DeiT";
  }
  return table;
}

// A table of positions, still without its rows, when the tensor's name says that it is one.
static std::optional<PositionTable> known(const Entry& entry) {
  const std::string& name = entry.name;
  if (!may_be_table(entry) || of_optimizer(name)) return {};
  if (entry.shape.rank() == 2) {
    if (ends_with_name(name, "wpe.weight"))
      return PositionTable{.name = name, .layout = "GPT-2", .rows = {}};
    if (ends_with_name(name, "positions.weight"))
      return PositionTable{.name = name, .layout = "Locus", .rows = {}};
    if (ends_with_name(name, "position_embeddings.weight")) return of_bert(entry);
  }
  if (ends_with_name(name, "position_embeddings") || ends_with_name(name, "pos_embed"))
    return of_vision(entry);
  return {};
}

std::vector<PositionTable> position_tables(const Safetensors& file) {
  std::vector<PositionTable> tables;
  for (const Entry& entry : file.entries()) {
    std::optional<PositionTable> table = known(entry);
    if (!table) continue;
    table->rows = rows_from(file, entry.name, table->before);
    tables.push_back(std::move(*table));
  }
  return tables;
}

PositionTable position_table(const Safetensors& file, const std::string& name,
                             std::optional<Grid> grid) {
  const Entry* const entry = file.find(name);
  check(entry, "position_table: {} must hold {}, got {} tensors of other names.", file.path(),
        quoted(name), file.entries().size());
  check(may_be_table(*entry),
        "position_table: {} must have the shape (positions, dim) or (1, positions, dim), got {}.",
        quoted(name), entry->shape);
  PositionTable table =
      known(*entry).value_or(PositionTable{.name = name, .layout = {}, .rows = {}});
  if (grid) {
    const Index tokens = entry->shape.rows();
    check(grid->rows >= 1 && grid->columns >= 1 && grid->rows <= tokens / grid->columns,
          "position_table: {} has {} rows, got a grid of {} x {}.", quoted(name), tokens,
          grid->rows, grid->columns);
    const Index cells = grid->rows * grid->columns;
    if (table.before != tokens - cells)  // else they are what is known of them
      table.before_are = cells < tokens ? "rows before the grid" : "";
    table.grid = grid;
    table.before = tokens - cells;
  }
  table.rows = rows_from(file, name, table.before);
  return table;
}

}  // namespace locus
