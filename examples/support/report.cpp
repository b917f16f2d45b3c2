// Chapters as files, and the page's order. What the page looks like stands in report_page.cpp.
//
// chapter.txt holds one `key: value` per line; a line break inside a value is written \n. Cells of
// a table's row stand behind one another, each with its length before it: 5:width. The lines
// after `figure: name` describe that figure; its pictures are name.svg and, of a row, name.1.svg ..
#include "examples/support/report.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "nn/plot/svg.h"
#include "tensor/check.h"

namespace locus::course {

namespace fs = std::filesystem;

static std::string one_line(const std::string& text) {
  std::string line;
  for (const char c : text) {
    if (c == '\n')
      line += "\\n";
    else if (c == '\\')
      line += "\\\\";
    else if (c != '\r')
      line += c;
  }
  return line;
}

static std::string many_lines(const std::string& line) {
  std::string text;
  for (size_t i = 0; i < line.size(); ++i) {
    const bool escaped = line[i] == '\\' && i + 1 < line.size();
    if (escaped) ++i;
    text += escaped && line[i] == 'n' ? '\n' : line[i];
  }
  return text;
}

static std::string joined(const std::vector<std::string>& cells) {
  std::string line;
  for (const std::string& cell : cells) line += fmt::format("{}:{}", cell.size(), cell);
  return line;
}

static std::vector<std::string> parted(const std::string& line) {
  std::vector<std::string> cells;
  for (size_t at = 0; at < line.size();) {
    const size_t colon = std::min(line.find(':', at), line.size() - 1);
    const auto size = size_t(std::max(std::atoi(line.c_str() + at), 0));
    cells.push_back(line.substr(colon + 1, size));
    at = colon + 1 + size;
  }
  return cells;
}

static void check_name(const std::string& name, const char* what) {
  const bool plain = std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '-';
  });
  check(plain && !name.empty(),
        "save_chapter: the {}'s name must be of letters, digits, '_' and '-', got '{}'.", what,
        name);
}

void save_chapter(const std::string& folder, const Chapter& chapter) {
  check_name(chapter.name, "chapter");
  const fs::path place = fs::path(folder) / chapter.name;
  std::string text;
  const auto add = [&text](const char* key, const std::string& value) {
    text += fmt::format("{}: {}\n", key, one_line(value));
  };
  add("title", chapter.title);
  add("claim", chapter.claim);
  add("number", chapter.number);
  add("paragraph", chapter.paragraph);
  add("source", chapter.source);
  for (const std::vector<std::string>& row : chapter.table) add("row", joined(row));
  add("ok", chapter.ok ? "yes" : "no");
  add("judged", chapter.judged ? "yes" : "no");
  for (const Figure& figure : chapter.figures) {
    check_name(figure.name, "figure");
    const Picture& picture = figure.picture;
    add("figure", figure.name);
    add("about", picture.title);
    add("caption", figure.caption);
    add(picture.film ? "frames" : "panels", fmt::format("{}", picture.panels.size()));
    save(picture, (place / (figure.name + ".svg")).string());
    for (size_t i = 0; i < picture.panels.size(); ++i) {
      save(picture.panels[i], (place / fmt::format("{}.{}.svg", figure.name, i + 1)).string());
    }
  }
  save_text(text, (place / "chapter.txt").string());  // last: what it names exists
}

static std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  check(bool(file), "load_chapter: {} must be readable, got '{}'. Run its example again.",
        path.string(), std::strerror(errno));
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Natural size from the opening tag: width="360" height="372".
static double attribute(const std::string& svg, const std::string& name) {
  const size_t at = svg.find(" " + name + "=\"");
  return at == std::string::npos ? 0 : std::atof(svg.c_str() + at + name.size() + 3);
}

static Picture read_picture(const fs::path& path) {
  Picture picture;
  picture.svg = read_text(path);
  check(picture.svg.starts_with("<svg "),
        "load_chapter: {} must begin with '<svg ', got '{}'. Run its example again.", path.string(),
        picture.svg.substr(0, 20));
  picture.width = attribute(picture.svg, "width");
  picture.height = attribute(picture.svg, "height");
  return picture;
}

// Files one `key: value` where it belongs; false when there is no such key.
static bool set(Chapter& chapter, const fs::path& place, const std::string& key,
                const std::string& value) {
  std::string* const in_chapter = key == "title"       ? &chapter.title
                                  : key == "claim"     ? &chapter.claim
                                  : key == "number"    ? &chapter.number
                                  : key == "paragraph" ? &chapter.paragraph
                                  : key == "source"    ? &chapter.source
                                                       : nullptr;
  if (in_chapter) {
    *in_chapter = value;
  } else if (key == "ok") {
    chapter.ok = value == "yes";
  } else if (key == "judged") {
    chapter.judged = value == "yes";
  } else if (key == "row") {
    chapter.table.push_back(parted(value));
  } else if (key == "figure") {
    chapter.figures.push_back({value, read_picture(place / (value + ".svg"))});
  } else if (chapter.figures.empty()) {
    return false;
  } else if (key == "about") {
    chapter.figures.back().picture.title = value;
  } else if (key == "caption") {
    chapter.figures.back().caption = value;
  } else if (key == "panels" || key == "frames") {
    Figure& figure = chapter.figures.back();
    figure.picture.film = key == "frames";
    for (int i = 1; i <= std::atoi(value.c_str()); ++i) {
      figure.picture.panels.push_back(
          read_picture(place / fmt::format("{}.{}.svg", figure.name, i)));
    }
  } else {
    return false;
  }
  return true;
}

Chapter load_chapter(const std::string& chapter_folder) {
  fs::path place(chapter_folder);
  if (place.filename().empty()) place = place.parent_path();  // "out/09_street/"
  const fs::path path = place / "chapter.txt";
  std::istringstream text(read_text(path));
  Chapter chapter{.name = place.filename().string()};
  int number = 0;
  for (std::string line; std::getline(text, line);) {
    ++number;
    if (line.empty()) continue;
    const size_t colon = line.find(':');
    const bool known = colon != std::string::npos &&
                       set(chapter, place, line.substr(0, colon),
                           many_lines(line.substr(std::min(colon + 2, line.size()))));
    check(
        known,
        "load_chapter: {}, line {}, must be a known 'key: value', got '{}'. Run its example again.",
        path.string(), number, line.substr(0, 40));
  }
  return chapter;
}

std::string write_report(const std::string& folder, const ReportText& text) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    std::error_code unseen;  // a folder that cannot be searched holds none
    if (fs::exists(entry.path() / "chapter.txt", unseen)) names.push_back(entry.path().string());
  }
  check(!names.empty(), "write_report: {} must hold a chapter, got none. Run an example first.",
        folder);
  std::sort(names.begin(), names.end());
  std::vector<Chapter> chapters;
  for (const std::string& name : names) chapters.push_back(load_chapter(name));
  const std::string path = (fs::path(folder) / "index.html").string();
  save_text(report_page(text, chapters), path);
  return path;
}

}  // namespace locus::course
