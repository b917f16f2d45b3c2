// The whole engine: how an op is recorded, how gradients travel backward, how a graph is freed.
#include <algorithm>
#include <cmath>
#include <optional>
#include <ostream>
#include <unordered_set>

#include "autograd/node.h"
#include "autograd/ops.h"

namespace locus {

// --- recording -----------------------------------------------------------------------------------

static thread_local bool recording_now = true;

bool recording() { return recording_now; }
NoGrad::NoGrad() : before_(recording_now) { recording_now = false; }
NoGrad::~NoGrad() { recording_now = before_; }

Variable record(const char* name, Tensor value, Edge* edges, int count) {
  auto node = std::make_shared<Node>(std::move(value), name);
  // count_if, not any_of: every input must be validated, and requires_grad() throws for an empty one.
  const auto in_need = std::count_if(edges, edges + count,
                                     [](const Edge& edge) { return edge.input.requires_grad(); });
  if (recording_now && in_need > 0) {
    node->requires_grad = true;
    node->inputs.reserve(std::size_t(count));
    for (int i = 0; i < count; ++i) {
      const Node& input = *Node::of(edges[i].input);
      node->inputs.push_back({std::move(edges[i]), input.version});
      node->depth = std::max(node->depth, input.depth + 1);
    }
  }
  return Node::variable(std::move(node));
}

// --- freeing -------------------------------------------------------------------------------------

// Free iteratively; recursion would overflow the stack on deep graphs. A nested destructor hands its
// inputs to the outermost one, without allocating: memory may be what has run out.
Node::~Node() {
  if (inputs.empty()) return;
  static thread_local std::vector<Input>* dying = nullptr;
  if (dying) {
    inputs.front().later = std::move(*dying);
    *dying = std::move(inputs);
    return;
  }
  std::vector<Input> list = std::move(inputs);
  dying = &list;
  while (!list.empty()) {
    Input last = std::move(list.back());
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
    check(y.requires_grad(),
          "backward: '{}' must depend on a parameter while recording, got a constant. {}", y.name(),
          "Parameter makes one; no NoGrad guard may live.");
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
      const bool keep = node->inputs.empty() || wanted.contains(node.get());
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
      if (!node->inputs.empty() || node->freed) continue;
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
    for (std::size_t i = 0; i < node->inputs.size(); ++i) {
      const Node::Input& edge = node->inputs[i];
      const Node& input = *Node::of(edge.input);
      check(edge.version == input.version,
            "backward: every leaf must be as it was, got '{}', which was changed after '{}' used "
            "it. {}",
            input.name, node->name, "Compute the result again before backward.");
      if (!input.requires_grad) continue;
      const Variable dx = edge.rule(dy, y);
      if (options_.find_nan) check_finite(dx, *node, i);
      add(edge.input, sum_to_input(dx, *node, i));
    }
    if (options_.keep_graph || node->inputs.empty()) return;
    // find_nan is for looking at what went wrong: nothing goes before all went well.
    options_.find_nan ? visited_.push_back(node) : free(*node);
  }

  static void free(Node& node) {
    node.freed = true;
    const std::vector<Node::Input> gone = std::exchange(node.inputs, {});
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
    const Shape& want = node.inputs[i].input.shape();
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
  const NoGrad rules_record_nothing;
  Engine engine(*this, options);
  engine.run({});
  engine.commit();
}

std::vector<Variable> gradients(const Variable& y, const std::vector<Variable>& xs,
                                GradientOptions options) {
  for (const Variable& x : xs) {
    check(bool(x) && x.requires_grad(),
          "gradients: every x must need a gradient, got a constant or an empty one. "
          "Parameter makes one that does.");
  }
  check(!options.differentiable || recording(),
        "gradients: differentiable ones must be recorded, got a NoGrad guard. End its scope "
        "first.");
  std::unordered_set<const Node*> wanted;
  for (const Variable& x : xs) wanted.insert(Node::of(x).get());
  std::optional<NoGrad> rules_record_nothing;
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

Variable::Variable(Tensor value, bool requires_grad, std::string name)
    : node_(std::make_shared<Node>(std::move(value), std::move(name))) {
  node_->requires_grad = requires_grad;
}

Parameter::Parameter(const Parameter& other) : Variable() {
  if (other) *this = Parameter(other.value(), other.name());
}

std::ostream& operator<<(std::ostream& out, const Variable& x) {
  return out << fmt::format("{}", x);
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
bool Variable::requires_grad() const { return node_of(node_)->requires_grad; }
const Tensor& Variable::grad() const { return node_of(node_)->grad; }
void Variable::zero_grad() { node_of(node_)->grad = Tensor(); }
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
