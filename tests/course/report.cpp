#include "examples/support/report.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <fstream>

#include "tests/folder.h"
#include "tests/support.h"

namespace locus::course {

// A folder of its own, gone afterwards.
class Report : public testing::Test {
 protected:
  const Folder own_;
  const std::string folder_ = own_ / "out";
};

static Chapter street() {
  const Picture picture = bars({{"a", 1}}, {.title = "Bars"});
  return {.name = "09_street",
          .title = "A <street>",
          .claim = "A table learns a street.",
          .claims = {{"recovery", 1, ">", 0.95, true, true},
                     {"loss", std::nan(""), "<", 0.5, false, false}},
          .paragraph = "The table `positions` fills.\n\nA back\\slash stays.",
          .source = "examples/09_street.cpp",
          .table = {{"asked", "a: b", ""}, {"<one>", "1", "2\r\n3"}},
          .figures = {{"bars", picture, "One & all."},
                      {"row", side_by_side({picture, picture}, {"left", "right"}), ""}}};
}

TEST_F(Report, AChapterComesBackAsItWasSaved) {
  const Chapter chapter = street();
  save_chapter(folder_, chapter);
  const Chapter loaded = load_chapter(folder_ + "/09_street/");
  EXPECT_EQ(loaded.name, chapter.name);
  EXPECT_EQ(loaded.title, chapter.title);
  EXPECT_EQ(loaded.claim, chapter.claim);
  ASSERT_EQ(loaded.claims.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i)
    EXPECT_EQ(text_of(loaded.claims[i]), text_of(chapter.claims[i]));
  EXPECT_EQ(text_of(loaded.claims[0]), "recovery: 1 > 0.95");
  EXPECT_EQ(text_of(loaded.claims[1]), "loss: nan < 0.5 (not judged with --quick)");
  EXPECT_EQ(loaded.paragraph, chapter.paragraph);
  EXPECT_EQ(loaded.source, chapter.source);
  EXPECT_EQ(loaded.table, chapter.table);
  EXPECT_TRUE(loaded.held());
  EXPECT_FALSE(loaded.judged());
  ASSERT_EQ(loaded.figures.size(), 2u);
  EXPECT_EQ(loaded.figures[0].caption, "One & all.");
  EXPECT_EQ(loaded.figures[0].picture.svg, chapter.figures[0].picture.svg);
  EXPECT_EQ(loaded.figures[0].picture.width, 360);
  EXPECT_EQ(loaded.figures[0].picture.title, "Bars");
  ASSERT_EQ(loaded.figures[1].picture.panels.size(), 2u);
  EXPECT_EQ(loaded.figures[1].picture.panels[1].svg, chapter.figures[1].picture.panels[1].svg);
}

// Another program, without this library, reads the claims of a chapter from these names.
TEST_F(Report, AChapterIsAJsonFile) {
  save_chapter(folder_, {.name = "01_x",
                         .title = "A \"street\"",
                         .claims = {{"loss", 0.1, "<", HUGE_VAL, true, true}},
                         .table = {{"a", "b\r"}},
                         .figures = {{"bars", bars({{"a", 1}}, {.title = "Bars"}), "One."}}});
  EXPECT_EQ(contents(folder_ + "/01_x/chapter.json"), R"({
  "title": "A \"street\"",
  "claim": "",
  "claims": [
    {
      "name": "loss",
      "value": 0.1,
      "relation": "<",
      "bound": "inf",
      "judged": true,
      "held": true
    }
  ],
  "paragraph": "",
  "source": "",
  "table": [
    [
      "a",
      "b\r"
    ]
  ],
  "figures": [
    {
      "name": "bars",
      "title": "Bars",
      "caption": "One.",
      "panels": 0,
      "film": false
    }
  ]
}
)");
}

TEST_F(Report, ValuesKeepTheirBitsAndInfinitiesTheirSign) {
  const double values[] = {0.1, 1.0 / 3, -0.0, 5e-324, -HUGE_VAL, HUGE_VAL};
  Chapter chapter{.name = "01_x"};
  for (const double value : values) chapter.claims.push_back({"a", value, ">", value});
  save_chapter(folder_, chapter);
  const Chapter loaded = load_chapter(folder_ + "/01_x");
  for (std::size_t i = 0; i < std::size(values); ++i) {
    EXPECT_EQ(std::bit_cast<std::uint64_t>(loaded.claims.at(i).value),
              std::bit_cast<std::uint64_t>(values[i]));
    EXPECT_EQ(loaded.claims[i].bound, values[i]);
  }
}

TEST_F(Report, BytesThatAreNotUtf8AreReplaced) {
  save_chapter(folder_, {.name = "01_x",
                         .title = "a\xFF"
                                  "b"});
  EXPECT_EQ(load_chapter(folder_ + "/01_x").title, "a\uFFFDb");
}

TEST_F(Report, ThePageTellsTheStoryInOrder) {
  Chapter slope{.name = "02_slope", .title = "Slope", .claims = {{"a", 0, ">", 1}}};
  save_chapter(folder_, street());
  save_chapter(folder_, slope);
  const std::string path = write_report(
      folder_,
      {.title = "Gallery", .lead = "", .parts = {{"Part I", "01", "05"}, {"Part II", "06", "08"}}});
  EXPECT_EQ(path, folder_ + "/index.html");
  std::ifstream file(path);
  const std::string page((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto at = [&page](const std::string& words) { return page.find(words); };
  EXPECT_LT(at("<h2>Part I</h2>"), at("id=\"02_slope\""));
  EXPECT_LT(at("id=\"02_slope\""), at("<h2>More</h2>"));
  EXPECT_LT(at("<h2>More</h2>"), at("id=\"09_street\""));
  EXPECT_EQ(at("Part II"), std::string::npos);  // a part without chapters
  EXPECT_NE(at("A &lt;street&gt;"), std::string::npos);
  EXPECT_NE(at("<code>positions</code>"), std::string::npos);
  EXPECT_NE(at("<p>A back\\slash stays.</p>"), std::string::npos);
  EXPECT_NE(at("<tr><th scope=\"col\">asked</th><th scope=\"col\">a: b</th>"), std::string::npos);
  EXPECT_NE(at("<tr><th scope=\"row\">&lt;one&gt;</th><td>1</td>"), std::string::npos);
  EXPECT_NE(at("The claim does not hold"), std::string::npos);
  EXPECT_EQ(at("<script"), std::string::npos);
  EXPECT_EQ(at("src="), std::string::npos);
}

static bool has(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

// Pictures side by side are compared, however many; only a film needs its slider.
TEST_F(Report, OnlyAFilmHasASlider) {
  Picture row = side_by_side(std::vector<Picture>(4, bars({{"a", 1}})), {}, "Four of them");
  const auto page = [&] {
    save_chapter(folder_, {.name = "01_x", .figures = {{"row", row}}});
    return report_page({.title = "t", .lead = ""}, {load_chapter(folder_ + "/01_x")});
  };
  EXPECT_FALSE(has(page(), "<script>"));
  row.film = true;
  EXPECT_TRUE(has(page(), "<script>"));
  EXPECT_TRUE(has(page(), "class=\"panels film\" tabindex=\"0\""));
  EXPECT_TRUE(has(page(), "<p class=\"about\">Four of them</p>"));
}

TEST_F(Report, AChapterLinksToItsSource) {
  const auto page = [](const std::string& sources) {
    return report_page({.title = "t", .lead = "", .sources = sources}, {street()});
  };
  const std::string name = "<code>examples/09_street.cpp</code>";
  EXPECT_TRUE(has(page(""), "Source: " + name));
  EXPECT_TRUE(has(page("../a #b"),
                  "Source: <a href=\"../a%20%23b/examples/09_street.cpp\">" + name + "</a>"));
}

TEST_F(Report, AClaimThatWasNotJudgedIsNotSaidToHold) {
  const auto page = [this](bool held, bool judged) {
    const Claim first{"a", 1, ">", 0, /*judged=*/true, held},
        second{"b", 1, ">", 2, judged, judged};
    save_chapter(folder_, {.name = "01_x", .claims = {first, second}});
    return report_page({.title = "t", .lead = ""}, {load_chapter(folder_ + "/01_x")});
  };
  EXPECT_TRUE(has(page(true, true), "The claim holds."));
  EXPECT_FALSE(has(page(true, false), "The claim holds."));
  EXPECT_TRUE(has(page(true, false), "Too little training to judge all of this."));
  EXPECT_TRUE(has(page(false, false), "The claim does not hold."));
}

TEST_F(Report, NamesAreFileNames) {
  EXPECT_EQ(
      message_of([&] { save_chapter(folder_, {.name = "../x"}); }),
      "save_chapter: the chapter's name must be of letters, digits, '_' and '-', got '../x'.");
}

TEST_F(Report, ADamagedChapterIsNamed) {
  Chapter chapter = street();
  chapter.figures.pop_back();
  save_chapter(folder_, chapter);
  const std::string path = folder_ + "/09_street/chapter.json", good = contents(path);
  const auto message = [&] { return message_of([&] { load_chapter(folder_ + "/09_street"); }); };
  ASSERT_EQ(message(), "no error");
  const auto told = [&](const std::string& problem) {
    return "load_chapter: " + path + ": " + problem + ". Run its example again.";
  };
  // What stands in the file, what stands there instead, and what is said of it.
  const std::string damages[][3] = {
      {"\"title\"", "\"titel\"", "title must be text, got nothing"},
      {"\"A <street>\"", "7", "title must be text, got number"},
      {"\"value\": 1.0", "\"value\": \"one\"", "claims[0].value must be a number, got string"},
      {"\"value\": \"nan\"", "\"value\": null", "claims[1].value must be a number, got null"},
      {"\"held\": true", "\"held\": 1", "claims[0].held must be true or false, got number"},
      {"\"asked\"", "[[]]", "table must be rows of text, got something else"},
      {"\"table\": [", "\"table\": 1, \"other\": [", "table must be a list, got number"},
      {"\"figures\": [", "\"figures\": [[],", "figures[0] must be an object, got array"},
      {"\"name\": \"bars\"", "\"name\": \"../bars\"",
       "figures[0].name must be letters, digits, '_' and '-', got '../bars'"},
      {"\"panels\": 0", "\"panels\": -1", "figures[0].panels must be a count, got number"},
      {"0.95", "1e999", "number overflow parsing '1e999'"},
  };
  for (const auto& [words, others, problem] : damages) {
    ASSERT_NE(good.find(words), std::string::npos) << words;
    std::string text = good;
    save_text(text.replace(text.find(words), words.size(), others), path);
    EXPECT_EQ(message(), told(problem));
  }
  save_text("[]", path);
  EXPECT_EQ(message(), told("the top level must be an object, got array"));
  for (std::size_t size = 0; size + 2 < good.size(); size += 7) {  // cut short
    save_text(good.substr(0, size), path);
    EXPECT_TRUE(message().starts_with("load_chapter: " + path + ": parse error at line ")) << size;
    EXPECT_TRUE(message().ends_with(". Run its example again.")) << message();
  }
  save_text(good, path);
  fs::remove(folder_ + "/09_street/bars.svg");
  EXPECT_EQ(message(), "load_chapter: " + folder_ +
                           "/09_street/bars.svg must be readable, got 'No such file or "
                           "directory'. Run its example again.");
}

TEST_F(Report, AChapterNestedAMillionDeepIsRefused) {
  const std::string open(1'000'000, '['), close(1'000'000, ']');
  const std::string path = folder_ + "/01_x/chapter.json";
  for (const std::string& text : {open, open + close, "{\"title\": " + open + close + "}"}) {
    save_text(text, path);
    EXPECT_TRUE(message_of([&] { load_chapter(folder_ + "/01_x"); }).starts_with("load_chapter: "));
  }
}

TEST_F(Report, AnEmptyFolderHasNoPage) {
  EXPECT_EQ(message_of([&] { write_report(folder_, {.title = "", .lead = ""}); }),
            "write_report: " + folder_ + " must hold a chapter, got none. Run an example first.");
}

}  // namespace locus::course
