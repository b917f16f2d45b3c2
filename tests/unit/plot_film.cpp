#include "nn/plot/film.h"

#include "tests/support.h"

namespace locus {

// 1000 (i/4)²: 0, 62.5, 250, 562.5, 1000.
TEST(Film, KeepsTheFirstTheLastAndGrowingStepsBetween) {
  EXPECT_EQ(Film(1001, 5).steps, (std::vector<Index>{0, 63, 250, 563, 1000}));
  EXPECT_EQ(Film(3, 8).steps, (std::vector<Index>{0, 1, 2}));
  EXPECT_EQ(Film(1).steps, (std::vector<Index>{0}));
}

TEST(Film, KeepsWhatATableWasWhenItChangesLater) {
  Film film(10, 2);
  Tensor table({2, 2});
  for (Index step = 0; step < 10; ++step) {
    film.see(step, table);
    table.at({0, 0}) += 1;
  }
  EXPECT_EQ(film.seen, (std::vector<Index>{0, 9}));
  EXPECT_EQ(film.tables[0](0, 0), 0);
  EXPECT_EQ(film.tables[1](0, 0), 9);
}

TEST(Film, DrawsOnePanelPerTable) {
  Film film(100, 5);
  for (Index step = 0; step < 100; ++step) film.see(step, Tensor({2, 2}, real(step)));
  int drawn = 0;
  const auto draw = [&](const Tensor& table) {
    ++drawn;
    return heat_map(table, {.low = -100, .high = 100});
  };
  const Picture picture = film.picture(draw, "A map appears");
  EXPECT_EQ(drawn, 5);
  EXPECT_EQ(picture.panels.size(), 5u);
  EXPECT_NE(picture.svg.find("step 100"), std::string::npos);
  EXPECT_NE(picture.svg.find("A map appears"), std::string::npos);
}

TEST(Film, NeedsStepsFramesAndTables) {
  EXPECT_EQ(message_of([] { Film(0); }), "Film: at least 1 step and 2 frames, got 0 and 8.");
  EXPECT_EQ(message_of([] { Film(5, 1); }), "Film: at least 1 step and 2 frames, got 5 and 1.");
  EXPECT_EQ(message_of([] { Film(5).picture([](const Tensor& t) { return heat_map(t); }); }),
            "Film: at least one table, got none. Call see at every step.");
}

}  // namespace locus
