// Times a GPT-2 of a file, of the size of OpenAI's smallest: loading it, scores for a whole window,
// a training step; prints one JSON line, and writes scores for peers/gpt2.py to compare.
#include <ctime>
#include <fstream>

#include "autograd/ops.h"
#include "examples/support/flags.h"
#include "nn/io/pretrained.h"
#include "nn/optim/optimizer.h"
#include "tensor/parallel.h"
#include "tests/bench/measure.h"

using namespace locus;
using namespace locus::course;

// Of all threads; other programs on the core do not count.
static double processor_seconds() { return double(std::clock()) / CLOCKS_PER_SEC; }

// Token t of a window, the same in peers/gpt2.py.
static Indices window(Index length, Index first, Index vocab_size) {
  Indices ids({1, length});
  for (Index t = 0; t < length; ++t) ids[t] = (first + t) * 7919 % vocab_size;
  return ids;
}

int main(int argc, char** argv) {
  std::string path, logits_path;
  Index window_length = 1024, train_length = 256, steps = 3;
  int num_threads = 1;
  Flags flags("gpt2", "Times a GPT-2 from a file.");
  flags.add("file", path, "made by peers/gpt2.py --make").required();
  flags.add("--logits", logits_path, "where to write the scores of the window's last tokens");
  flags.add("--window", window_length, "tokens to score").at_least(1);
  flags.add("--train", train_length, "tokens to train on").at_least(1);
  flags.add("--steps", steps, "timed, of each kind").at_least(1);
  flags.add("--threads", num_threads, "that share a step").at_least(1);
  flags.parse(argc, argv);
  set_threads(num_threads);

  std::string line = "{\"impl\": \"locus\"";
  const auto report = [&line](const char* name, double value) {
    line += fmt::format(", \"{}\": {:.4f}", name, value);
  };
  // The middle one of `count` runs, the first of all left out when there are several.
  const auto time = [&](const char* name, Index count, auto&& run) {
    std::vector<double> wall, processor;
    for (Index i = 0; i < count; ++i) {
      const double t = seconds(), p = processor_seconds();
      run();
      if (i == 0 && count > 1) continue;
      wall.push_back(seconds() - t), processor.push_back(processor_seconds() - p);
    }
    report(name, median(wall));
    report(fmt::format("{}_cpu", name).c_str(), median(processor));
  };

  std::optional<Transformer> loaded;
  time("load", 1, [&] { loaded.emplace(load_gpt2(path)); });
  Transformer& model = *loaded;
  report("load_mb", peak_megabytes());
  const Index vocab_size = model.config.vocab_size;
  const Indices ids = window(window_length, 0, vocab_size);
  {
    const NoGrad guard;
    time("forward", steps, [&] { model(ids); });
    time("last", steps, [&] {  // what generating wants: scores for the last token alone
      model.head(slice(model.hidden(ids), 1, window_length - 1, window_length));
    });
    if (!logits_path.empty()) {
      const Tensor logits = slice(model(ids).value(), 1, window_length - 8, window_length);
      std::ofstream(logits_path, std::ios::binary)
          .write(reinterpret_cast<const char*>(logits.data()),
                 std::streamsize(sizeof(real)) * logits.size());
    }
  }
  report("forward_mb", peak_megabytes());
  AdamW optimizer(model.parameters(), {.learning_rate = real(1e-4)});
  double loss_of_first = 0;
  Index step = 0;
  time("train", steps, [&] {
    optimizer.zero_grad();
    const Variable loss = cross_entropy(model(window(train_length, step, vocab_size)),
                                        window(train_length, step + 1, vocab_size));
    loss.backward();
    optimizer.step();
    if (step++ == 0) loss_of_first = double(loss.item());
  });
  report("loss", loss_of_first);
  report("train_mb", peak_megabytes());
  fmt::print("{}}}\n", line);
}
