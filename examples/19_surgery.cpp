// Claim: the table is part of the program. The model of 18 is trained once, then nothing but its
// table is changed. Predict: which of these hurts most, which hardly, which at some positions only?
//   zero the table       shuffle its rows       shift them by one       swap two of them
// Breakpoint: locus::attention_terms, then `finish`: the four parts of every logit of a layer.
// Try: --places 10 55. The stretch that is damaged reaches from one place to the other.
#include <algorithm>

#include "examples/support/lesson.h"
#include "examples/support/prose.h"
#include "nn/attention_terms.h"
#include "nn/inspect/attention.h"

using namespace locus;
using namespace locus::course;

struct Operation {
  std::string name;
  Tensor table;
  Tensor loss = {};  // at each place afterwards, on the same held-out text for all
  double looks = 0;  // of the places between the two swapped: how much goes to the first
};

int main(int argc, char** argv) try {
  Lesson lesson("19_surgery", "Surgery on a table", "The table is part of the program.");
  std::vector<Index> places = {20, 40};
  lesson.flag("--places", places, "the two rows to swap").takes(2).between(1, 58);
  lesson.rests_on({"mask", "positions", "training"});
  lesson.begin(argc, argv);
  std::ranges::sort(places);
  const Index a = places[0], b = places[1];
  check(b - a >= 4, "--places: at least 4 apart, got {} and {}. Move one of them.", a, b);

  // Two models as in 18: one that never had positions, and the patient.
  const Text text(licences(), prose_length + 1);
  const Index steps = lesson.steps(1000, 60);
  const auto trained = [&](PositionKind kind) {
    Rng rng = lesson.rng();
    Transformer model = prose_model(text, kind, rng);
    train_prose(model, text, steps, rng, [&](Index step, real loss) {
      lesson.progress(step, steps, fmt::format("loss {:.3f}", loss));
    });
    return model;
  };
  const bool seeing = !lesson.without("positions");
  Transformer never = trained(PositionKind::none);
  Transformer model = trained(seeing ? PositionKind::learned : PositionKind::none);
  const Tensor table =
      seeing ? model.learned_positions().weight.value() : Tensor({prose_length, 64});
  for (Block& block : model.blocks) block.attention.causal = !lesson.without("mask");

  // Row i of a new table is row from[i] of the old one.
  Rng rng = lesson.rng(1);
  Indices shifted({prose_length}), swapped({prose_length});
  std::vector<double> at;
  for (Index i = 0; i < prose_length; ++i) {
    shifted[i] = std::min(i + 1, prose_length - 1);  // the last row stands twice
    swapped[i] = i == a ? b : i == b ? a : i;
    at.push_back(double(i));
  }
  std::vector<Operation> operations = {
      {"untouched", table},
      {"shifted by one", embedding(table, shifted)},
      {fmt::format("{} and {} swapped", a, b), embedding(table, swapped)},
      {"zeroed", Tensor(table.shape())},
      {"shuffled", embedding(table, rng.permutation(prose_length))}};
  const Text::Window window = text.draw_held_out(16, prose_length, rng);
  const auto mean_of = [](const Tensor& x, Index from, Index to) {
    return double(mean(slice(x, /*axis=*/0, from, to)).item());
  };
  std::vector<Bar> bills;
  std::vector<Curve> lines;
  std::vector<double> damage;
  for (Operation& operation : operations) {
    model.positions = std::make_unique<LearnedPositions>(operation.table);
    operation.loss = prose_loss(model, text, lesson.rng(2));
    const Tensor looks = model.attention_weights(window.ids)[0];  // (batch, head, query, key)
    operation.looks = double(mean(slice(slice(looks, 2, a + 1, b), 3, a, a + 1)).item());
    damage.push_back(mean_of(operation.loss - operations[0].loss, 0, prose_length));
    bills.push_back({operation.name, mean_of(operation.loss, 0, prose_length)});
    lesson.say("{:<20} loss {:.3f}, damage {:.3f}", operation.name, bills.back().value,
               damage.back());
    lines.push_back({.label = operation.name, .x = at, .y = {}});
    for (const real loss : operation.loss) lines.back().y.push_back(double(loss));
  }
  const double blind = mean_of(prose_loss(never, text, lesson.rng(2)), 0, prose_length);
  bills.push_back({"never had positions", blind, 1});
  const Tensor swap = operations[2].loss - operations[0].loss;
  const double between = mean_of(swap, a, b), behind = mean_of(swap, b + 4, prose_length);
  lesson.say(
      "never had positions  loss {:.3f}\nswapped: damage {:.3f} between, {:.3f} behind; looks "
      "from between at place {}: {:.2f}, before {:.2f}",
      blind, between, behind, a, operations[2].looks, operations[0].looks);

  // What the first layer's logits are made of.
  model.positions = std::make_unique<LearnedPositions>(table);
  const AttentionTerms terms = attention_terms(model, window.ids);
  Tensor spreads({4, 4});  // (head, term)
  const std::vector<const Tensor*> four = {&terms.token_token, &terms.token_position,
                                           &terms.position_token, &terms.position_position};
  std::vector<double> shares;
  std::vector<std::vector<double>> rows;
  for (Index head = 0; head < 4; ++head) {
    Index column = 0;
    double all = 0;
    for (const Tensor* term : four) {
      const real spread = spread_over_keys(*term, /*causal=*/true)(head);
      spreads.at({head, column++}) = spread, all += double(spread * spread);
    }
    shares.push_back(1 - double(spreads(head, 0) * spreads(head, 0)) / all);
    rows.push_back({double(head), shares.back()});
  }
  lesson.say("share of places in each head's logits (squares): {:.2f}", fmt::join(shares, ", "));

  const auto needs = Lesson::Needs::training;
  lesson.above("zeroed: loss beyond never having had any", bills[3].value - blind, 0.2, needs);
  lesson.above("shuffled: damage beyond that of zeroing", damage[4] - damage[3], 0.1, needs);
  lesson.below("shifted: damage as a share of shuffling's", damage[1] / damage[4], 0.05, needs);
  lesson.exactly("swapped: what changes before the first", mean_of(swap * swap, 0, a), 0);
  lesson.above("swapped: damage between, minus damage behind", between - behind, 0.3, needs);
  lesson.above("swapped: looks drawn", operations[2].looks - operations[0].looks, 0.2, needs);
  lesson.above("positions' share of logits, the least head", std::ranges::min(shares), 0.5, needs);
  lesson.picture("damage",
                 curves(lines, {.title = "Loss on held-out text after each operation",
                                .x_title = "place in the window",
                                .y_title = "nats per character"}),
                 "The swap leaves what comes before it as it was and ruins what lies between.");
  lesson.picture("loss",
                 bars(bills, {.title = "Over all places", .x_title = "nats per character"}));
  lesson.picture("terms",
                 heat_map(spreads, {.title = "What moves the first layer's logits",
                                    .x_title = "query · key",
                                    .y_title = "head",
                                    .columns = {"token · token", "token · place", "place · token",
                                                "place · place"},
                                    .palette = Palette::sequential,
                                    .digits = 1}),
                 "How far each of the four products differs from key to key.");
  lesson.table("terms", {"head", "share_with_positions"}, rows);
  return lesson.finish(
      "Take the street signs down, and people who grew up with signs are worse off than people "
      "who never had any: zeroing the table costs more than positions were ever worth. Wrong "
      "signs are worse than none. But move every sign one door along, and hardly anybody "
      "notices: nobody read the number, only how far it is from here.\n\n"
      "The swap shows how the heads do it. A key is read the more, the later its row, and the mask "
      "hides what is later than the query: so the latest is the letter just before. Give an early "
      "place a late row, and all up to there stare at it. Before it nothing can change, "
      "not by one bit; behind the true place sight returns.");
} catch (const std::exception& error) {
  return Lesson::failed(error);
}
