#include "examples/support/course.h"

namespace locus {

ReportText course_text() {
  return {
      .title = "Locus: what position vectors learn",
      .lead =
          "Attention cannot see order. A table with one learned vector per position gives it eyes, "
          "and what "
          "training writes into that table is a map of the world the positions stand in. A fixed "
          "code is a "
          "street grid printed beforehand, the same for every city. A learned table is what you "
          "know after "
          "exploring the city yourself. It may fit better than the grid, it costs parameters, and "
          "it stops "
          "where your exploring stopped.",
      .parts =
          {
              {"Part I: the engine", "01", "05", "Tensors, slopes, graphs, descent, look-up."},
              {"Part II: why positions", "06", "08", "What attention cannot see without them."},
              {"Part III: maps", "09", "14", "What training writes into the table."},
              {"Part IV: choices and limits", "15", "20",
               "When to learn positions, and where they end."},
          },
      .footer = "Every number and picture here was computed by the example that its chapter names.",
  };
}

}  // namespace locus
