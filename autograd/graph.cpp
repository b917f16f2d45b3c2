// The whole engine: how an op is recorded, how gradients travel backward, how a graph is freed.
#include <algorithm>
#include <cmath>
#include <optional>
#include <unordered_set>

#include "autograd/ops.h"
#include "autograd/record.h"

namespace locus {

// --- recording -----------------------------------------------------------------------------------

static thread_local bool recording_now = true;

bool recording() { return recording_now; }
NoGradient::NoGradient() : before_(recording_now) { recording_now = false; }
NoGradient::~NoGradient() { recording_now = before_; }

Variable record_edges(const char* name, Tensor value, Edge* edges, int count) {
  auto node = std::make_shared<Node>(std::move(value), name);
  // Counted, so that each is looked at: an empty input is refused, whatever the others are.
  const auto in_need =
      std::count_if(edges, edges + count, [](const Edge& edge) { return edge.input.needs_grad(); });
  if (recording_now && in_need > 0) {
    node->needs_grad = true;
    node->edges.assign(std::make_move_iterator(edges), std::make_move_iterator(edges + count));
    for (Edge& edge : node->edges) {
      const Node& input = *Node::of(edge.input);
      edge.version = input.version;
      node->depth = std::max(node->depth, input.depth + 1);
    }
  }
  return Variable(std::move(node));
}

// --- freeing -------------------------------------------------------------------------------------

// The last handle to a deep graph must not free it by recursion, one stack frame per op: the edges
// of a node that dies meanwhile become the list that the outermost call works off, and what was left
// of the list hangs on the first of them, which goes last. So nothing here asks for memory, which may
// be what has run out.
Node::~Node() {
  if (edges.empty()) return;
  static thread_local std::vector<Edge>* dying = nullptr;
  if (dying) {
    edges.front().later = std::move(*dying);
    *dying = std::move(edges);
    return;
  }
  std::vector<Edge> list = std::move(edges);
  dying = &list;
  while (!list.empty()) {
    Edge last = std::move(list.back());
    list.pop_back();
    if (list.empty()) list = std::move(last.later);
  }
  dying = nullptr;
}

// --- backward ------------------------------------------------------------------------------------

static bool less_deep(const std::shared_ptr<Node>& a, const std::shared_ptr<Node>& b) {
  return a->depth < b->depth;
}

// One journey backward from y, deepest node first. Whatever uses a node is deeper than the node, so
// when a node's turn comes, all of its gradient has arrived.
class Engine {
 public:
  Engine(const Variable& y, BackwardOptions options) : options_(options) {
    check(bool(y), "backward: a Variable with a value, got an empty one. Give it one first.");
    check(y.value().size() == 1,
          "backward: the result must be one number, got the shape {}. Sum it first.", y.shape());
    check(y.needs_grad(),
          "backward: '{}' must depend on a parameter while recording, got a constant. {}", y.name(),
          "Variable::parameter makes one; no NoGradient guard may live.");
    add(y, Variable(Tensor(y.shape(), 1)));
  }
  ~Engine() {
    for (const auto& node : touched_) node->pending = Variable();
    for (const auto& node : waiting_) node->pending = Variable();
  }

  // Visits everything behind y. Gradients of leaves, and of the nodes in `wanted`, stay
  // in `pending`.
  void run(const std::unordered_set<const Node*>& wanted) {
    while (!waiting_.empty()) {
      std::pop_heap(waiting_.begin(), waiting_.end(), less_deep);
      const std::shared_ptr<Node> node = std::move(waiting_.back());
      waiting_.pop_back();
      const Variable dy = std::exchange(node->pending, Variable());
      check(!node->freed,
            "backward: the graph behind '{}' must be whole, got one that was freed by an earlier "
            "backward. {}",
            node->name, "Compute it again, or pass {.keep_graph = true} to the earlier one.");
      const bool keep = node->edges.empty() || wanted.contains(node.get());
      if (keep) {
        touched_.push_back(node);
        node->pending = dy;
      }
      visit(node, dy);
    }
  }

  // Adds what arrived at leaves to their gradients. Nothing was touched before, so an error
  // half-way through the graph leaves every gradient as it was; and all memory that adding needs is
  // asked for first, so here too it is all gradients or none.
  void commit() {
    for (const auto& node : touched_) node->grad.data();  // numbers that nobody else reads
    for (const auto& node : visited_) free(*node);
    for (const auto& node : touched_) {
      if (!node->edges.empty() || node->freed) continue;
      if (node->grad.empty()) {
        node->grad = node->pending.value();
      } else {
        add_in_place(node->grad, node->pending.value());
      }
    }
  }

  static Variable pending(const Variable& x) { return x.node_->pending; }

 private:
  void visit(const std::shared_ptr<Node>& node, const Variable& dy) {
    const Variable y(node);
    for (std::size_t i = 0; i < node->edges.size(); ++i) {
      const Edge& edge = node->edges[i];
      const Node& input = *Node::of(edge.input);
      check(edge.version == input.version,
            "backward: every leaf must be as it was, got '{}', which was changed after '{}' used "
            "it. {}",
            input.name, node->name, "Compute the result again before backward.");
      if (!input.needs_grad) continue;
      const Variable dx = edge.rule(dy, y);
      if (options_.find_nan) check_finite(dx, *node, i);
      add(edge.input, sum_to_input(dx, *node, i));
    }
    if (options_.keep_graph || node->edges.empty()) return;
    // find_nan is for looking at what went wrong: nothing goes before all went well.
    options_.find_nan ? visited_.push_back(node) : free(*node);
  }

  static void free(Node& node) {
    node.freed = true;
    const std::vector<Edge> gone = std::exchange(node.edges, {});
  }

  void add(const Variable& x, const Variable& gradient) {
    Node& node = *x.node_;
    if (!node.pending) {
      waiting_.push_back(x.node_);
      std::push_heap(waiting_.begin(), waiting_.end(), less_deep);
      node.pending = gradient;
    } else if (recording() || node.pending.node_.use_count() > 1) {
      node.pending = node.pending + gradient;
    } else {
      add_in_place(node.pending.node_->value, gradient.value());
    }
  }

  static Variable sum_to_input(const Variable& dx, const Node& node, std::size_t i) {
    const Shape& want = node.edges[i].input.shape();
    if (dx.shape() == want) return dx;
    bool fits = want.rank() <= dx.shape().rank();
    for (int back = 1; fits && back <= want.rank(); ++back)
      fits = want[-back] == 1 || want[-back] == dx.shape()[-back];
    check(fits, "backward: the rule of '{}' for input {} must return the input's shape {}, got {}.",
          node.name, i, want, dx.shape());
    return sum_to(dx, want);
  }

  static void check_finite(const Variable& dx, const Node& node, std::size_t i) {
    const Tensor& t = dx.value();
    const auto bad =
        std::find_if(t.begin(), t.end(), [](real value) { return !std::isfinite(value); });
    check(bad == t.end(),
          "backward: the gradient of '{}' for input {} must be finite, got {} at place {} of {}.",
          node.name, i, bad == t.end() ? real(0) : *bad, bad - t.begin(), t.shape());
  }

  BackwardOptions options_;
  std::vector<std::shared_ptr<Node>> waiting_;  // a heap, the deepest on top
  std::vector<std::shared_ptr<Node>> touched_;  // visited nodes whose gradient is wanted
  std::vector<std::shared_ptr<Node>> visited_;  // with find_nan: to be freed at the end
};

void Variable::backward(BackwardOptions options) const {
  const NoGradient rules_record_nothing;
  Engine engine(*this, options);
  engine.run({});
  engine.commit();
}

std::vector<Variable> gradients(const Variable& y, const std::vector<Variable>& xs,
                                GradientOptions options) {
  for (const Variable& x : xs) {
    check(bool(x) && x.needs_grad(),
          "gradients: every x must need a gradient, got a constant or an empty one. "
          "Variable::parameter makes one that does.");
  }
  check(!options.differentiable || recording(),
        "gradients: differentiable ones must be recorded, got a NoGradient guard. End its scope "
        "first.");
  std::unordered_set<const Node*> wanted;
  for (const Variable& x : xs) wanted.insert(Node::of(x).get());
  std::optional<NoGradient> rules_record_nothing;
  if (!options.differentiable) rules_record_nothing.emplace();
  Engine engine(y, {.keep_graph = options.keep_graph || options.differentiable});
  engine.run(wanted);
  std::vector<Variable> result;
  for (const Variable& x : xs) {
    const Variable dx = Engine::pending(x);
    if (!dx) {
      result.push_back(Tensor(x.shape()));
    } else {  // a rule may hand one node on to several inputs: each gets its own
      result.push_back(options.differentiable ? dx : dx.detach());
    }
  }
  return result;
}

// --- Variable ------------------------------------------------------------------------------------

Variable::Variable(Tensor value) : node_(std::make_shared<Node>(std::move(value), "constant")) {}

Variable Variable::parameter(Tensor value, std::string name) {
  Variable variable(std::make_shared<Node>(std::move(value), std::move(name)));
  variable.node_->needs_grad = true;
  return variable;
}

static const std::shared_ptr<Node>& node_of(const std::shared_ptr<Node>& node) {
  check(node != nullptr, "Variable: it must have been given a value, got an empty one. {}",
        "Assign a Tensor or the result of an op to it.");
  return node;
}

static Node& leaf(const std::shared_ptr<Node>& node, const char* function) {
  Node& changed = *node_of(node);
  check(changed.is_leaf(), "{}: only a leaf can be changed, got the result of '{}'. {}", function,
        changed.name, "Change what it was computed from, or take its detach().");
  return changed;
}

const Tensor& Variable::value() const { return node_of(node_)->value; }
const std::string& Variable::name() const { return node_of(node_)->name; }
bool Variable::needs_grad() const { return node_of(node_)->needs_grad; }
const Tensor& Variable::grad() const { return node_of(node_)->grad; }
void Variable::clear_grad() { node_of(node_)->grad = Tensor(); }
void Variable::set_name(std::string name) { leaf(node_, "set_name").name = std::move(name); }

void Variable::set_grad(Tensor grad) {
  check(grad.shape() == shape(), "set_grad: the gradient must have the shape {}, got {}.", shape(),
        grad.shape());
  leaf(node_, "set_grad").grad = std::move(grad);
}

void Variable::set_value(Tensor value) {
  check(value.shape() == shape(), "set_value: the shape must stay {}, got {}.", shape(),
        value.shape());
  Node& node = leaf(node_, "set_value");
  ++node.version;
  node.value = std::move(value);
}

Tensor& Variable::mutable_value() {
  Node& node = leaf(node_, "mutable_value");
  ++node.version;
  return node.value;
}

}  // namespace locus
