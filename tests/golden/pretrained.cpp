// A GPT-2 in Hugging Face's layout, which make_pretrained.py wrote, against PyTorch; and its tables of
// positions.
#include "nn/io/pretrained.h"

#include "autograd/ops.h"
#include "nn/optim/optimizer.h"
#include "tests/golden/golden.h"

namespace locus {

static const Golden& golden() {
  static const Golden file("pretrained.txt");
  return file;
}

static const Indices ten_ids({2, 5}, {0, 5, 2, 6, 3, 4, 1, 1, 0, 6});
static const Indices following({2, 5}, {5, 2, 6, 3, 1, 1, 1, 0, 6, 2});

TEST(GoldenPretrained, AGpt2HasPyTorchsLogitsLossGradientsAndThreeSteps) {
  Transformer model = load_gpt2(golden_folder + "gpt2.safetensors", 2);
  golden().expect("logits", model(ten_ids).value());
  AdamW optimizer(model.parameters(),
                  {.learning_rate = real(1e-2), .epsilon = real(1e-4), .weight_decay = real(0.1)});
  for (int step = 0; step < 3; ++step) {
    optimizer.zero_grad();
    const Variable loss = cross_entropy(model(ten_ids), following);
    loss.backward();
    golden().expect(fmt::format("loss.{}", step), loss.value());
    if (step == 0) {
      Transformer gradients = load_gpt2(golden_folder + "gpt2.safetensors", 2);
      std::vector<NamedParameter> to = gradients.parameters(), from = model.parameters();
      for (std::size_t i = 0; i < to.size(); ++i) to[i].variable.set_value(from[i].variable.grad());
      for (const NamedTensor& gradient : gpt2_tensors(gradients))
        golden().expect("gradient." + gradient.name, gradient.tensor);
    }
    optimizer.step();
  }
  for (const NamedTensor& weight : gpt2_tensors(model))
    golden().expect("after." + weight.name, weight.tensor);
}

// Row r of the tensors is r, r + 1/4, r + 1/2, r + 3/4.
TEST(GoldenPretrained, TablesOfPositionsAreFoundByTheirNames) {
  struct Case {
    std::string file, name, layout;
    Index before, positions, side;
  };
  const std::string rest = "embeddings.position_embeddings";
  for (const Case& c :
       {Case{"bert", "bert." + rest + ".weight", "BERT", 0, 12, 0},
        Case{"roberta", rest + ".weight", "RoBERTa", 2, 16, 0},
        Case{"vit", "vit." + rest, "ViT", 1, 9, 3}, Case{"deit", "pos_embed", "DeiT", 2, 16, 4},
        Case{"gpt2", "wpe.weight", "GPT-2", 0, 6, 0}}) {
    const Safetensors file(golden_folder + c.file + ".safetensors");
    const std::vector<PositionTable> tables = position_tables(file);
    ASSERT_EQ(tables.size(), 1u) << c.file;
    EXPECT_EQ(tables[0].name, c.name);
    EXPECT_EQ(tables[0].layout, c.layout);
    EXPECT_EQ(tables[0].before, c.before);
    EXPECT_EQ(tables[0].before_are.empty(), c.before == 0);
    EXPECT_EQ(tables[0].rows.shape()[0], c.positions) << c.file;
    EXPECT_EQ(tables[0].grid ? tables[0].grid->rows : 0, c.side) << c.file;
    if (c.file == "gpt2") continue;
    EXPECT_EQ(tables[0].rows(1, 2), real(c.before) + real(1.5)) << c.file;
  }
}

}  // namespace locus
