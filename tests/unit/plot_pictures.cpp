#include "nn/plot/picture.h"

#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <set>
#include <sstream>

#include "nn/plot/svg.h"
#include "tests/folder.h"
#include "tests/support.h"

namespace locus {

static size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

// Every tag that opens closes, in the right order; enough XML to catch a forgotten escape.
static bool well_formed(const std::string& xml) {
  std::vector<std::string> open;
  for (size_t at = xml.find('<'); at != std::string::npos; at = xml.find('<', at + 1)) {
    const size_t end = xml.find('>', at);
    if (end == std::string::npos || xml.find('<', at + 1) < end) return false;
    const std::string tag = xml.substr(at + 1, end - at - 1);
    const std::string name = tag.substr(0, tag.find_first_of(" \n/", 1));
    if (count(tag, "class=\"") > 1) return false;  // an attribute may stand only once
    if (tag[0] == '/') {
      if (open.empty() || "/" + open.back() != tag) return false;
      open.pop_back();
    } else if (tag.back() != '/') {
      open.push_back(name);
    }
  }
  return open.empty();
}

static std::vector<Picture> one_of_each() {
  const Tensor matrix({2, 3}, {-1, 0, 1, real(0.5), real(NAN), real(-0.5)});
  const std::string nasty = "a < b & \"c\"";
  return {
      heat_map(matrix, {.title = nasty, .x_title = nasty, .y_title = nasty, .rows = {nasty, "x"}}),
      scatter(
          Tensor({3, 2}, {0, 0, 1, 0, 0, 1}),
          {.title = nasty, .links = {{0, 1}}, .labels = {nasty, "1", "2"}, .values = {1, 2, 3}}),
      curves({{nasty, {1, 2, 3}, {1, NAN, 2}}, {"", {1, 2}, {2, 2}, true}},
             {.title = nasty, .x_title = nasty, .y_title = nasty}),
      bars({{nasty, 0.5}, {"b", -0.25, 3}}, {.title = nasty, .reference_label = nasty})};
}

TEST(Pictures, AreWellFormedAndEscapeEveryLabel) {
  for (const Picture& picture : one_of_each()) {
    EXPECT_TRUE(well_formed(picture.svg)) << picture.svg;
    EXPECT_EQ(count(picture.svg, "a < b"), 0u);
    EXPECT_GT(count(picture.svg, "a &lt; b &amp; &quot;c&quot;"), 0u);
  }
}

TEST(Pictures, AreSelfContainedAndNamed) {
  for (const Picture& picture : one_of_each()) {
    EXPECT_TRUE(picture.svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"360\""));
    EXPECT_EQ(count(picture.svg, "role=\"img\" aria-label=\"a &lt; b"), 1u);
    EXPECT_EQ(count(picture.svg, "viewBox="), 1u);
    EXPECT_EQ(count(picture.svg, " id="), 0u);  // two pictures on a page never collide
    EXPECT_EQ(count(picture.svg, "<script") + count(picture.svg, "href"), 0u);
    EXPECT_EQ(count(picture.svg, "nan"), 0u);
    EXPECT_GT(picture.height, 40);
  }
}

// Rows (1, 1, -1) and (-1, -1, -1): one run of two cells, one of one, one of three.
TEST(HeatMap, MergesEqualNeighboursIntoOneRectangle) {
  const std::string svg = heat_map(Tensor({2, 3}, {1, 1, -1, -1, -1, -1})).svg;
  const std::string red = palette_color(Palette::diverging, 1),
                    blue = palette_color(Palette::diverging, 0);
  EXPECT_EQ(count(svg, "<path fill=\"" + red + "\" d=\"M0 0h2v1h-2z\"/>"), 1u);
  EXPECT_EQ(count(svg, "<path fill=\"" + blue + "\" d=\"M2 0h1v1h-1zM0 1h3v1h-3z\"/>"), 1u);
}

TEST(HeatMap, WritesNumbersWhenAskedTo) {
  const Tensor values({1, 3}, {real(0.25), 1, real(NAN)});
  const Picture plain = heat_map(values, {.palette = Palette::sequential});
  const Picture numbered = heat_map(values, {.palette = Palette::sequential, .digits = 2});
  EXPECT_EQ(count(plain.svg, ">0.25</text>"), 0u);
  // White on the dark colour of 0.25, near black on yellow; nothing on the grey of NaN.
  EXPECT_EQ(count(numbered.svg, "fill=\"#ffffff\" text-anchor=\"middle\">0.25</text>"), 1u)
      << numbered.svg;
  EXPECT_EQ(count(numbered.svg, "fill=\"#111111\" text-anchor=\"middle\">1.00</text>"), 1u);
  EXPECT_EQ(count(numbered.svg, "nan"), 0u);
}

TEST(HeatMap, SaysWhatDoesNotFit) {
  EXPECT_EQ(message_of([] { heat_map(Tensor({4})); }),
            "heat_map: the values must have two axes and hold numbers, got the shape (4).");
  EXPECT_EQ(message_of([] {
              heat_map(Tensor({2, 2}), {.columns = {"a"}});
            }),
            "heat_map: column labels must be 2 or none, got 1.");
  EXPECT_EQ(message_of([] {
              heat_map(Tensor({2, 2}), {.low = 1, .high = 0});
            }),
            "heat_map: low must not be above high, got 1 and 0.");
}

TEST(Scatter, SaysWhatDoesNotFit) {
  EXPECT_EQ(message_of([] {
              scatter(Tensor({4, 3}));
            }),
            "scatter: points must have two coordinates each, got the shape (4, 3).");
  EXPECT_EQ(message_of([] {
              scatter(Tensor({2, 2}), {.labels = {"a"}});
            }),
            "scatter: labels, categories and values must be 2 or none, got 1, 0 and 0.");
  EXPECT_EQ(message_of([] {
              scatter(Tensor({2, 2}), {.categories = {0, 1}, .values = {0, 1}});
            }),
            "scatter: a point's colour must come from categories or from values, got both. Leave "
            "one empty.");
  EXPECT_EQ(message_of([] {
              scatter(Tensor({2, 2}), {.links = {{0, 2}}});
            }),
            "scatter: links must join points from 0 to 1, got 0 - 2.");
}

TEST(Scatter, PointsInOnePlaceAreDrawnThere) {
  EXPECT_EQ(count(scatter(Tensor({3, 2}, 1)).svg, "<circle cx=\"180\""), 3u);
}

TEST(Curves, SayWhatDoesNotFit) {
  EXPECT_EQ(message_of([] { curves({}); }), "curves: at least one curve is needed, got none.");
  EXPECT_EQ(message_of([] {
              curves({{"loss", {1, 2}, {1}}});
            }),
            "curves: 'loss' must have as many x as y, got 2 and 1.");
  EXPECT_EQ(message_of([] {
              curves(std::vector<Curve>(9, {"x", {1}, {1}}));
            }),
            "curves: at most 8 can be told apart, got 9. Make some of them quiet.");
  EXPECT_EQ(message_of([] {
              curves({{"x", {1}, {1}}}, {.log_y = true, .y_low = 0, .y_high = 1});
            }),
            "curves: y_low must be above 0 on a logarithmic axis, got 0.");
}

TEST(Curves, AGapIsLeftAtNan) {
  const std::string svg = curves({{"x", {0, 1, 2, 3, 4}, {0, 1, NAN, 1, 0}}}).svg;
  const size_t path = svg.find("<path d=\"");
  EXPECT_EQ(count(svg.substr(path, svg.find("\" fill", path) - path), "M"), 2u);
}

// From 10 to 1000 on an axis of powers, 100 is half way.
TEST(Curves, ALogarithmicAxisIsEvenInPowers) {
  const Picture picture =
      curves({{"", {10, 100, 1000}, {1, 2, 1}, /*marks=*/true}}, {.log_x = true});
  std::vector<double> places;
  for (size_t at = picture.svg.find("cx=\""); at != std::string::npos;
       at = picture.svg.find("cx=\"", at + 1)) {
    places.push_back(std::stod(picture.svg.substr(at + 4)));
  }
  ASSERT_EQ(places.size(), 3u);
  EXPECT_NEAR(places[1], (places[0] + places[2]) / 2, 0.2);
}

// One number alone stands in the middle; from half of it to twice it there is no second power of ten.
TEST(Curves, OneNumberHasRoomOnBothSides) {
  const Picture picture = curves({{"", {4}, {100}, /*marks=*/true}}, {.log_y = true});
  for (const char* tick : {">50<", ">100<", ">200<"})
    EXPECT_EQ(count(picture.svg, tick), 1u) << tick;
  EXPECT_EQ(count(curves({{"", {4}, {7}, /*marks=*/true}}).svg, "<circle"), 1u);
}

TEST(Curves, AQuietOneHasItsLabelAtItsEnd) {
  const std::vector<double> x = {1, 2}, gap = {1, NAN};
  EXPECT_EQ(count(curves({{"level", x, x, false, /*quiet=*/true}}).svg, ">level<"), 1u);
  EXPECT_EQ(count(curves({{"level", x, gap, false, /*quiet=*/true}, {"", x, x}}).svg, ">level<"),
            0u);
}

TEST(Bars, LongLabelsStandAboveTheirBars) {
  const auto height = [](const std::string& label) { return bars({{label, 1}}).height; };
  EXPECT_GT(height("a label that is longer than half of the picture"), height("short"));
  EXPECT_EQ(bars({{"a", 1}}, {.x_title = "share"}).height, bars({{"a", 1}}).height + 20);
}

TEST(HeatMap, LabelsTooWideForTheirColumnsAreTurned) {
  const std::vector<std::string> wide(12, "a wide label"), narrow(12, "x");
  EXPECT_EQ(count(heat_map(Tensor({1, 12}), {.columns = narrow}).svg, "rotate("), 0u);
  EXPECT_GT(count(heat_map(Tensor({1, 12}), {.columns = wide}).svg, "rotate("), 0u);
}

// Dots hold short labels; in a legend of many names the later ones stand in further rows.
TEST(Scatter, KindsHaveNamesInALegend) {
  const Tensor points({2, 2}, {0, 0, 1, 1});
  const ScatterOptions options = {.labels = {"1", "2"}, .categories = {0, 1}};
  const Picture plain = scatter(points, options);
  EXPECT_EQ(count(plain.svg, "<circle"), 2u);
  ScatterOptions named = options;
  named.category_names = {"one kind of place", "another kind of place", "a third kind of place"};
  const Picture with_names = scatter(points, named);
  EXPECT_EQ(count(with_names.svg, "<circle"), 5u);
  EXPECT_GE(with_names.height, plain.height + 36);  // two rows
}

TEST(Bars, SayWhatDoesNotFit) {
  EXPECT_EQ(message_of([] { bars({}); }), "bars: at least one bar is needed, got none.");
  EXPECT_EQ(message_of([] {
              bars({{"a", double(NAN)}});
            }),
            "bars: values must be finite, got nan for 'a'.");
}

TEST(SideBySide, HoldsEveryPictureAndItsTitle) {
  const Picture one = bars({{"a", 1}}),
                row = side_by_side({one, one, one}, {"first", "second", "third"});
  EXPECT_TRUE(well_formed(row.svg));
  EXPECT_EQ(row.panels.size(), 3u);
  EXPECT_EQ(count(row.svg, ">second</text>"), 1u);
  EXPECT_EQ(row.width, 3 * one.width + 2 * 8);
  EXPECT_EQ(message_of([&] {
              side_by_side({one}, {"a", "b"});
            }),
            "side_by_side: titles must be 1 or none, got 2.");
}

TEST(Save, MakesFoldersAndLeavesNothingElse) {
  const Folder folder;
  save_text("x", folder / "deep/a.svg");
  save_text("words", folder / "deep/a.svg");
  EXPECT_EQ(contents(folder / "deep/a.svg"), "words");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder / "deep"), {}), 1);
}

TEST(Save, SaysWhyItCannot) {
  const Folder folder;
  const std::string file = folder / "not_a_folder";
  save_text("x", file);
  EXPECT_EQ(
      message_of([&] { save_text("x", file + "/a.svg"); }),
      "save: " + file + "/a.svg must be writable, got 'Not a directory'. Choose another folder.");
}

TEST(Save, AFolderInTheWayIsNamedAndStays) {
  const Folder folder;
  fs::create_directories(folder / "picture.svg/full");
  const std::string path = folder / "picture.svg";
  const std::string message = message_of([&] { save_text("x", path); });
  EXPECT_EQ(message.find("save: " + path + " must be writable, got '"), 0u) << message;
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"picture.svg"}));
}

// A limit on the size of files stands for a disk that is full.
TEST(Save, AFullDiskIsToldAndLeavesTheOldFile) {
  const Folder folder;
  const std::string path = folder / "full.txt";
  save_text("old", path);
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small = {1000, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string message = message_of([&] { save_text(std::string(1 << 20, 'x'), path); });
  EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(message,
            "save: " + path + " must be writable, got 'File too large'. Choose another folder.");
  EXPECT_EQ(contents(path), "old");
}

TEST(TerminalHeatMap, PutsTwoRowsOnOneLineAndEnlargesSmallOnes) {
  const std::string small = terminal_heat_map(Tensor({2, 2}, {-1, 1, 1, -1}));
  EXPECT_EQ(count(small, "\n"), 4u);  // 2 rows, 4 times as large, 2 on a line
  EXPECT_EQ(count(small, "▀"), 32u);  // 4 lines of 8
  const std::string large = terminal_heat_map(Tensor({200, 100}));
  EXPECT_EQ(count(large, "\n"), 20u);  // 40 rows at most
  EXPECT_EQ(count(large, "▀"), 800u);
}

// --- tiles ---------------------------------------------------------------------------------------

// A grid of 2 x 3 whose places know themselves alone: every tile is a white grid with one red cell,
// and that moves on from tile to tile.
TEST(Tiles, EachIsTheGridAsOneOfItsPlacesSeesIt) {
  Tensor self({6, 6});
  for (Index i = 0; i < 6; ++i) self.at({i, i}) = 1;
  const Picture picture = tiles(self, 2, 3, {.title = "Tiles"});
  EXPECT_TRUE(well_formed(picture.svg));
  EXPECT_EQ(count(picture.svg, "<g transform"), 6u);
  const std::string red = palette_color(Palette::diverging, 1);
  for (Index i = 0; i < 2; ++i) {
    for (Index j = 0; j < 3; ++j)
      EXPECT_EQ(
          count(picture.svg, fmt::format("<path fill=\"{}\" d=\"M{} {}h1v1h-1z\"/>", red, j, i)),
          1u);
  }
}

// 5 of 9 places down fit by taking every second, 4 of 7 across.
TEST(Tiles, OfALargeGridAFewAreChosenEvenly) {
  const Picture picture = tiles(Tensor({63, 63}), 9, 7, {.most = 5});
  EXPECT_EQ(count(picture.svg, "<g transform"), 5u * 4u);
  EXPECT_EQ(count(picture.svg, ">8<"), 1u);  // the last row drawn
  Tensor self({63, 63});
  for (Index i = 0; i < 63; ++i) self.at({i, i}) = 1;
  const std::string drawn = tiles(self, 9, 7, {.most = 5}).svg;
  const std::string red = palette_color(Palette::diverging, 1);
  for (Index i = 0; i < 63; ++i) {
    const Index row = i / 7, column = i % 7;
    const std::string cell = fmt::format("{}\" d=\"M{} {}h1v1h-1z\"", red, column, row);
    EXPECT_EQ(count(drawn, cell), row % 2 == 0 && column % 2 == 0 ? 1u : 0u)
        << row << ", " << column;
  }
}

TEST(Tiles, WantAGridOfAllPlaces) {
  EXPECT_EQ(message_of([] {
              tiles(Tensor({6, 6}), 2, 2);
            }),
            "tiles: a grid of all 6 places and at least 1 tile each way, got 2 x 2 and 8.");
  EXPECT_EQ(message_of([] {
              tiles(Tensor({6, 4}), 2, 3);
            }),
            "tiles: the similarity must be square, got the shape (6, 4).");
}

TEST(Svg, NumbersAreShort) {
  EXPECT_EQ(pixels(12.04), "12");
  EXPECT_EQ(pixels(-0.04), "0");
  EXPECT_EQ(pixels(3.46), "3.5");
  EXPECT_EQ(axis_number(-0.25), "−0.25");
  EXPECT_EQ(axis_number(1e-6), "10⁻⁶");
  EXPECT_EQ(axis_number(2e7), "2·10⁷");
  EXPECT_EQ(axis_numbers({1e-4, 1}, true), (std::vector<std::string>{"10⁻⁴", "10⁰"}));
  EXPECT_EQ(axis_numbers({0.1, 1, 10}, true), (std::vector<std::string>{"0.1", "1", "10"}));
}

TEST(Svg, TicksAreRound) {
  EXPECT_EQ(ticks({0, 1500}), (std::vector<double>{0, 500, 1000, 1500}));
  EXPECT_EQ(ticks({-1, 1}, 4), (std::vector<double>{-1, -0.5, 0, 0.5, 1}));
  EXPECT_EQ(ticks({1, 1000}, 5, true), (std::vector<double>{1, 10, 100, 1000}));
  EXPECT_EQ(ticks({650, 950}, 3, true), (std::vector<double>{700, 800, 900}));  // none of 1, 2, 5
}

// Steps of 1e-17 added to 0.3 would change nothing, and never reach the end.
TEST(Svg, AFlatRangeHasOneTick) {
  for (const double low : {1.0, -0.3, 1e300}) {
    EXPECT_EQ(ticks({low, std::nextafter(low, 1e301)}), std::vector<double>{low});
    EXPECT_EQ(ticks({low, low}), std::vector<double>{low});
  }
  const Picture flat = curves({{"loss", {0, 1}, {0.3, 0.1 + 0.2}}});
  const Picture level = curves({{"loss", {0, 1}, {0.3, 0.3}}});
  EXPECT_EQ(flat.svg.size(), level.svg.size());  // no slope
}

TEST(Svg, NeighbouringTicksReadDifferently) {
  for (const auto [low, high] :
       {Range{100'000, 110'000}, Range{1, 1.000002}, Range{1e-5, 1.1e-5}}) {
    const std::vector<std::string> words = axis_numbers(ticks({low, high}), false);
    EXPECT_GE(words.size(), 3u);
    EXPECT_EQ(std::set<std::string>(words.begin(), words.end()).size(), words.size()) << words[0];
  }
}

TEST(HeatMap, LongLabelsAreCutToLeaveRoomForTheCells) {
  const std::string name = "distilbert.embeddings.position_embeddings.weight";
  const Picture picture =
      heat_map(Tensor({6, 6}), {.rows = {name, "ü" + name, "c", "d", "e", "f"}});
  EXPECT_EQ(picture.svg.find(name), std::string::npos);
  EXPECT_NE(picture.svg.find("distilbert.emb"), std::string::npos);
  EXPECT_NE(picture.svg.find("…"), std::string::npos);
}

TEST(HeatMap, ALabelIsCutBetweenTwoLetters) {
  std::string letters;
  for (int i = 0; i < 60; ++i) letters += "ü";
  const std::string svg = heat_map(Tensor({1, 2}), {.rows = {letters}}).svg;
  EXPECT_NE(svg.find("ü…<"), std::string::npos) << svg;
  EXPECT_EQ(svg.find("\uFFFD"), std::string::npos);  // in place of what is no UTF-8
}

TEST(Svg, BytesThatAreNoTextAreReplaced) {
  EXPECT_EQ(escape("a\xE2\x80z<ü"), "a\uFFFD\uFFFDz&lt;ü");
  EXPECT_EQ(escape("a\x01\n"), "a \n");
}

TEST(Svg, ZeroIsNeutralAndTheEndsAreEquallyDark) {
  const std::string white = palette_color(Palette::diverging, 0.5);
  EXPECT_EQ(white.substr(1, 2), white.substr(3, 2));
  EXPECT_EQ(white.substr(1, 2), white.substr(5, 2));
  EXPECT_EQ(readable_on(white), "#111111");
  EXPECT_EQ(readable_on(palette_color(Palette::diverging, 0)), "#ffffff");
  EXPECT_EQ(palette_color(Palette::sequential, NAN), "#a8a8a8");
  EXPECT_EQ(palette_color(Palette::sequential, 7), palette_color(Palette::sequential, 1));
}

TEST(Svg, IdeographsAreWiderThanLetters) {
  EXPECT_GT(text_width("日本"), text_width("ab"));
  EXPECT_EQ(text_width("日本"), 2 * text_width("日"));
}

TEST(Svg, LongHeadingsAreWrapped) {
  EXPECT_EQ(wrapped("one two three", text_width("one two")),
            (std::vector<std::string>{"one two", "three"}));
}

// (4, 2) to (2, 2): the mean of two rows each; infinity does not count.
TEST(Svg, ShrunkAveragesBlocks) {
  const Tensor matrix({4, 2}, {1, 2, 3, 4, 5, real(INFINITY), 7, 8});
  EXPECT_EQ(numbers(shrunk(matrix, 2, 2)), (std::vector<real>{2, 3, 6, 8}));
}

}  // namespace locus
