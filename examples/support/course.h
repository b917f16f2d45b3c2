// The words of the gallery that belong to no single example.
#pragma once

#include "nn/inspect/report.h"

namespace locus {

ReportText course_text();

}  // namespace locus
