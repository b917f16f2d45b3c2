// Claim: the chain rule walks the graph backwards: every edge's gradient equals its nudged slope.
// Breakpoint: `break 03_graph.cpp:106`, the walk: what has come to a node, what goes on.
// Try: make the loss along(11, e) + along(12, e). Both last gradients become 1, and all behind them
// lose the error as a factor: the gradient of a plain error does not know how wrong the neuron is.
#include <cmath>
#include <limits>

#include "autograd/draw.h"
#include "autograd/node.h"
#include "autograd/ops.h"
#include "examples/support/lesson.h"
#include "nn/plot/svg.h"

using namespace locus;
using namespace locus::course;
struct Place {  // of a node in the picture
  const char* name;
  double x, y;
  std::vector<size_t> from = {};  // the nodes it is computed from
};
// clang-format off
static const std::vector<Place> places = {
    {"x1", 50, 40}, {"w1", 130, 40}, {"x2", 210, 40}, {"w2", 290, 40},
    {"b", 270, 176}, {"t", 290, 312},
    {"x1 w1", 90, 108, {0, 1}}, {"x2 w2", 250, 108, {2, 3}}, {"sum", 130, 176, {6, 7}},
    {"sum + b", 180, 244, {8, 4}}, {"tanh", 180, 312, {9}}, {"error", 235, 380, {10, 5}},
    {"error²", 235, 456, {11, 11}}};
// clang-format on
static constexpr size_t leaves = 6;

struct Flow {              // along an edge, against its direction
  size_t from, to, input;  // the input of `to` that `from` is
  double gradient = 0, nudged = 0;
};

// One neuron, loss = (tanh(x1 w1 + x2 w2 + b) - t)²: all nodes, leaves first. The number that runs
// along edge `nudged` is moved by `nudge` on its way; the node it comes from stays as it is.
static std::vector<Variable> neuron(const std::vector<Variable>& leaf, size_t nudged = 99,
                                    real nudge = 0) {
  const auto along = [=](size_t edge, const Variable& v) { return edge == nudged ? v + nudge : v; };
  const Variable a = along(0, leaf[0]) * along(1, leaf[1]);
  const Variable c = along(2, leaf[2]) * along(3, leaf[3]);
  const Variable s = along(4, a) + along(5, c);
  const Variable z = along(6, s) + along(7, leaf[4]);
  const Variable y = tanh(along(8, z));
  const Variable e = along(9, y) - along(10, leaf[5]);
  const Variable loss = along(11, e) * along(12, e);
  return {leaf[0], leaf[1], leaf[2], leaf[3], leaf[4], leaf[5], a, c, s, z, y, e, loss};
}

// Numbers in the nodes, gradients on the edges.
static Picture graph_picture(const std::vector<Variable>& nodes, const std::vector<Flow>& flows) {
  Pen pen;
  const auto box = [&pen](double x, double y, double width, double height, Index category) {
    pen.rectangle(x - width / 2, y - height / 2, width, height, category_color(category), 5);
    return readable_on(category_color(category));
  };
  const auto shift = [](const Flow& f) {  // two edges between the same nodes lie side by side
    const std::vector<size_t>& all = places[f.to].from;
    const bool twins = all.size() == 2 && all[0] == all[1];
    return !twins ? 0 : f.input == 0 ? -24 : 24;
  };
  for (const Flow& f : flows) {
    const Place &from = places[f.from], &to = places[f.to];
    pen.line(from.x + shift(f), from.y, to.x + shift(f), to.y, "street", 2);
  }
  for (const Flow& f : flows) {
    const double x = (places[f.from].x + places[f.to].x) / 2 + shift(f);
    const double y = (places[f.from].y + places[f.to].y) / 2;
    pen.text(x, y + 4, fmt::format("{:.2f}", f.gradient), Anchor::middle, box(x, y, 38, 15, 1), 11);
  }
  for (size_t i = 0; i < nodes.size(); ++i) {
    const std::string ink = box(places[i].x, places[i].y, 62, 34, 0);
    pen.text(places[i].x, places[i].y - 3, places[i].name, Anchor::middle, ink, 11);
    pen.text(places[i].x, places[i].y + 12, fmt::format("{:.2f}", nodes[i].item()), Anchor::middle,
             ink);
  }
  return pen.picture(picture_width, 490, "a neuron as a graph, with its numbers and gradients");
}

int main(int argc, char** argv) try {
  Lesson lesson("03_graph", "The chain rule walks backwards",
                "Every edge's gradient equals its nudged slope.");
  lesson.rests_on({"chain"});
  lesson.begin(argc, argv);
  Rng rng = lesson.rng(1);
  std::vector<Variable> leaf;  // inputs and target get gradients too, though nobody trains them
  for (size_t i = 0; i < leaves; ++i) {
    const bool target = i == 5;  // beyond the reach of tanh, so that there is an error to send back
    const Tensor number = target ? uniform({}, real(1.25), 2, rng) : uniform({}, -1, 1, rng);
    leaf.push_back(Parameter(number, places[i].name));
  }
  const std::vector<Variable> nodes = neuron(leaf);
  std::vector<Flow> flows;  // the edges, numbered as in neuron()
  for (size_t to = leaves; to < nodes.size(); ++to) {
    for (size_t input = 0; input < places[to].from.size(); ++input)
      flows.push_back({places[to].from[input], to, input});
  }

  // The walk up. Along each edge goes what the op's rule makes of what came; ways that meet add up.
  std::vector<real> arrived(nodes.size(), 0);
  arrived.back() = 1;  // d loss / d loss
  for (auto flow = flows.rbegin(); flow != flows.rend(); ++flow) {
    const Edge& edge = Node::of(nodes[flow->to])->inputs[flow->input];
    const real came = lesson.without("chain") ? 1 : arrived[flow->to];
    flow->gradient = edge.rule(Tensor({}, came), nodes[flow->to]).item();
    arrived[flow->from] += real(flow->gradient);
  }

  // The same slopes without any rule: move one number a little, both ways, and watch the loss.
  const real step = std::cbrt(std::numeric_limits<real>::epsilon());
  double worst = 0, worst_sum = 0;
  std::vector<std::vector<double>> rows;
  lesson.say("  {:<7}    {:<7} {:>9} {:>9} {:>9}", "from", "to", "number", "gradient", "nudged");
  for (size_t i = 0; i < flows.size(); ++i) {
    Flow& flow = flows[i];
    const real up = neuron(leaf, i, step).back().item();
    const real down = neuron(leaf, i, -step).back().item();
    flow.nudged = (up - down) / (2 * step);
    worst = std::max(worst, std::abs(flow.gradient - flow.nudged));
    rows.push_back({double(flow.from), double(flow.to), flow.gradient, flow.nudged});
    lesson.say("  {:<7} -> {:<7} {:9.4f} {:9.4f} {:9.4f}", places[flow.from].name,
               places[flow.to].name, nodes[flow.from].item(), flow.gradient, flow.nudged);
  }
  lesson.say("a nudge of {:.3f} in {} is crude: 02_slope shows why, and the tests nudge in double",
             step, sizeof(real) == 4 ? "float" : "double");
  const std::vector<Variable> engine = gradients(nodes.back(), nodes, {.keep_graph = true});
  for (size_t i = 0; i < nodes.size(); ++i) {
    worst_sum = std::max(worst_sum, std::abs(double(arrived[i]) - double(engine[i].item())));
  }
  lesson.below("largest |gradient - nudged slope| of an edge", worst, 1e-3);
  lesson.below("largest |what arrived at a node - what the engine says|", worst_sum, 1e-5);

  nodes.back().backward({.keep_graph = true});  // so that draw() finds the graph and its gradients
  save_text(draw(nodes.back(), {.values = true, .gradients = true}),
            lesson.folder() + "/graph.dot");
  lesson.table("edges", {"from", "to", "gradient", "nudged"}, rows);
  lesson.picture("graph", graph_picture(nodes, flows),
                 "Blue: numbers, which flow down. Orange: gradients of the loss, which flow up.");
  return lesson.finish(
      "An op knows one small thing: how its result moves when one of its inputs moves. The chain "
      "rule strings these together. It starts at the loss with a 1 and climbs, edge by edge, "
      "multiplying as it goes; where two ways meet, what they bring is added. One walk gives the "
      "slope of everything, where nudging needs two runs for each number.\n\n"
      "Follow it from the bottom: the square is fed twice by the error, so two gradients arrive "
      "there and become one. Plus hands on what it gets, unchanged. Times swaps: what reaches x1 "
      "is scaled by w1, and what reaches w1 by x1.");
} catch (const std::exception& error) {
  return Lesson::failed(error);
}
