// What every example shares: its flags, its first line, progress, claims, pictures and numbers.
#pragma once

#include <string>
#include <vector>

#include "examples/support/flags.h"
#include "examples/support/report.h"
#include "tensor/random.h"

namespace locus::course {

class Lesson {
 public:
  // `name` is that of the file, such as "09_street"; `claim` the sentence it shows to be true.
  Lesson(std::string name, std::string title, std::string claim);

  // A flag of the example's own, before begin().
  template <class T>
  Flag flag(const std::string& name, T& value, const std::string& help) {
    return flags_.add(name, value, help);
  }

  // What the claims rest on, before begin(): `--without positions` takes one of them away, so that
  // a reader, and tests/examples/cause, can see a claim fail. `--without nothing` takes none.
  void rests_on(const std::vector<std::string>& causes);
  bool without(const std::string& cause) const;  // throws for one that rests_on() does not list

  // Reads the flags, prints the first line. On --help or a mistake: says so and ends the program.
  void begin(int argc, const char* const* argv);

  // Of training: none when that is taken away.
  Index steps(Index full, Index quick) const {
    return without_ == "training" ? 0 : quick_ ? quick : full;
  }
  bool quick() const { return quick_; }
  std::uint64_t seed() const { return seed_; }
  Rng rng(std::uint64_t stream = 0) const {
    return Rng(seed_ * 1000 + stream);
  }  // independent streams

  template <class... Args>
  void say(fmt::format_string<Args...> text, Args&&... args) const {
    fmt::print("{}\n", fmt::format(text, std::forward<Args>(args)...));
  }
  // A line that overwrites itself, when the output is a terminal.
  void progress(Index step, Index steps, const std::string& what) const;
  void show(const Tensor& values,
            Palette palette = Palette::diverging) const;  // on a terminal, in colour

  // Prints and judges `what value > bound`. A claim that needs the whole training is not judged
  // with --quick, but it is with --without.
  enum class Needs { nothing, training };
  void above(const std::string& what, double value, double bound, Needs needs = Needs::nothing);
  void below(const std::string& what, double value, double bound, Needs needs = Needs::nothing);

  void exactly(const std::string& what, double value, double expected,
               Needs needs = Needs::nothing);

  void picture(const std::string& name, const Picture& picture, const std::string& caption = {});
  // out/NN_name/name.csv: a line of column names, then rows of numbers.
  void table(const std::string& name, const std::vector<std::string>& columns,
             const std::vector<std::vector<double>>& rows) const;
  std::string folder() const { return out_ + "/" + chapter_.name; }

  // Saves the chapter with its paragraph, writes the gallery, returns main's result: 0, or 1 when a
  // claim failed.
  int finish(const std::string& paragraph);

  // One line on stderr for what was thrown. Returns 2, for main to return.
  static int failed(const std::exception& error);

 private:
  void judge(const std::string& what, double value, const char* relation, double bound, bool holds,
             Needs needs);

  Flags flags_;
  Chapter chapter_;
  std::string out_ = "out";
  std::uint64_t seed_ = 1;
  std::vector<std::string> causes_ = {"nothing"};
  std::string without_ = {};
  int threads_ = 0;
  bool quick_ = false;
};

}  // namespace locus::course
