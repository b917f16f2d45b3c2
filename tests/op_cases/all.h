// The cases of every op, by kind.
#pragma once

#include "tests/op_cases/activations.h"
#include "tests/op_cases/along_axis.h"
#include "tests/op_cases/arithmetic.h"
#include "tests/op_cases/attention.h"
#include "tests/op_cases/embedding.h"
#include "tests/op_cases/layout.h"
#include "tests/op_cases/loss.h"
#include "tests/op_cases/products.h"
#include "tests/op_cases/rotary.h"
#include "tests/op_cases/rows.h"

namespace locus {

// all_cases<RandomCase>(): of one kind.
template <class Case>
std::vector<Case> all_cases() {
  std::vector<Case> result;
  for (const OpCases* group :
       {&arithmetic_cases, &activations_cases, &products_cases, &rows_cases, &along_axis_cases, &loss_cases,
        &embedding_cases, &attention_cases, &rotary_cases, &layout_cases}) {
    for (const auto& any_case : *group) {
      if (const Case* c = std::get_if<Case>(&any_case)) result.push_back(*c);
    }
  }
  return result;
}

}  // namespace locus
