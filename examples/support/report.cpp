// Chapters as files, and the page's order. What the page looks like stands in report_page.cpp.
//
// chapter.json holds a chapter's words, claims and table, and its figures' names. Beside the file
// are the pictures: name.svg and, for a row or a film, name.1.svg, name.2.svg, ..
#include "examples/support/report.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "nn/io/file.h"
#include "nn/plot/svg.h"
#include "tensor/check.h"

namespace locus::course {

namespace fs = std::filesystem;

using Json = nlohmann::ordered_json;  // its fields stay in their order

std::string text_of(const Claim& claim, const char* space) {
  return fmt::format("{}: {:.4g}{}{}{}{:.4g}{}", claim.name, claim.value, space, claim.relation,
                     space, claim.bound, claim.judged ? "" : " (not judged with --quick)");
}

bool Chapter::held() const {
  return std::ranges::all_of(claims, [](const Claim& c) { return c.held || !c.judged; });
}

bool Chapter::judged() const { return std::ranges::all_of(claims, &Claim::judged); }

// JSON has no number for these three.
static Json json_of(double x) {
  if (std::isfinite(x)) return x;
  return std::isnan(x) ? "nan" : x > 0 ? "inf" : "-inf";
}

static bool is_file_name(const std::string& name) {
  return !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '-';
  });
}

static void check_name(const std::string& name, const char* what) {
  check(is_file_name(name),
        "save_chapter: the {}'s name must be of letters, digits, '_' and '-', got '{}'.", what,
        name);
}

void save_chapter(const std::string& folder, const Chapter& chapter) {
  check_name(chapter.name, "chapter");
  const fs::path place = fs::path(folder) / chapter.name;
  Json claims = Json::array(), figures = Json::array();
  for (const Claim& claim : chapter.claims) {
    claims.push_back({{"name", claim.name},
                      {"value", json_of(claim.value)},
                      {"relation", claim.relation},
                      {"bound", json_of(claim.bound)},
                      {"judged", claim.judged},
                      {"held", claim.held}});
  }
  for (const Figure& figure : chapter.figures) {
    check_name(figure.name, "figure");
    const Picture& picture = figure.picture;
    figures.push_back({{"name", figure.name},
                       {"title", picture.title},
                       {"caption", figure.caption},
                       {"panels", picture.panels.size()},
                       {"film", picture.film}});
    save(picture, (place / (figure.name + ".svg")).string());
    for (size_t i = 0; i < picture.panels.size(); ++i) {
      save(picture.panels[i], (place / fmt::format("{}.{}.svg", figure.name, i + 1)).string());
    }
  }
  const Json json = {{"title", chapter.title},   {"claim", chapter.claim},
                     {"claims", claims},         {"paragraph", chapter.paragraph},
                     {"source", chapter.source}, {"table", chapter.table},
                     {"figures", figures}};
  save_text(
      json.dump(/*indent=*/2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + "\n",
      (place / "chapter.json").string());  // last: what it names exists
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

namespace {

// An object of a chapter's file. Its errors name the file and the field.
class Fields {
 public:
  // `name` is that of the object in its file: "figures[0]", or empty at the top level.
  Fields(const Json& object, std::string path, std::string name)
      : object_(object), path_(std::move(path)), name_(std::move(name)) {
    require(object.is_object(), name_.empty() ? "the top level" : name_, "an object",
            object.type_name());
  }

  std::string text(const char* key) const {
    return field(key, "text", &Json::is_string).get<std::string>();
  }
  // Text that is fit for a file's name.
  std::string file_name(const char* key) const {
    const std::string name = text(key);
    require(is_file_name(name), full_name(key), "letters, digits, '_' and '-'", quoted(name));
    return name;
  }
  bool truth(const char* key) const {
    return field(key, "true or false", &Json::is_boolean).get<bool>();
  }
  size_t count(const char* key) const {
    return field(key, "a count", &Json::is_number_unsigned).get<size_t>();
  }
  double number(const char* key) const {
    const Json& found = field(key, "a number", &Json::is_primitive);
    for (const double x : {HUGE_VAL, -HUGE_VAL, double(NAN)})
      if (found == json_of(x)) return x;
    require(found.is_number(), full_name(key), "a number", found.type_name());
    return found.get<double>();
  }
  std::vector<Fields> objects(const char* key) const {
    std::vector<Fields> result;
    for (const Json& element : field(key, "a list", &Json::is_array))
      result.emplace_back(element, path_, fmt::format("{}[{}]", key, result.size()));
    return result;
  }
  std::vector<std::vector<std::string>> table(const char* key) const {
    const Json& rows = field(key, "a list", &Json::is_array);
    const bool of_text = std::ranges::all_of(rows, [](const Json& row) {
      return row.is_array() && std::ranges::all_of(row, &Json::is_string);
    });
    require(of_text, full_name(key), "rows of text", "something else");
    return rows.get<std::vector<std::vector<std::string>>>();
  }

 private:
  void require(bool holds, const std::string& name, const char* what,
               const std::string& got) const {
    check(holds, "load_chapter: {}: {} must be {}, got {}. Run its example again.", path_, name,
          what, got);
  }
  std::string full_name(const char* key) const { return name_.empty() ? key : name_ + "." + key; }
  const Json& field(const char* key, const char* what, bool (Json::*is)() const noexcept) const {
    const auto found = object_.find(key);
    const bool missing = found == object_.end();
    require(!missing && ((*found).*is)(), full_name(key), what,
            missing ? "nothing" : found->type_name());
    return *found;
  }

  const Json& object_;
  std::string path_, name_;
};

}  // namespace

static Json read_json(const std::string& path) {
  std::string reason;
  try {
    return Json::parse(read_text(path));
  } catch (const Json::exception& error) {  // "[its name] parse error at ..; last read: .."
    reason = error.what();
  }
  const size_t first = reason.find("] ") + 2;
  check(false, "load_chapter: {}: {}. Run its example again.", path,
        reason.substr(first, std::min<size_t>(reason.find("; last read") - first, 150)));
  return {};
}

static Claim read_claim(const Fields& from) {
  return {.name = from.text("name"),
          .value = from.number("value"),
          .relation = from.text("relation"),
          .bound = from.number("bound"),
          .judged = from.truth("judged"),
          .held = from.truth("held")};
}

static Figure read_figure(const Fields& from, const fs::path& folder) {
  const std::string name = from.file_name("name");
  Figure figure{name, read_picture(folder / (name + ".svg")), from.text("caption")};
  figure.picture.title = from.text("title");
  figure.picture.film = from.truth("film");
  for (size_t i = 1; i <= from.count("panels"); ++i)
    figure.picture.panels.push_back(read_picture(folder / fmt::format("{}.{}.svg", name, i)));
  return figure;
}

Chapter load_chapter(const std::string& chapter_folder) {
  fs::path folder(chapter_folder);
  if (folder.filename().empty()) folder = folder.parent_path();  // "out/09_street/"
  const std::string path = (folder / "chapter.json").string();
  const Json json = read_json(path);
  const Fields fields(json, path, "");
  Chapter chapter{.name = folder.filename().string(),
                  .title = fields.text("title"),
                  .claim = fields.text("claim"),
                  .paragraph = fields.text("paragraph"),
                  .source = fields.text("source"),
                  .table = fields.table("table")};
  for (const Fields& claim : fields.objects("claims")) chapter.claims.push_back(read_claim(claim));
  for (const Fields& figure : fields.objects("figures"))
    chapter.figures.push_back(read_figure(figure, folder));
  return chapter;
}

std::string write_report(const std::string& folder, const ReportText& text) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    std::error_code unseen;  // a folder that cannot be searched holds none
    if (fs::exists(entry.path() / "chapter.json", unseen)) names.push_back(entry.path().string());
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
