// Tasks on sequences of random tokens: questions that only order can answer.
#pragma once

#include "tensor/random.h"
#include "tensor/tensor.h"

namespace locus::course {

struct Problem {
  Indices ids, answers;
};

// One 0 (A) and one 1 (B) among fillers 2 .. vocab - 1; the answer is 1 where B comes first.
//                                                                        -> (n, length), (n)
Problem which_first(Index n, Index length, Index vocab, Rng& rng);

// Random tokens; the answer at each place is the token `back` places before it, `ignored` where
// there is none.                                                               (n, length) both
Problem recall(Index back, Index n, Index length, Index vocab, Rng& rng);

// The share of rows whose largest score is the answer's; rows whose answer is `ignored` do not
// count.                                                          (.., vocab) x ids (..) -> number
double accuracy(const Tensor& scores, const Indices& answers);

// What knowing the tokens but not their order can reach when one of them, drawn blindly, is to be
// named: always naming the commonest is right E[largest count] / length of the time.
double bag_ceiling(Index length, Index vocab, Rng& rng);

}  // namespace locus::course
