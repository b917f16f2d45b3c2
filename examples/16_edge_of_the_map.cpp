// Claim: a table ends where exploring ended. Trained on lengths up to 32, a table of 64 rows knows
// its first 32; the others got no gradient and are as they started, and what stands there is lost.
// Fixed codes go on without end, but the model has never read them there. Only positions that say
// no more than "so far back", with every such distance met in training, hold.
// Breakpoint: locus::scatter_add_rows: where n is 64, rows beyond the length return as zeros.
// Try: relative_max_distance = 128 and relative_buckets = 32, as in T5: now the far buckets are untrained.
#include <cmath>

#include "autograd/ops.h"
#include "examples/support/lesson.h"
#include "examples/support/tasks.h"
#include "examples/support/training.h"
#include "nn/transformer.h"

using namespace locus;
using namespace locus::course;

static constexpr Index vocab = 16, back = 3, edge = 32, rows = 64;

// The share of right answers at each place, NaN where nothing is asked.   n of length -> (length)
static std::vector<double> accuracy_by_place(const Tensor& scores, const Indices& answers) {
  const Indices guesses = argmax(scores);
  const Index n = answers.shape()[0], length = answers.shape()[1];
  std::vector<double> right(size_t(length), 0);
  for (Index i = 0; i < n * length; ++i) {
    right[size_t(i % length)] += answers[i] == ignored      ? std::nan("")
                                 : answers[i] == guesses[i] ? 1.0 / double(n)
                                                            : 0;
  }
  return right;
}

static double mean_of(const std::vector<double>& numbers, Index first, Index last) {
  double sum = 0;
  for (Index i = first; i < last; ++i) sum += numbers[size_t(i)] / double(last - first);
  return sum;
}

int main(int argc, char** argv) try {
  Lesson lesson("16_edge_of_the_map", "The edge of the map", "A table ends where exploring ended.");
  lesson.rests_on({"edge", "distance", "training"});
  lesson.begin(argc, argv);
  const Training training = {
      .steps = lesson.steps(1200, 800), .batch = 32, .learning_rate = real(3e-3)};
  // Lengths 8 .. longest are met in training.
  const Index longest = lesson.without("edge") ? rows : edge;

  struct Kind {
    std::string name;
    PositionKind positions;
    double inside = 0, beyond = 0;  // the share of right answers before and after the edge
  };
  std::vector<Kind> kinds = {{"learned", PositionKind::learned},
                             {"sinusoid", PositionKind::sinusoidal},
                             {"rotary", PositionKind::rotary},
                             {"relative", PositionKind::relative}};
  if (lesson.without("distance")) kinds[3].positions = PositionKind::none;
  std::vector<Curve> lines;
  std::vector<std::vector<double>> numbers;  // (rows): place, then the accuracy of each kind
  for (Index t = 0; t < rows; ++t) numbers.push_back({double(t)});
  std::vector<double> visits(size_t(rows), 0);  // batches that gave a row of the table a gradient
  double changed = 0;                           // numbers in the rows beyond the edge
  std::string way_out;
  for (Kind& kind : kinds) {
    Rng rng = lesson.rng();  // the same lessons for all
    Transformer model({.vocab_size = vocab,
                       .max_length = rows,
                       .embedding_dim = 32,
                       .num_heads = 4,
                       .hidden_dim = 64,
                       .causal = true,
                       .positions = kind.positions,
                       .relative_buckets = 16,  // T5's 128 would leave buckets that no training
                       .relative_max_distance = 16},  // sequence is long enough to reach
                      rng);
    const bool has_table = kind.positions == PositionKind::learned;
    const Tensor start = has_table ? model.learned_positions().weight.value() : Tensor();
    train(
        model, training,
        [&](Index batch) {
          const Problem problem = recall(back, batch, 8 + rng.below(longest - 7), vocab, rng);
          return cross_entropy(model(problem.ids), problem.answers);
        },
        [&](Index step, real loss) {
          lesson.progress(step, training.steps, fmt::format("{}, loss {:.3f}", kind.name, loss));
          if (!has_table) return;
          const Tensor& gradient = model.learned_positions().weight.grad();
          const Tensor size = sum(gradient * gradient, 1);
          for (Index t = 0; t < rows; ++t) visits[size_t(t)] += size(t) > 0;
        });
    if (has_table) {
      const Tensor& now = model.learned_positions().weight.value();
      for (Index i = edge * 32; i < rows * 32; ++i) changed += now.data()[i] != start.data()[i];
    }
    const NoGrad inference;
    const Problem unseen = recall(back, 500, rows, vocab, rng);
    const auto right = accuracy_by_place(model(unseen.ids).value(), unseen.answers);
    kind.inside = mean_of(right, back, edge), kind.beyond = mean_of(right, edge, rows);
    lesson.say("{:<8}  right at places up to 31: {:.3f}, at 32 to 63: {:.3f}", kind.name,
               kind.inside, kind.beyond);
    Curve line{.label = kind.name, .x = {}, .y = {}};
    for (Index t = back; t < rows; ++t)
      line.x.push_back(double(t)), line.y.push_back(right[size_t(t)]);
    lines.push_back(line);
    for (Index t = 0; t < rows; ++t) numbers[size_t(t)].push_back(right[size_t(t)]);
    if (has_table) {
      try {
        model(Indices({1, rows + 1}));
      } catch (const Error& error) {
        way_out = error.what();
      }
    }
  }
  double beyond_visits = 0;
  for (Index t = edge; t < rows; ++t) beyond_visits += visits[size_t(t)];
  lesson.say("row 0 got {:.0f} gradients, row 31 {:.0f}; one place beyond the table:", visits[0],
             visits[31]);
  lesson.say("  {}", way_out);
  lesson.exactly("gradients of rows beyond the edge", beyond_visits, 0);
  lesson.exactly("numbers changed in rows beyond the edge", changed, 0);
  lesson.above("learned, before the edge", kinds[0].inside, 0.98, Lesson::Needs::training);
  lesson.below("learned, beyond it", kinds[0].beyond, 0.2, Lesson::Needs::training);
  lesson.above("relative, beyond it", kinds[3].beyond, 0.85, Lesson::Needs::training);

  lines.push_back({.label = "edge", .x = {edge - 0.5, edge - 0.5}, .y = {0, 1}, .quiet = true});
  lesson.picture("accuracy",
                 curves(lines, {.title = "Right answers, place by place",
                                .x_title = "place",
                                .y_title = "accuracy",
                                .y_low = 0,
                                .y_high = 1}),
                 "Training never went past the grey line.");
  lesson.table("accuracy", {"place", "learned", "sinusoid", "rotary", "relative"}, numbers);
  return lesson.finish(
      "An explorer's map is exact as far as she went, and beyond it is paper. The rows from 32 on "
      "were in the table all the time; but a row that is never looked up gets no gradient, and at "
      "place 32 the model reads the noise that the row started from. What lies beyond the last "
      "row is not even paper: place 64 is an error.\n\n"
      "A printed grid goes on, and does not help much: the model learned to read only the part "
      "that it saw. A bias for each distance helps, because three places back is three places "
      "back everywhere, as long as the far distances share a bucket that training did reach.");
} catch (const std::exception& error) {
  return Lesson::failed(error);
}
