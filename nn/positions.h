// Position vectors: what is added to a token's vector so that attention can tell places apart.
#pragma once

#include <memory>

#include "nn/grid.h"
#include "nn/module.h"
#include "tensor/indices.h"

namespace locus {

// One vector per position 0 .. max_length - 1.
class Positions : public Module {
 public:
  // The vectors of positions 0 .. length - 1.                       -> (length, embedding_dim)
  // Throws for a length beyond max_length().
  virtual Variable operator()(Index length) const = 0;
  virtual Index max_length() const = 0;
  virtual std::unique_ptr<Positions> clone() const = 0;
};

// How a vector between two rows is interpolated.
enum class Interpolation {
  linear,  // from the two rows around it
  cubic  // from the four rows around it: Catmull-Rom, Keys' cubic with a = -1/2; a line stays a line
};

// A table that is learned: an embedding whose vocabulary is the positions. It fits what it is
// trained on, costs max_length * embedding_dim parameters, and ends where the table ends.
// [Gehring et al. 2017; Devlin et al. 2019]
class LearnedPositions : public Positions {
 public:
  // Starts from the given table (max_length, embedding_dim):
  //   normal({n, d}, real(0.02), rng)  at random     Tensor({n, d})           at zero
  //   sinusoid(n, d)                   from a code   any other tensor         e.g. of a checkpoint
  explicit LearnedPositions(Tensor table);

  Variable operator()(Index length) const override;     // look-up of 0, 1, 2, ... length - 1
  Variable operator()(const Indices& positions) const;  // of any: (..) -> (.., embedding_dim)
  Index max_length() const override { return weight.shape()[0]; }
  std::unique_ptr<Positions> clone() const override {
    return std::make_unique<LearnedPositions>(*this);
  }

  // A table of another length, its vectors interpolated between those of this one: the first and
  // last stay the first and last. Good where neighbours are alike; a model that asks for distances,
  // such as "three rows back", was trained on the old ones, and the new ones are untrained: it
  // wants some steps of training more. See examples/17_stretching.
  LearnedPositions interpolated(Index length, Interpolation kind = Interpolation::linear) const;
  // A grid of places, row by row, as of an image's patches, becomes one of another size; `kept`
  // rows before it, such as a class token's, stay. The cells' middles are matched, and the cubic has
  // a = -0.75, beyond the edges its cells go on: PyTorch's interpolate(mode="bicubic",
  // align_corners=False), by which vision transformers are given larger images.
  // Throws unless kept + from.rows * from.columns is max_length().   [Dosovitskiy et al. 2021, 3.2]
  LearnedPositions interpolated(Grid from, Grid to, Index kept = 0) const;

  Parameter weight;  // (max_length, embedding_dim)

 protected:
  void register_members(Registry& registry) override;
};

// The fixed code: nothing to learn, no parameters, any length up to the one given.
class SinusoidalPositions : public Positions {
 public:
  SinusoidalPositions(Index max_length, Index embedding_dim);
  // From a code computed elsewhere, such as one of two dimensions.      (max_length, embedding_dim)
  explicit SinusoidalPositions(Tensor code);
  Variable operator()(Index length) const override;
  Index max_length() const override { return table_.shape()[0]; }
  std::unique_ptr<Positions> clone() const override {
    return std::make_unique<SinusoidalPositions>(*this);
  }

 protected:
  void register_members(Registry&) override {}

 private:
  Tensor table_;
};

// table[p][2i] = sin(p / 10000^(2i/dim)), table[p][2i+1] = cos of the same.   -> (length, dim)
// [Vaswani et al. 2017, section 3.5]
Tensor sinusoid(Index length, Index dim);

}  // namespace locus
