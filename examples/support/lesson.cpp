#include "examples/support/lesson.h"

#include <unistd.h>

#include <fmt/ranges.h>
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "examples/support/gallery.h"
#include "tensor/kernels/kernels.h"
#include "tensor/parallel.h"

namespace locus::course {

static bool on_terminal() {
  static const bool is_terminal = isatty(STDOUT_FILENO) != 0;
  return is_terminal;
}

Lesson::Lesson(std::string name, std::string title, std::string claim) : flags_(name, claim) {
  chapter_ = {.name = name,
              .title = std::move(title),
              .claim = std::move(claim),
              .source = "examples/" + name + ".cpp"};
  flags_.add("--seed", seed_, "of everything random").at_least(0);
  flags_.add("--quick", quick_, "less training; claims that need it are not judged");
  flags_.add("--out", out_, "folder for pictures and numbers");
  flags_.add("--threads", threads_, "0: as many as there are cores").at_least(0);
}

void Lesson::rests_on(const std::vector<std::string>& causes) {
  causes_.insert(causes_.end(), causes.begin(), causes.end());
  flags_
      .add("--without", without_,
           fmt::format("take away what a claim rests on and see it fail: {}",
                       fmt::join(causes_, ", ")))
      .one_of(causes_);
}

bool Lesson::without(const std::string& cause) const {
  check(std::find(causes_.begin(), causes_.end(), cause) != causes_.end(),
        "Lesson: a cause must be one of {}, got '{}'. Name it in rests_on().",
        fmt::join(causes_, ", "), cause);
  return without_ == cause;
}

void Lesson::begin(int argc, const char* const* argv) {
  flags_.parse(argc, argv);
  if (threads_ > 0) set_threads(threads_);
  save_text("", folder() + "/.writable");  // fails now rather than after the training
  std::filesystem::remove(folder() + "/.writable");
  say("{}: {} | {} numbers, {} kernels, {} thread{}, seed {}{}{}", chapter_.name, chapter_.title,
      sizeof(real) == 4 ? "float" : "double", kernels().name, threads(), threads() == 1 ? "" : "s",
      seed_, quick_ ? ", quick" : "", without_.empty() ? "" : ", without " + without_);
}

void Lesson::progress(Index step, Index steps, const std::string& what) const {
  if (!on_terminal()) return;
  const bool last = step + 1 == steps;
  if (!last && step % std::max<Index>(1, steps / 100) != 0) return;
  constexpr Index width = 30;
  const auto done = std::size_t((step + 1) * width / steps);
  fmt::print("\r  {}{} {}/{}  {}\x1b[K{}", std::string(done, '='), std::string(width - done, ' '),
             step + 1, steps, what, last ? "\r\x1b[K" : "");
  std::fflush(stdout);
}

void Lesson::show(const Tensor& values, Palette palette) const {
  if (on_terminal() && !std::getenv("NO_COLOR"))
    fmt::print("{}", terminal_heat_map(values, palette));
}

void Lesson::judge(const std::string& what, double value, const char* relation, double bound,
                   bool holds, Needs needs) {
  const bool counts = !quick_ || needs == Needs::nothing || !without_.empty();
  chapter_.claims.push_back({what, value, relation, bound, counts, holds});
  say("claim: {}{}", text_of(chapter_.claims.back()), !counts ? "" : holds ? " ok" : " FAILED");
}

void Lesson::above(const std::string& what, double value, double bound, Needs needs) {
  judge(what, value, ">", bound, value > bound, needs);
}

void Lesson::below(const std::string& what, double value, double bound, Needs needs) {
  judge(what, value, "<", bound, value < bound, needs);
}

void Lesson::exactly(const std::string& what, double value, double expected, Needs needs) {
  judge(what, value, "=", expected, value == expected, needs);
}

void Lesson::picture(const std::string& name, const Picture& picture, const std::string& caption) {
  chapter_.figures.push_back({name, picture, caption});
}

void Lesson::table(const std::string& name, const std::vector<std::string>& columns,
                   const std::vector<std::vector<double>>& rows) const {
  std::string text = fmt::format("{}\n", fmt::join(columns, ","));
  for (const auto& row : rows) text += fmt::format("{:.9g}\n", fmt::join(row, ","));
  save_text(text, folder() + "/" + name + ".csv");
}

int Lesson::finish(const std::string& paragraph) {
  chapter_.paragraph = paragraph;
  save_chapter(out_, chapter_);
  say("wrote {} and {}", folder(), write_gallery(out_));
  return chapter_.held() ? 0 : 1;
}

int Lesson::failed(const std::exception& error) {
  std::fflush(stdout);  // so that the line stands behind what was printed before it
  fmt::print(stderr, "{}\n", error.what());
  return 2;
}

}  // namespace locus::course
