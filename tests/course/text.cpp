#include "examples/support/text.h"

#include "tests/folder.h"
#include "tests/support.h"

namespace locus::course {

// Every eighth file from the third on is held out, so the order decides what is trained on.
TEST(Licences, AreSixFilesInAFixedOrder) {
  const Folder folder;
  std::vector<std::string> expected;
  for (const char* name : {"GPL-3", "GFDL-1.3", "MPL-2.0", "LGPL-2.1", "Apache-2.0", "Artistic"}) {
    expected.push_back(folder / name);
    std::ofstream(expected.back()) << name << " is a licence";
  }
  EXPECT_EQ(licences(folder.path), expected);
  const Text text(licences(folder.path), /*shortest=*/1);
  EXPECT_EQ(text.held_out_size(), Index(std::string("MPL-2.0 is a licence").size()));
}

TEST(Licences, TheFirstMissingFileIsNamed) {
  const Folder folder;
  for (const char* name : {"GPL-3", "GFDL-1.3", "MPL-2.0", "LGPL-2.1"})
    std::ofstream(folder / name) << name;
  EXPECT_EQ(message_of([&] { licences(folder.path); }),
            "licences: cannot open " + (folder / "Apache-2.0") +
                ": no such file. Debian and Ubuntu have it in the package base-files; --text "
                "FILE... reads other text.");
}

}  // namespace locus::course
