// Claim: a learned table ties a printed grid where the task is regular, beats it where it is not,
// and pays for that in parameters. Three questions about a sequence of random tokens: which token
// stood three places back? which at the mirrored place? which at the place a fixed scramble names?
// Six ways of knowing places, from none to a bias inside attention, answer all three.
// Breakpoint: locus::Rng::permutation, then `finish`: the scramble, fixed before any training.
// Try: --layers 2. A second layer does not close the grid's gap on the scramble.
#include <algorithm>

#include "autograd/ops.h"
#include "examples/support/lesson.h"
#include "examples/support/tasks.h"
#include "examples/support/training.h"
#include "nn/transformer.h"

using namespace locus;
using namespace locus::course;
static constexpr Index vocab = 8, dim = 32;

// A question: the answer at place i is the token at place from[i]; below 0 there is none.
struct Question {
  std::string name;
  std::vector<Index> from;
};

static Problem ask(const Question& question, Index n, Rng& rng) {
  const Index length = Index(question.from.size());
  Problem problem{Indices({n, length}), Indices({n, length}, ignored)};
  for (Index i = 0; i < n * length; ++i) problem.ids[i] = rng.below(vocab);
  for (Index i = 0; i < n * length; ++i) {
    const Index from = question.from[std::size_t(i % length)];
    if (from >= 0) problem.answers[i] = problem.ids[i / length * length + from];
  }
  return problem;
}

struct Way {
  std::string name;
  PositionKind kind;
  bool from_sinusoid = false;
};

int main(int argc, char** argv) try {
  Lesson lesson("15_grid_or_own_map", "A grid or a map of one's own",
                "A learned table ties a printed grid on regular tasks, beats it on an irregular "
                "one, and pays in parameters.");
  Index layers = 1;
  lesson.flag("--layers", layers, "of every model").between(1, 4);
  lesson.rests_on({"blindness", "irregularity", "positions", "training"});
  lesson.begin(argc, argv);

  const Index near = 32, far = lesson.quick() ? 32 : 64;  // places of the first two, of the last
  Rng draw = lesson.rng(1);
  const Indices scramble = draw.permutation(far);
  std::vector<Question> questions = {{"3 back", {}}, {"reversed", {}}, {"scrambled", {}}};
  for (Index i = 0; i < near; ++i) questions[0].from.push_back(i - 3);
  for (Index i = 0; i < near; ++i) questions[1].from.push_back(near - 1 - i);
  for (Index i = 0; i < far; ++i)
    questions[2].from.push_back(lesson.without("irregularity") ? i - 3 : scramble[i]);

  std::vector<Way> ways = {
      {"none", PositionKind::none},       {"sinusoid", PositionKind::sinusoidal},
      {"learned", PositionKind::learned}, {"learned, from a sinusoid", PositionKind::learned, true},
      {"rotary", PositionKind::rotary},   {"relative bias", PositionKind::relative}};
  if (lesson.without("blindness")) ways[0].kind = PositionKind::learned;
  const Index steps = lesson.steps(800, 400), batch = lesson.quick() ? 16 : 32;
  std::vector<std::vector<double>> right(ways.size());  // [way][question]
  std::vector<Index> parameters(ways.size());           // that know places, for the last question
  for (std::size_t w = 0; w < ways.size(); ++w) {
    const Way& way = ways[w];
    for (const Question& question : questions) {
      const Index length = Index(question.from.size());
      Rng rng = lesson.rng(2);  // the same sequences for all ways
      Transformer model({.vocab_size = vocab,
                         .max_length = length,
                         .embedding_dim = dim,
                         .num_layers = layers,
                         .hidden_dim = 2 * dim,
                         .positions = lesson.without("positions") ? PositionKind::none : way.kind},
                        rng);
      if (way.from_sinusoid && model.positions)
        model.positions = std::make_unique<LearnedPositions>(sinusoid(length, dim));
      train(
          model, {.steps = steps, .batch = batch, .learning_rate = real(3e-3)},
          [&](Index n) {
            const Problem problem = ask(question, n, rng);
            return cross_entropy(model(problem.ids), problem.answers);
          },
          [&](Index step, real loss) {
            lesson.progress(step, steps,
                            fmt::format("{}, {}, loss {:.3f}", way.name, question.name, loss));
          });
      const NoGrad inference;
      const Problem unseen = ask(question, 200, rng);
      right[w].push_back(accuracy(model(unseen.ids).value(), unseen.answers));
      parameters[w] = (model.positions ? model.positions->parameter_count() : 0) +
                      (model.relative ? model.relative->parameter_count() : 0);
    }
    lesson.say("{:<25} 3 back {:.3f}, reversed {:.3f}, scrambled {:.3f}; {} parameters", way.name,
               right[w][0], right[w][1], right[w][2], parameters[w]);
  }
  Rng count = lesson.rng(3);
  lesson.say("(naming the commonest token of {} is right {:.3f} of the time)", near,
             bag_ceiling(near, vocab, count));

  enum { none, grid, learned, from_grid, turned, relative };
  const auto needs = Lesson::Needs::training;
  lesson.below("without positions, the best of three", std::ranges::max(right[none]), 0.35, needs);
  lesson.above("regular questions: learned, the worse",
               std::min(right[learned][0], right[learned][1]), 0.99, needs);
  lesson.above("regular questions: sinusoid, the worse", std::min(right[grid][0], right[grid][1]),
               0.99, needs);
  lesson.above("scrambled: learned", right[learned][2], 0.99, needs);
  lesson.below("scrambled: sinusoid", right[grid][2], 0.7, needs);
  lesson.below("scrambled: those that know only distance, the better",
               std::max(right[turned][2], right[relative][2]), 0.35, needs);
  lesson.exactly("parameters of the table, per place and dimension",
                 double(parameters[learned]) / double(far * dim), 1);

  Tensor table({Index(ways.size()), 3});
  std::vector<std::string> names;
  for (std::size_t w = 0; w < ways.size(); ++w) {
    for (Index q = 0; q < 3; ++q) table.at({Index(w), q}) = real(right[w][std::size_t(q)]);
    names.push_back(
        fmt::format("{} ({})", w == from_grid ? "from sinusoid" : ways[w].name, parameters[w]));
    right[w].insert(right[w].begin(), double(w));
    right[w].push_back(double(parameters[w]));
  }
  lesson.picture("table",
                 heat_map(table, {.title = "Right answers, and what knowing places costs",
                                  .columns = {"3 back", "reversed", "scrambled"},
                                  .rows = names,
                                  .palette = Palette::sequential,
                                  .high = 1,
                                  .digits = 2}),
                 "In brackets: how many numbers are learned to know places.");
  lesson.table("right", {"way", "back", "reversed", "scrambled", "parameters"}, right);
  return lesson.finish(
      "A printed street grid is the same for every city, and in a city with straight streets it "
      "is as good as a map of your own: three doors back, or the door opposite, are easy to "
      "say in it. In an old town where every alley bends, the grid says little, and only who "
      "has walked there knows the way. The learned table finds every door of the scramble. "
      "Begun from a copy of the printed grid it does not find all of them in the same time: first "
      "it has to leave what is printed.\n\n"
      "The price is one number for every place and dimension. Rotary positions and a relative "
      "bias cost next to nothing and answer the first question as well; they know how far away "
      "a token is, not where it stands, and the other two ask for exactly that. A second layer "
      "(--layers 2) does not close the grid's gap.");
} catch (const std::exception& error) {
  return Lesson::failed(error);
}
