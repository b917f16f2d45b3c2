// Claim: a table that has lived through days draws a dial, and 23 o'clock stands beside 0 again.
// As 09_street, but the street is closed: the places are the hours of a day, and the last one
// touches the first. Nobody says so, and the hours' numbers are as far apart as they can be.
// Breakpoint: locus::pca, after training: `table` holds the dial in 16 dimensions, two suffice.
// Try: world.streets.pop_back() after ring(): nothing spreads past midnight, and the dial opens.
#include <cmath>
#include <complex>
#include <numbers>

#include "examples/support/lesson.h"
#include "examples/support/world.h"
#include "nn/inspect/compare.h"
#include "nn/inspect/map.h"

using namespace locus;
using namespace locus::course;

static constexpr double full_turn = 2 * std::numbers::pi;

struct Dial {
  double in_order;   // the share of hours whose next one comes next around the dial
  double resultant;  // 1: every hour stands at its angle of an even dial; 0: anywhere
  double spread;     // of the radii: deviation / mean; 0: a circle
};

// The dial that points around their mean draw, whichever way it runs.             (n, 2) -> Dial
static Dial read_dial(const Tensor& points) {
  const Index n = points.shape()[0];
  std::vector<std::complex<double>> hands;
  double mean = 0, square = 0;
  for (Index i = 0; i < n; ++i) {
    hands.emplace_back(points(i, 0), points(i, 1));
    mean += std::abs(hands.back()) / double(n);
    square += std::norm(hands.back()) / double(n);
  }
  Dial dial{0, 0, std::sqrt(std::max(square - mean * mean, 0.0)) / mean};
  for (const double way : {1.0, -1.0}) {  // clockwise, or against
    const auto angle = [&](Index i) { return way * std::arg(hands[size_t(i % n)]); };
    // How far hour i + k stands after hour i, from 0 to a full turn.
    const auto after = [&](Index i, Index k) {
      const double turn = angle(i + k) - angle(i);
      return turn < 0 ? turn + full_turn : turn;
    };
    Index next = 0;
    std::complex<double> sum = 0;
    for (Index i = 0; i < n; ++i) {
      bool first = true;  // no other hour between i and i + 1
      for (Index k = 2; k < n; ++k) first = first && after(i, 1) < after(i, k);
      next += first;
      sum += std::polar(1.0, angle(i) - full_turn * double(i) / double(n));
    }
    dial.in_order = std::max(dial.in_order, double(next) / double(n));
    dial.resultant = std::max(dial.resultant, std::abs(sum) / double(n));
  }
  return dial;
}

int main(int argc, char** argv) try {
  Lesson lesson("11_clock", "A clock", "24 hours that nobody arranged draw a dial.");
  lesson.rests_on({"midnight", "training"});
  lesson.begin(argc, argv);

  constexpr Index hours = 24;
  World world = ring(hours);
  if (lesson.without("midnight")) world.streets.pop_back();
  const Readings readings(world, real(0.3), /*spreads=*/30);
  const Training training = {
      .steps = lesson.steps(1000, 600), .batch = 32, .learning_rate = real(5e-3)};

  Rng rng = lesson.rng();
  Transformer model = guesser(hours, 16, /*position_stddev=*/real(0.002), rng);
  const real loss = train(model, readings, training, rng, [&](Index step, real now) {
    lesson.progress(step, training.steps, fmt::format("loss {:.3f}", now));
  });
  const Tensor& table = model.learned_positions().weight.value();
  const Tensor similarity = cosine_similarity(table);
  const Components components = pca(table, 2);
  const Dial dial = read_dial(components.points);
  double opposite = 0;
  for (Index i = 0; i < hours; ++i) opposite += similarity(i, (i + hours / 2) % hours) / hours;
  lesson.say(
      "loss {:.3f} (guessing blindly: {:.3f}); two of 16 dimensions hold {:.0f} % of the table",
      loss, std::log(4.0), 100 * sum(components.explained).item());
  lesson.show(similarity);
  lesson.exactly("share of hours in order around the dial", dial.in_order, 1,
                 Lesson::Needs::training);
  lesson.above("angles against an even dial, mean resultant", dial.resultant, 0.97,
               Lesson::Needs::training);
  lesson.below("spread of the radii", dial.spread, 0.1, Lesson::Needs::training);
  lesson.above("similarity of 23 and 0 o'clock", similarity(hours - 1, 0), 0.8,
               Lesson::Needs::training);
  lesson.below("similarity of opposite hours", opposite, -0.9, Lesson::Needs::training);

  const Alignment map = procrustes(components.points, world.truth);
  ScatterOptions options = {.links = world.streets, .values = {}, .value_title = "hour"};
  std::vector<std::vector<double>> rows;
  for (Index i = 0; i < hours; ++i) {
    options.labels.push_back(fmt::format("{}", i));
    options.values.push_back(double(i));
    rows.push_back({double(i), double(map.aligned(i, 0)), double(map.aligned(i, 1))});
  }
  options.title = "The dial, drawn by the table";
  lesson.picture("dial", scatter(map.aligned, options),
                 "The table's first two components, turned so that midnight is at the top.");
  lesson.picture(
      "similarity",
      heat_map(similarity,
               {.title = "How alike the hours' vectors are", .x_title = "hour", .y_title = "hour"}),
      "The corners are red: 23 o'clock and midnight are neighbours. Hours twelve apart "
      "are opposites, in blue.");
  lesson.table("dial", {"hour", "x", "y"}, rows);
  return lesson.finish(
      "Number the hours of a day, and 23 is as far from 0 as numbers go. Live through some days, "
      "and you know better: late evening feels like midnight. The table lived through them. It "
      "guessed hidden readings that carry over from hour to hour, midnight included, and it laid "
      "its vectors out in a circle, evenly, noon opposite midnight.\n\n"
      "It is the same program that drew a line for the street. The table has no idea of lines or "
      "circles; it takes the shape of the world it is used in.");
} catch (const std::exception& error) {
  return Lesson::failed(error);
}
