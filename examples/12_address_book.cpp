// Claim: solving a task is not drawing a map. The street's sensors again, the same model, the same
// start; only the question differs. To say what was read k places back, the model needs to find
// every place, and nothing says that near places are alike: the table becomes an address book.
// Breakpoint: locus::neighbour_cosine, three times: the same table's shape, another table.
// Try: --back 2 8 16, or any other distances: still no bands.
#include "autograd/ops.h"
#include "examples/support/lesson.h"
#include "examples/support/tasks.h"
#include "examples/support/world.h"

using namespace locus;
using namespace locus::course;

static constexpr Index places = 32;

int main(int argc, char** argv) try {
  Lesson lesson("12_address_book", "An address book", "Solving a task is not drawing a map.");
  std::vector<Index> backs = {1, 4};
  lesson.flag("--back", backs, "how many places back to copy from").between(1, 24);
  lesson.rests_on({"copying", "training"});
  lesson.begin(argc, argv);

  const World world = street(places);
  const Readings readings(world, real(0.3), /*spreads=*/16);
  const Training training = {
      .steps = lesson.steps(1000, 600), .batch = 32, .learning_rate = real(5e-3)};

  // The street of 09 first, then each distance. 0 stands for the street.
  std::vector<Index> questions = {0};
  questions.insert(questions.end(), backs.begin(), backs.end());
  std::vector<Picture> maps;
  std::vector<std::string> titles;
  std::vector<std::vector<double>> rows;
  double least_right = 1, most_alike = -1;
  for (const Index back : questions) {
    const bool copying = back > 0 && !lesson.without("copying");
    const std::string title =
        back == 0 ? "guess what is hidden" : fmt::format("copy {} back", back);
    Rng rng = lesson.rng(std::uint64_t(back));
    Transformer model = guesser(places, 16, /*position_stddev=*/real(0.002), rng);
    const auto draw = [&](Index n) {
      if (copying) return recall(back, n, places, Readings::levels, rng);
      const Puzzle puzzle = puzzle_of(readings.draw(n, rng), rng);
      return Problem{puzzle.given, puzzle.hidden};
    };
    const real loss = train(
        model, training,
        [&](Index batch) {
          const Problem problem = draw(batch);
          return cross_entropy(model(problem.ids), problem.answers);
        },
        [&](Index step, real now) {
          lesson.progress(step, training.steps, fmt::format("{}, loss {:.3f}", title, now));
        });
    const NoGrad inference;
    const Problem unseen = draw(500);
    const double right = accuracy(model(unseen.ids).value(), unseen.answers);
    const Tensor similarity = cosine_similarity(model.learned_positions().weight.value());
    const double alike = neighbour_cosine(similarity, world.streets);
    lesson.say("{:<20}  loss {:.4f}, right {:.3f}, similarity of neighbours {:5.2f}, found {:.2f}",
               title, loss, right, alike, neighbour_recovery(similarity, world.streets));
    if (back == 0)
      lesson.above("on the street: similarity of neighbours", alike, 0.8, Lesson::Needs::training);
    else
      least_right = std::min(least_right, right), most_alike = std::max(most_alike, alike);
    maps.push_back(heat_map(similarity, {.x_title = "place", .y_title = "place"}));
    titles.push_back(fmt::format("{}: {:.2f}", title, alike));
    rows.push_back({double(back), loss, right, alike});
  }
  lesson.above("copying: right answers, the worse distance", least_right, 0.99,
               Lesson::Needs::training);
  lesson.below("copying: similarity of neighbours, the higher", most_alike, 0.3,
               Lesson::Needs::training);

  lesson.picture("similarity", side_by_side(maps, titles, "The same street, asked differently"),
                 "The bands on the left are a map. The others solve their task without a mistake "
                 "and have only a diagonal: every place is like itself.");
  lesson.table("questions", {"back", "loss", "right", "similarity_of_neighbours"}, rows);
  return lesson.finish(
      "A postman who knows every door by heart need not know the town. Asked what stood four "
      "doors back, the model learns to find that very door, without a single mistake; and then "
      "one address is as good as another, as long as no two are mixed up. So its vectors point "
      "anywhere, and doors side by side have nothing in common.\n\n"
      "On the street it was different: there a near sensor is nearly as good to ask as the right "
      "one, and only that makes near vectors alike. A table shows what its task needed. If a "
      "model's positions look like noise, it may still know exactly where everything is.");
} catch (const std::exception& error) {
  return Lesson::failed(error);
}
