// Claim: a table of position vectors can be asked what it knows, and its answers tell what it is.
// Three tables of 64 rows lie on the bench: a printed sinusoid, random vectors, and one that the
// model of 18 learned. The same five questions go to each; nobody looks at the label.
// Breakpoint: locus::position_probe, three times: `print table`, and guess which of them it is.
// Try: --steps 100. How early does a learned table stop looking random?
// With a file it is a tool: 20_open_a_model model.safetensors finds the table of a GPT-2, BERT or
// ViT, asks it the same questions, and writes a report. The three of the bench lie in out/ as such.
#include <algorithm>
#include <functional>

#include "examples/support/lesson.h"
#include "examples/support/open_model.h"
#include "examples/support/prose.h"
#include "nn/inspect/answers.h"
#include "nn/io/safetensors.h"

using namespace locus;
using namespace locus::course;

int main(int argc, char** argv) try {
  Lesson lesson("20_open_a_model", "Open a model",
                "A table's answers to five questions tell what it is.");
  Index steps = 1000;
  lesson.flag("--steps", steps, "of training, for the learned table").between(60, 10000);
  lesson.rests_on({"noise", "training", "waves"});
  OpenRequest request;
  const auto of_file = [&](const char* name, std::string& value, const char* help) {
    return lesson.flag(name, value, help).not_empty();
  };
  const Flag file = of_file("file", request.file, "safetensors: open this instead");
  of_file("--tensor", request.tensor, "of the file; else the first whose name says positions")
      .needs(file);
  of_file("--compare", request.compare, "another such file, drawn beside it").needs(file);
  of_file("--grid", request.grid, "rows x columns of its positions, such as 14x14").needs(file);
  lesson.begin(argc, argv);
  request.folder = lesson.folder();
  if (!request.file.empty()) return open_model(request, lesson.rng(2));

  const Text text(licences(), prose_length + 1);
  Rng rng = lesson.rng(), draw = lesson.rng(1);
  Transformer model = prose_model(text, PositionKind::learned, rng);
  steps = lesson.steps(steps, std::min<Index>(steps, 400));
  const auto learn = [&] {
    train_prose(model, text, steps, rng, [&](Index step, real loss) {
      lesson.progress(step, steps, fmt::format("loss {:.3f}", loss));
    });
    return model.learned_positions().weight.value();
  };
  const Tensor waves = sinusoid(prose_length, model.config.embedding_dim);
  const Tensor noise = normal(waves.shape(), model.config.position_stddev, draw);
  struct Table {
    std::string name;
    std::function<Tensor()> rows;
  };
  const std::vector<Table> tables = {
      {"sinusoid", [&] { return lesson.without("waves") ? noise : waves; }},
      {"random", [&] { return lesson.without("noise") ? waves : noise; }},
      {"learned", learn}};
  std::vector<Answers> answers;
  std::vector<Picture> maps;
  std::vector<std::string> titles;
  std::vector<Curve> spectra, lengths;
  std::vector<std::vector<double>> rows;
  Index recognised = 0;
  for (const Table& table : tables) {
    const Tensor vectors = table.rows();
    const Answers& a = answers.emplace_back(vectors);
    recognised += a.verdict() == table.name;
    lesson.say(
        "{:<9} read off R² {:.2f}, by distance alone {:.2f}, nearer more alike {:.2f}, "
        "directions {:.0f}, longest / shortest {:.2f}: {}",
        table.name, a.read_off.r_squared, a.invariance, a.monotone, a.directions, a.norm_ratio,
        a.verdict());
    maps.push_back(heat_map(a.similarity, {.x_title = "place", .y_title = "place"}));
    titles.push_back(table.name);
    Curve spectrum{.label = table.name, .x = {}, .y = {}}, length = spectrum;
    for (Index f = 1; 2 * f < prose_length; ++f) {
      spectrum.x.push_back(double(f));
      spectrum.y.push_back(double(a.spectrum(f) / sum(a.spectrum).item()));
    }
    for (Index p = 0; p < a.norms.size(); ++p) {
      length.x.push_back(double(p));
      length.y.push_back(double(a.norms(p) / mean(a.norms).item()));
    }
    spectra.push_back(spectrum), lengths.push_back(length);
    rows.push_back({double(rows.size()), a.read_off.r_squared, a.invariance, a.monotone,
                    a.directions, a.norm_ratio});
    save_safetensors({{"positions.weight", vectors}},
                     lesson.folder() + "/" + table.name + ".safetensors");
  }

  const Answers &printed = answers[0], &random = answers[1], &learned = answers[2];
  const auto needs = Lesson::Needs::training;
  lesson.above("learned: position read off by a straight line, R²", learned.read_off.r_squared, 0.8,
               needs);
  lesson.below("random: position read off by a straight line, R²", random.read_off.r_squared, 0);
  lesson.above("sinusoid: share of similarity that is distance alone", printed.invariance, 0.95);
  lesson.below("random: share of similarity that is distance alone", random.invariance, 0.1);
  lesson.below("sinusoid: longest vector / shortest", printed.norm_ratio, 1.01);
  lesson.above("learned: longest vector / shortest", learned.norm_ratio, 1.8, needs);
  lesson.below("directions, learned / random", learned.directions / random.directions, 0.8, needs);
  lesson.exactly("tables named by their answers alone", double(recognised), 3, needs);

  lesson.picture(
      "similarity", side_by_side(maps, titles, "Which places are alike"),
      "The learned table knows early from late, with a soft border; a printed one has the same "
      "stripes everywhere; noise knows only itself.");
  lesson.picture("spectrum",
                 curves(spectra, {.title = "Which waves run along the positions",
                                  .x_title = "cycles per table",
                                  .y_title = "share of the variance",
                                  .log_y = true}),
                 "Learning puts nearly everything into slow waves. Noise has all of them alike.");
  lesson.picture(
      "norms",
      curves(lengths, {.title = "How long the vectors are",
                       .x_title = "place",
                       .y_title = "length / mean length"}),
      "The sinusoid's are all equally long. The learned table is loudest towards its ends.");
  lesson.table("answers",
               {"table", "read_off", "by_distance", "monotone", "directions", "norm_ratio"}, rows);
  return lesson.finish(
      "Three strangers say they know the town, and you may not ask for papers. Ask them the way "
      "instead. Can you tell from your vector where it stands? Do you treat equal distances "
      "alike, everywhere? Is the nearer house always the more familiar? The one who read a "
      "guide book answers too evenly, to the last digit. The one who made it all up cannot even "
      "put the houses in order. The one who lived there knows them all, some better than "
      "others.\n\n"
      "The learned table has as many dimensions as the others and uses far fewer of them "
      "than noise does. It is one long road from early to late: the place can be read off in a "
      "straight line, and the vectors are longest towards the ends of the road.");
} catch (const std::exception& error) {
  return Lesson::failed(error);
}
