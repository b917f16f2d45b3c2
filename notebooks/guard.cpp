// What happens when a cell goes wrong. An exception, a bad address and check.py's signal that a cell
// takes too long end the program with a mark that tells why and where. Under kernel.py a cell runs in
// a copy of the session: when it goes wrong the copy is gone, and the session is as it was before.
#include <cxxabi.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <string>

#include "notebooks/marks.h"
#include "tensor/check.h"

namespace locus {

// Ends the program: "<why>", then the calls that led here, one "<file> <offset>" per line.
[[noreturn]] static void stop(const std::string& why) {
  void* calls[64];
  const int count = backtrace(calls, 64);
  std::string words = why;
  for (int i = 0; i < count; ++i) {
    Dl_info file;
    // A call returns to what stands behind it: one byte back is the call itself.
    char* const call = static_cast<char*>(calls[i]) - 1;
    if (dladdr(call, &file) != 0)
      words += fmt::format("\n{} {:#x}", file.dli_fname, call - static_cast<char*>(file.dli_fbase));
  }
  words = fmt::format("\x1estopped {}\x1f", words);
  for (std::size_t at = 0; at < words.size();) {  // a signal may have come in the midst of a print
    const ssize_t written = write(STDOUT_FILENO, words.data() + at, words.size() - at);
    if (written <= 0) break;
    at += std::size_t(written);
  }
  _exit(1);
}

static void stop_for_exception() {
  std::fflush(stdout);
  std::string why = "terminate was called";
  try {
    if (std::current_exception()) std::rethrow_exception(std::current_exception());
  } catch (const std::exception& error) {
    why = fmt::format("exception: {}", error.what());
  } catch (...) {
    why = "exception of a type that is no std::exception";
  }
  stop(why);
}

static void stop_for_signal(int signal) {
  stop(signal == SIGALRM ? "it does not end" : fmt::format("signal {}", signal));
}

static const bool guarded = [] {
  if (!marking()) return false;
  void* warm[1];
  backtrace(warm, 1);  // the first call loads a library, which a signal's handler must not
  std::set_terminate(stop_for_exception);
  for (const int signal : {SIGALRM, SIGSEGV, SIGFPE, SIGBUS}) std::signal(signal, stop_for_signal);
  return true;
}();

}  // namespace locus

extern "C" {

void locus_cell(int number) { locus::mark("cell", fmt::format("{}", number)); }

// The session goes on in a copy, which runs the cell and what comes after it. This process waits as it
// is, and takes over again when the copy dies.
void locus_begin() {
  std::fflush(stdout);
  const pid_t copy = fork();
  if (copy == 0) {
    locus::mark("began", fmt::format("{}", getpid()));
    return;
  }
  int status = 0;
  while (copy > 0 && waitpid(copy, &status, 0) < 0) {
  }
  locus::mark("restored", copy > 0 ? "" : "no copy of the session could be made");
}

void locus_end() { locus::mark("ended", ""); }
}
