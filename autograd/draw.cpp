#include "autograd/draw.h"

#include <fmt/format.h>

#include <unordered_map>

#include "autograd/node.h"

namespace locus {

static constexpr Index most_numbers = 12;  // of a tensor whose numbers are printed

// Quotes and backslashes would end the label; a line break is written \n there.
static std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '\n') {
      result += "\\n";
    } else {
      if (c == '"' || c == '\\') result += '\\';
      result += c;
    }
  }
  return result;
}

static std::string label(const Node& node, DrawOptions options) {
  std::string text = fmt::format("{}\n{}", node.name, node.value.shape());
  if (options.values && node.value.size() <= most_numbers) text += fmt::format("\n{}", node.value);
  if (options.gradients && !node.grad.empty() && node.grad.size() <= most_numbers) {
    text += fmt::format("\ngradient {}", node.grad);
  }
  return escaped(text);
}

std::string draw(const Variable& y, DrawOptions options) {
  std::string nodes, arrows;
  std::unordered_map<const Node*, std::size_t> number;
  std::vector<std::shared_ptr<Node>> waiting = {Node::of(y)};
  check(bool(y), "draw: a Variable with a value, got an empty one. Give it one first.");
  number[waiting[0].get()] = 0;
  while (!waiting.empty()) {
    const std::shared_ptr<Node> node = std::move(waiting.back());
    waiting.pop_back();
    const char* style = !node->is_leaf()      ? "shape=box, style=rounded"
                        : node->requires_grad ? "shape=box, style=filled, fillcolor=\"#cfe3f5\""
                                              : "shape=box, style=filled, fillcolor=\"#eeeeee\"";
    const std::size_t id = number[node.get()];
    nodes += fmt::format("  n{} [label=\"{}\", {}];\n", id, label(*node, options), style);
    for (const Edge& edge : node->inputs) {
      const auto& input = Node::of(edge.input);
      const auto [place, is_new] = number.try_emplace(input.get(), number.size());
      if (is_new) waiting.push_back(input);
      arrows += fmt::format("  n{} -> n{};\n", place->second, id);
    }
  }
  return fmt::format("digraph locus {{\n  rankdir=LR;\n  node [fontname=\"sans-serif\"];\n{}{}}}\n",
                     nodes, arrows);
}

}  // namespace locus
