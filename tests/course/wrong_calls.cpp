// Wrong calls of examples/support/report.h.
#include "tests/wrong_calls/wrong_calls.h"

#include "examples/support/report.h"

namespace locus::course {

TEST(WrongCalls, OfReports) {
  Picture text = {.svg = "no picture"};
  const std::vector<WrongCall> calls = {
      {CALL(save_chapter("/dev/null", {.name = "../up"})),
       "save_chapter: the chapter's name must be of letters, digits, '_' and '-', got '../up'."},
      {CALL(save_chapter("/dev/null", {.name = ""})),
       "save_chapter: the chapter's name must be of letters, digits, '_' and '-', got ''."},
      {CALL(save_chapter("/dev/null",
                         {.name = "01", .figures = {{.name = "a b", .picture = text}}})),
       "save_chapter: the figure's name must be of letters, digits, '_' and '-', got 'a b'."},
      {CALL(save_chapter("/dev/null", {.name = "01"})),
       "save: /dev/null/01/chapter.json must be writable, got 'Not a directory'. Choose another "
       "folder.",
       "save"},
      {CALL(load_chapter("/dev/null/01")),
       "load_chapter: /dev/null/01/chapter.json must be readable, got 'Not a directory'. Run its "
       "example again."},
      {CALL(write_report("/dev/null/none", {.title = "", .lead = ""})),
       "write_report: /dev/null/none must hold a chapter, got none. Run an example first."},
  };
  expect_refused(calls, bits_of());
}

}  // namespace locus::course
