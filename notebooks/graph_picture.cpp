#include "notebooks/graph_picture.h"

#include <algorithm>
#include <map>

#include "autograd/node.h"
#include "nn/plot/svg.h"

namespace locus {

// y and all behind it, each once, y first.
static std::vector<Variable> nodes_behind(const Variable& y) {
  std::vector<Variable> nodes = {y};
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const std::vector<Node::Input> edges = Node::of(nodes[i])->inputs;
    for (const Edge& edge : edges) {
      const auto same = [&](const Variable& x) { return Node::of(x) == Node::of(edge.input); };
      if (std::none_of(nodes.begin(), nodes.end(), same)) nodes.push_back(edge.input);
    }
  }
  return nodes;
}

Picture graph_picture(const Variable& y) {
  constexpr double step_x = 84, step_y = 74, width = 74, height = 48;
  const std::vector<Variable> nodes = nodes_behind(y);
  std::map<long, std::vector<Variable>> rows;  // by depth: leaves in the first
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node)
    rows[Node::of(*node)->depth].push_back(*node);
  std::size_t widest_row = 1;
  for (const auto& [depth, row] : rows) widest_row = std::max(widest_row, row.size());
  const double paper = std::max(picture_width, double(widest_row) * step_x + 2 * picture_margin);

  struct Place {
    double x, y;
  };
  std::map<const Node*, Place> places;
  double down = picture_margin + height / 2;
  for (const auto& [depth, row] : rows) {
    for (std::size_t i = 0; i < row.size(); ++i)
      places[Node::of(row[i]).get()] = {
          paper / 2 + (double(i) - double(row.size() - 1) / 2) * step_x, down};
    down += step_y;
  }
  Pen pen;
  for (const Variable& node : nodes) {
    const Place to = places[Node::of(node).get()];
    for (const Edge& edge : Node::of(node)->inputs) {
      const Place from = places[Node::of(edge.input).get()];
      pen.line(from.x, from.y, to.x, to.y, "street", 2);
    }
  }
  for (const Variable& node : nodes) {
    const auto [x, top] = places[Node::of(node).get()];
    const std::string ink = readable_on(category_color(0));
    pen.rectangle(x - width / 2, top - height / 2, width, height, category_color(0), 5);
    pen.text(x, top - 9, node.name(), Anchor::middle, ink, 11);
    if (node.shape().size() == 1)
      pen.text(x, top + 5, fmt::format("{:.2f}", node.item()), Anchor::middle, ink);
    if (!node.requires_grad()) continue;
    const Tensor gradient = gradients(y, {node}, {.keep_graph = true})[0].value();
    if (gradient.size() != 1) continue;
    pen.rectangle(x - 24, top + height / 2 - 16, 48, 16, category_color(1), 4);
    pen.text(x, top + height / 2 - 4, fmt::format("{:.2f}", gradient.item()), Anchor::middle,
             readable_on(category_color(1)), 11);
  }
  return pen.picture(paper, down - step_y + height / 2 + picture_margin,
                     fmt::format("the graph behind {}", y.name()));
}

}  // namespace locus
