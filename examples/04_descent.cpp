// Claim: momentum and Adam turn a narrow valley into a slope.
// The valley is 300 times as steep across as along. Each optimizer gets the learning rate that
// suits it best, out of the same list, and walks until it stays at the bottom.
// Breakpoint: locus::Sgd::step, `next` to the update, `print velocity_[0]`: what swings across
// cancels out, what points along the valley adds up.
// Try: --tilt 45. Adam scales each coordinate by itself, which suits a valley along an axis; when
// the valley lies across them it loses its lead on momentum. Momentum does not notice.
#include <cmath>
#include <numbers>

#include "autograd/ops.h"
#include "examples/support/lesson.h"
#include "nn/optim/optimizer.h"

using namespace locus;
using namespace locus::course;

enum class Kind { descent, momentum, adam };

static std::unique_ptr<Optimizer> make(Kind kind, const Variable& place, real rate) {
  const std::vector<NamedParameter> parameters = {{"place", place}};
  if (kind == Kind::adam)
    return std::make_unique<Adam>(parameters, AdamOptions{.learning_rate = rate});
  const real momentum = kind == Kind::momentum ? real(0.9) : real(0);  // as Adam's beta1
  return std::make_unique<Sgd>(parameters, SgdOptions{.learning_rate = rate, .momentum = momentum});
}

struct Valley {
  Tensor turn;       // (2, 2) from places to coordinates along and across the valley
  Tensor steepness;  // (2)
  // height = (steepness_0 along² + steepness_1 across²) / 2                        (2) -> ()
  Variable height(const Variable& place) const {
    const Variable turned = matmul(turn, reshape(place, {2, 1}));
    return sum(reshape(turned, {2}) * reshape(turned, {2}) * steepness) * real(0.5);
  }
};

struct Walk {
  real rate;
  Index steps;  // until the height stays below the bottom; `longest` if it does not
  std::vector<double> x = {}, y = {}, height = {};  // step by step
};

// Walks `longest` steps from the start. The bottom is 10,000 times lower than it.
static Walk walk(const Valley& valley, const Tensor& start, Kind kind, real rate, Index longest) {
  const Variable place = Parameter(start, "place");
  const std::unique_ptr<Optimizer> optimizer = make(kind, place, rate);
  Walk result{rate, 0};
  const real bottom = valley.height(place).item() / 10000;
  for (Index step = 0; step < longest; ++step) {
    const Variable height = valley.height(place);
    if (!(height.item() <= bottom)) result.steps = step + 1;  // above it, or off to infinity
    if (!std::isfinite(height.item())) return {rate, longest};
    result.x.push_back(place.value()(0)), result.y.push_back(place.value()(1));
    result.height.push_back(height.item());
    optimizer->zero_grad();
    height.backward();
    optimizer->step();
  }
  return result;
}

int main(int argc, char** argv) try {
  Lesson lesson("04_descent", "Down a narrow valley",
                "Momentum and Adam turn a narrow valley into a slope.");
  double tilt = 0;
  lesson.flag("--tilt", tilt, "of the valley against the axes, in degrees").between(-90, 90);
  lesson.rests_on({"narrowness", "axes"});
  lesson.begin(argc, argv);
  if (lesson.without("axes")) tilt = 45;
  const real across = lesson.without("narrowness") ? 1 : 300;

  const double angle = tilt * std::numbers::pi / 180;
  const real c = real(std::cos(angle)), s = real(std::sin(angle));
  const Valley valley{Tensor({2, 2}, {c, s, -s, c}), Tensor({2}, {1, across})};
  // The start is one high, which comes half from along and half from across, give or take a third:
  // straight down the middle of the valley nobody would need help.
  Rng rng = lesson.rng();
  const double share = 0.5 + (rng.uniform() - 0.5) / 3;
  const real along = real(std::sqrt(2 * share)) * (rng.below(2) == 0 ? -1 : 1);
  const real aside = real(std::sqrt(2 * (1 - share) / across)) * (rng.below(2) == 0 ? -1 : 1);
  const Tensor start({2}, {c * along - s * aside, s * along + c * aside});

  constexpr Index longest = 1000;
  const char* names[] = {"plain descent", "momentum", "Adam"};
  std::vector<Walk> best;
  std::vector<std::vector<double>> rows;
  for (const Kind kind : {Kind::descent, Kind::momentum, Kind::adam}) {
    Walk fewest{0, longest + 1};
    for (int i = 0; i <= 40; ++i) {  // 0.0005, 0.0006, .. 0.5
      const real rate = real(0.0005 * std::pow(2.0, 0.25 * i));
      const Walk tried = walk(valley, start, kind, rate, longest);
      rows.push_back({double(kind), rate, double(tried.steps)});
      if (tried.steps < fewest.steps) fewest = tried;
    }
    lesson.say("{:<14} best rate {:.4f}, {} steps to the bottom", names[int(kind)], fewest.rate,
               fewest.steps);
    best.push_back(fewest);
  }
  lesson.below("steps of momentum, as a share of plain descent's",
               double(best[1].steps) / double(best[0].steps), 0.5);
  lesson.below("steps of Adam, as a share of momentum's",
               double(best[2].steps) / double(best[1].steps), 1);

  // Contour lines: where sqrt(2 height) is 0.25, 0.5, ..
  std::vector<Curve> contours;
  for (int level = 1; level <= 6; ++level) {
    Curve line{.label = "", .x = {}, .y = {}, .quiet = true};
    for (int i = 0; i <= 120; ++i) {
      const double turn = 2 * std::numbers::pi * i / 120, size = 0.25 * level;
      const double u = size * std::cos(turn), v = size * std::sin(turn) / std::sqrt(across);
      line.x.push_back(c * u - s * v), line.y.push_back(s * u + c * v);
    }
    contours.push_back(line);
  }
  std::vector<Picture> paths;
  std::vector<std::string> titles;
  std::vector<Curve> heights;
  for (std::size_t i = 0; i < best.size(); ++i) {
    const Walk& walked = best[i];
    std::vector<Curve> lines = contours;
    lines.push_back({.label = "one dot a step", .x = walked.x, .y = walked.y, .marks = true});
    paths.push_back(curves(lines, {.x_title = "along the valley", .y_title = "across"}));
    titles.push_back(fmt::format("{}: {} steps", names[i], walked.steps));
    Curve height{.label = names[i], .x = {}, .y = {}};
    for (std::size_t t = 0; t < walked.height.size() && t <= 200; ++t)
      height.x.push_back(double(t)), height.y.push_back(walked.height[t]);
    heights.push_back(height);
  }
  lesson.picture("paths", side_by_side(paths, titles, "Three ways down a narrow valley"),
                 "Contour lines in grey, the bottom in the middle. The pictures are stretched "
                 "upwards: in truth the valley is far narrower.");
  lesson.picture("height", curves(heights, {.title = "How high above the bottom",
                                            .x_title = "step",
                                            .y_title = "height",
                                            .log_y = true,
                                            .y_low = 1e-5,
                                            .y_high = 1.5}));
  lesson.table("rates", {"optimizer", "rate", "steps"}, rows);
  return lesson.finish(
      "Let a ball roll into a gorge. Plain descent only knows the slope under its feet, and that "
      "points at the other wall: it must tread carefully not to be thrown out, and so it creeps "
      "along the floor. Momentum remembers. What swings from wall to wall cancels out, what "
      "points down the gorge adds up, step after step.\n\n"
      "Adam goes further and measures each direction in its own unit, so that a gorge along an "
      "axis is as good as a bowl. Only along an axis: turn the valley and its lead is gone. "
      "And in a round bowl plain descent beats both, as there is nothing to remember.");
} catch (const std::exception& error) {
  return Lesson::failed(error);
}
