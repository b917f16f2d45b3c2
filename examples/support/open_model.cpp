#include "examples/support/open_model.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "examples/support/opened.h"
#include "nn/inspect/compare.h"
#include "nn/inspect/map.h"
#include "nn/io/file.h"
#include "tensor/math.h"

namespace locus::course {

static constexpr Index most_positions = 1024;  // the eigenvectors of more take minutes

// "14x14"
static std::optional<Grid> grid_of(const std::string& text) {
  if (text.empty()) return {};
  Grid grid{};
  const char* const end = text.data() + text.size();
  const auto rows = std::from_chars(text.data(), end, grid.rows);
  const bool cross = rows.ec == std::errc() && rows.ptr != end && *rows.ptr == 'x';
  const auto columns = cross ? std::from_chars(rows.ptr + 1, end, grid.columns) : rows;
  check(cross && columns.ec == std::errc() && columns.ptr == end && grid.rows >= 1 &&
            grid.rows <= 10000 && grid.columns >= 1 && grid.columns <= 10000,
        "--grid: rows x columns, such as 14x14, got '{}'.", text);
  return grid;
}

// The table that was asked for, or the first that is known by its name; nothing when none is.
static std::optional<PositionTable> choose(const Safetensors& file, const std::string& tensor,
                                           std::optional<Grid> grid) {
  if (!tensor.empty()) return position_table(file, tensor, grid);
  const std::vector<PositionTable> known = position_tables(file);
  if (known.empty()) return {};
  for (std::size_t i = 1; i < known.size(); ++i)
    fmt::print("also a table of positions: {}\n", locus::quoted(known[i].name));
  return grid ? position_table(file, known[0].name, grid) : known[0];
}

static void list_tensors(const Safetensors& file) {
  std::size_t widest = 0;
  for (const auto& entry : file.entries())
    widest = std::max(widest, locus::quoted(entry.name).size());
  for (const auto& entry : file.entries())
    fmt::print("  {:<{}}  {:<4}  {}\n", locus::quoted(entry.name), widest, entry.dtype,
               entry.shape);
  const std::size_t count = file.entries().size();
  fmt::print("{} tensor{}, none of a name that is known for positions. Name one with --tensor.\n",
             count, count == 1 ? "" : "s");
}

// Few enough to ask, and such that there is something to ask; messages name the tensor.
static PositionTable askable(PositionTable table) {
  check(all_finite(table.rows), "{}: numbers must be finite, got one that is not.",
        locus::quoted(table.name));
  const Index count = table.rows.shape()[0], dim = table.rows.shape()[1];
  check(count >= 3 && dim >= 2, "{}: at least 3 positions of 2 dimensions, got {} of {}.",
        locus::quoted(table.name), count, dim);
  const real* const numbers = table.rows.data();  // of period dim: every row is the row before it
  check(!std::equal(numbers + dim, numbers + table.rows.size(), numbers),
        "{}: rows must differ, got {} that are all the same. Such a table says nothing of "
        "positions.",
        locus::quoted(table.name), count);
  if (count > most_positions && !table.grid) {
    fmt::print("{}: {} positions, of which the first {} are looked at\n", locus::quoted(table.name),
               count, most_positions);
    table.rows = slice(table.rows, 0, 0, most_positions);
  }
  return table;
}

static void print_table(const std::vector<std::vector<std::string>>& rows) {
  const auto width = [](const std::string& text) {  // in characters
    return std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; });
  };
  std::vector<std::ptrdiff_t> widths(rows[0].size(), 0);
  for (const auto& row : rows) {
    for (std::size_t j = 0; j < row.size(); ++j) widths[j] = std::max(widths[j], width(row[j]));
  }
  for (const auto& row : rows) {
    std::string line = "  ";
    for (std::size_t j = 0; j < row.size(); ++j) {
      const std::string room(std::size_t(widths[j] - width(row[j])), ' ');
      line += j == 0 ? row[j] + room : "  " + room + row[j];
    }
    fmt::print("{}\n", line);
  }
}

// --- the report ----------------------------------------------------------------------------------

static constexpr const char* how_to_read =
    "R² is 1 where every position is guessed exactly, and 0 or less where it is as good to guess "
    "the middle each time. The share is 1 where like distances are alike everywhere. The nearer is "
    "always the more alike at 1, as often as not at 0.5. Random vectors spread in nearly as many "
    "directions as there are; what was learned needs fewer. A sinusoid's vectors have all one "
    "length.";
static constexpr const char* how_to_read_a_grid =
    "R² is 1 where every row, or column, is guessed exactly, and 0 or less where it is as good to "
    "guess the middle each time. The correlation is 1 where the map is the grid itself. Random "
    "vectors spread in nearly as many directions as there are; what was learned needs fewer.";
static constexpr const char* where_published =
    "Published: Wang & Chen 2020, What Do Position Embeddings Learn?, table 1, by a regression of "
    "their own. Here every row is guessed by a line that was drawn without it.";

// Of the file that was opened, and of another one: how it stands to it.
static std::string likeness(const Opened& opened, const Opened& other) {
  const Shape &a = opened.answers.similarity.shape(), &b = other.answers.similarity.shape();
  if (a != b) return fmt::format("It has {} positions, the other {}.", a[0], b[0]);
  return fmt::format(
      "What it finds alike, the other finds alike by a rank correlation of {}.",
      number(spearman(pairs(opened.answers.similarity), pairs(other.answers.similarity))));
}

static std::string described(const PositionTable& table) {
  std::string text = fmt::format("{}: {} positions of {} dimensions", locus::quoted(table.name),
                                 table.rows.shape()[0], table.rows.shape()[1]);
  if (table.grid) text += fmt::format(", a grid of {} x {}", table.grid->rows, table.grid->columns);
  if (!table.layout.empty()) text += fmt::format(", as {} has them", table.layout);
  if (table.before > 0)
    text += fmt::format("; left out before them: {} ({})", table.before_are, table.before);
  return text;
}

// A line per position: its length, how like the next it is, and where the map has it.
static void save_positions(const Opened& opened, const std::string& path) {
  const Tensor& similarity = opened.answers.similarity;
  const Tensor map = opened.in_grid ? opened.in_grid->map : pca(opened.table.rows).points;
  std::string text = opened.in_grid ? "position,row,column,length,like_next,map_x,map_y\n"
                                    : "position,length,like_next,map_x,map_y\n";
  const Index n = similarity.shape()[0];
  for (Index i = 0; i < n; ++i) {
    text += fmt::format("{},", i);
    if (opened.in_grid) {
      const Index columns = opened.table.grid->columns;
      text += fmt::format("{},{},", i / columns, i % columns);
    }
    const std::string next = i + 1 < n ? fmt::format("{:.6g}", similarity(i, i + 1)) : "";
    text += fmt::format("{:.6g},{},{:.6g},{:.6g}\n", opened.answers.norms(i), next, map(i, 0),
                        map(i, 1));
  }
  save_text(text, path);
}

static std::string page_of(const OpenRequest& request, const std::vector<Opened>& tables) {
  const auto name_of = [](const std::string& path) {
    return std::filesystem::path(path).filename().string();
  };
  const bool compared = !request.compare.empty(), in_grid = tables[0].in_grid.has_value();
  ReportText text{.title = name_of(request.file), .lead = described(tables[0].table) + "."};
  std::string paragraph = in_grid ? how_to_read_a_grid : how_to_read;
  if (compared) {
    text.lead +=
        fmt::format("\n\nThe other: {}, {}.", name_of(request.compare), described(tables[1].table));
    paragraph = likeness(tables[0], tables[1]) + "\n\n" + paragraph;
  }
  text.parts = {{"What it says", "1", in_grid ? "1" : "2"}, {"What it looks like", "2", "3"}};
  std::vector<Figure> figures = figures_of(tables, compared);
  std::vector<Chapter> chapters;
  chapters.push_back({.name = "1_answers",
                      .title = fmt::format("By its answers: {}", tables[0].verdict()),
                      .paragraph = paragraph,
                      .table = answers_of(tables),
                      .figures = {figures[0]}});
  if (!in_grid)
    chapters.push_back({.name = "2_published",
                        .title = "Beside published tables",
                        .paragraph = where_published,
                        .table = errors_of(tables)});
  figures.erase(figures.begin());
  chapters.push_back({.name = in_grid ? "2_pictures" : "3_pictures",
                      .title = fmt::format("{} vectors", tables[0].table.rows.shape()[0]),
                      .figures = figures});
  return report_page(text, chapters);
}

int open_model(const OpenRequest& request, Rng rng) {
  const std::optional<Grid> grid = grid_of(request.grid);
  const Safetensors file(request.file);
  const std::optional<PositionTable> chosen = choose(file, request.tensor, grid);
  if (!chosen) {
    list_tensors(file);
    return 0;
  }
  std::vector<Opened> tables;
  tables.emplace_back("this file", askable(*chosen));
  fmt::print("{}\n", described(tables[0].table));
  if (tables[0].table.layout == "ViT" && !tables[0].table.grid)
    fmt::print("They fill no square. --grid names their rows and columns.\n");
  const bool compared = !request.compare.empty();
  if (compared) {
    const Safetensors other(request.compare);
    const std::optional<PositionTable> beside = choose(other, request.tensor, grid);
    check(beside.has_value(),
          "--compare: {} must have a table of a name that is known for positions, got none. Name "
          "one that both files have with --tensor.",
          request.compare);
    tables.emplace_back("the other", askable(*beside));
  }
  const Shape shape = tables[0].table.rows.shape();
  PositionTable waves{.name = "sinusoid", .layout = {}, .rows = sinusoid(shape[0], shape[1])};
  PositionTable noise{.name = "random", .layout = {}, .rows = normal(shape, 1, rng)};
  waves.grid = noise.grid = tables[0].table.grid;
  tables.emplace_back("sinusoid", std::move(waves));
  tables.emplace_back("random", std::move(noise));

  print_table(answers_of(tables));
  fmt::print("By its answers, this table is: {}.\n", tables[0].verdict());
  if (compared) fmt::print("{}\n", likeness(tables[0], tables[1]));
  if (!tables[0].in_grid) {
    print_table(errors_of(tables));
    fmt::print("{}\n", where_published);
  }

  const std::string stem = std::filesystem::path(request.file).stem().string();
  const std::string base = (std::filesystem::path(request.folder) / stem).string();
  save_text(page_of(request, tables), base + ".html");
  save_positions(tables[0], base + ".csv");
  fmt::print("wrote {}.html and {}.csv\n", base, base);
  return 0;
}

}  // namespace locus::course
