#include "examples/support/gallery.h"

#include <filesystem>

namespace locus::course {

std::string write_gallery(const std::string& folder) {
  return write_report(
      folder,
      {
          .title = "Locus: what position vectors learn",
          .lead = "Attention cannot see order. A table with one learned vector per position gives "
                  "it eyes, and what training writes into that table is a map of the world the "
                  "positions stand in. A fixed code is a street grid printed beforehand, the "
                  "same for every city. A learned table is what you know after exploring the "
                  "city yourself: it may fit better than the grid, it costs parameters, and it "
                  "stops where your exploring stopped.\n\n"
                  "Each chapter makes one claim, measures it, and shows it. A program of at "
                  "most 150 lines did the measuring on the machine that wrote this page.",
          .parts =
              {
                  {"Part I: the engine", "01", "05",
                   "Tensors, slopes, the chain rule, and the look-up at the heart of every "
                   "embedding."},
                  {"Part II: why positions", "06", "08",
                   "What a transformer cannot know until it is told where its tokens stand."},
                  {"Part III: maps", "09", "14",
                   "Streets, clocks and cities that were never shown, read back from learned "
                   "vectors."},
                  {"Part IV: choices and limits", "15", "20",
                   "What a learned table costs, where it ends, and what real models keep in "
                   "theirs."},
              },
          .footer = "Colours are chosen for colour-blind readers. The pictures also lie beside "
                    "this page as SVG files, one folder per chapter.",
          .sources = std::filesystem::relative(LOCUS_SOURCE_DIR, folder).string(),
      });
}

}  // namespace locus::course
