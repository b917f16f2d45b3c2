#include "examples/support/report.h"

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
          .number = "recovery 1.00 > 0.95\ncosine 0.94 > 0.8",
          .paragraph = "The table `positions` fills.\n\nA back\\slash stays.",
          .source = "examples/09_street.cpp",
          .table = {{"asked", "a: b", ""}, {"<one>", "1", "2\n3"}},
          .figures = {{"bars", picture, "One & all."},
                      {"row", side_by_side({picture, picture}, {"left", "right"}), ""}},
          .ok = true};
}

TEST_F(Report, AChapterComesBackAsItWasSaved) {
  const Chapter chapter = street();
  save_chapter(folder_, chapter);
  const Chapter loaded = load_chapter(folder_ + "/09_street/");
  EXPECT_EQ(loaded.name, chapter.name);
  EXPECT_EQ(loaded.title, chapter.title);
  EXPECT_EQ(loaded.claim, chapter.claim);
  EXPECT_EQ(loaded.number, chapter.number);
  EXPECT_EQ(loaded.paragraph, chapter.paragraph);
  EXPECT_EQ(loaded.source, chapter.source);
  EXPECT_EQ(loaded.table, chapter.table);
  EXPECT_TRUE(loaded.ok);
  ASSERT_EQ(loaded.figures.size(), 2u);
  EXPECT_EQ(loaded.figures[0].caption, "One & all.");
  EXPECT_EQ(loaded.figures[0].picture.svg, chapter.figures[0].picture.svg);
  EXPECT_EQ(loaded.figures[0].picture.width, 360);
  EXPECT_EQ(loaded.figures[0].picture.title, "Bars");
  ASSERT_EQ(loaded.figures[1].picture.panels.size(), 2u);
  EXPECT_EQ(loaded.figures[1].picture.panels[1].svg, chapter.figures[1].picture.panels[1].svg);
}

TEST_F(Report, ThePageTellsTheStoryInOrder) {
  Chapter slope{.name = "02_slope", .title = "Slope", .number = "0 > 1"};
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
  const auto page = [this](bool ok, bool judged) {
    save_chapter(folder_, {.name = "01_x", .number = "a: 1 > 0", .ok = ok, .judged = judged});
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
  save_chapter(folder_, {.name = "01_tensor", .title = "t"});
  const std::string path = folder_ + "/01_tensor/chapter.txt";
  save_text("title: t\nnonsense\n", path);
  EXPECT_EQ(message_of([&] { load_chapter(folder_ + "/01_tensor"); }),
            "load_chapter: " + path +
                ", line 2, must be a known 'key: value', got 'nonsense'. Run its "
                "example again.");
  for (const std::string words : {"about: no figure yet", "mood: good"}) {
    save_text("title: t\n" + words + "\n", path);
    const std::string message = message_of([&] { load_chapter(folder_ + "/01_tensor"); });
    EXPECT_NE(message.find("got '" + words + "'"), std::string::npos) << message;
  }
  save_text("<svg width=\"1\" height=\"1\"></svg>", folder_ + "/01_tensor/there.svg");
  save_text("figure: there\nmood: good\n", path);
  EXPECT_NE(message_of([&] { load_chapter(folder_ + "/01_tensor"); }).find("got 'mood: good'"),
            std::string::npos);
  save_text("figure: gone\n", path);
  EXPECT_EQ(message_of([&] { load_chapter(folder_ + "/01_tensor"); }),
            "load_chapter: " + folder_ +
                "/01_tensor/gone.svg must be readable, got 'No such file or directory'. Run its "
                "example again.");
}

TEST_F(Report, AnEmptyFolderHasNoPage) {
  EXPECT_EQ(message_of([&] { write_report(folder_, {.title = "", .lead = ""}); }),
            "write_report: " + folder_ + " must hold a chapter, got none. Run an example first.");
}

}  // namespace locus::course
