// Times matrix products of the shapes that training a small GPT needs, beside OpenBLAS and oneDNN
// where they were found. Samples of the candidates and of the processor's peak are interleaved, so
// whatever happens on the machine touches all alike. Layouts, all row-major: NN C = A B,
// NT C = A Bᵀ (a linear layer forward), TN C = Aᵀ B (the gradient of its weight).
#include <cmath>
#include <functional>
#include <limits>

#include "examples/support/flags.h"
#include "tensor/math.h"
#include "tensor/matmul.h"
#include "tensor/parallel.h"
#include "tensor/random.h"
#include "tests/bench/peak.h"
#ifdef LOCUS_BENCH_OPENBLAS
#include <cblas.h>
#endif
#ifdef LOCUS_BENCH_ONEDNN
#include <omp.h>

#include <dnnl.hpp>
#endif

using namespace locus;
using namespace locus::course;

struct Product {
  const char* name;
  Index batch, m, n, k;
  bool left = false, right = false;  // which operand is transposed

  std::string layout() const { return fmt::format("{}{}", left ? 'T' : 'N', right ? 'T' : 'N'); }
  double flops() const { return 2 * double(batch * m * n) * double(k); }
};

// S: 768 tokens, embedding 128. M: 1,024 tokens, embedding 384. dX and dW are the gradients of a
// linear layer's input and weight.
static const Product products[] = {
    {"256", 1, 256, 256, 256},
    {"512", 1, 512, 512, 512},
    {"1024", 1, 1024, 1024, 1024},
    {"2048", 1, 2048, 2048, 2048},
    {"S qkv forward", 1, 768, 384, 128, false, true},
    {"S qkv dX", 1, 768, 128, 384},
    {"S qkv dW", 1, 384, 128, 768, true},
    {"S fc forward", 1, 768, 512, 128, false, true},
    {"S fc dX", 1, 768, 128, 512},
    {"S fc dW", 1, 512, 128, 768, true},
    {"S proj forward", 1, 768, 128, 512, false, true},
    {"S proj dX", 1, 768, 512, 128},
    {"S proj dW", 1, 128, 512, 768, true},
    {"S head forward", 1, 768, 65, 128, false, true},
    {"M fc forward", 1, 1024, 1536, 384, false, true},
    {"M proj dW", 1, 384, 1536, 1024, true},
    {"S scores", 48, 64, 64, 32, false, true},
    {"S mix", 48, 64, 32, 64},
    {"S dK", 48, 64, 32, 64, true},
    {"M scores", 24, 256, 256, 64, false, true},
    {"M mix", 24, 256, 64, 256},
};

struct Operands {
  const real *a, *b;
  real* c;
  Index a_row, b_row;  // numbers from one row to the next, as they are stored
};

struct Candidate {
  std::string name;
  std::function<void()> run;
  std::vector<double> times = {};
};

static std::vector<Candidate> candidates_for(const Product& p, const Operands& o) {
  std::vector<Candidate> result;
  result.push_back(
      {"locus", [=] {
         for (Index i = 0; i < p.batch; ++i) {
           const MatrixView a{o.a + i * p.m * p.k, o.a_row}, b{o.b + i * p.k * p.n, o.b_row};
           multiply(p.m, p.n, p.k, p.left ? a.transposed() : a, p.right ? b.transposed() : b,
                    o.c + i * p.m * p.n, p.n);
         }
       }});
#ifdef LOCUS_BENCH_OPENBLAS
  result.push_back({"OpenBLAS", [=] {
                      for (Index i = 0; i < p.batch; ++i) {
                        cblas_sgemm(CblasRowMajor, p.left ? CblasTrans : CblasNoTrans,
                                    p.right ? CblasTrans : CblasNoTrans, blasint(p.m), blasint(p.n),
                                    blasint(p.k), 1, o.a + i * p.m * p.k, blasint(o.a_row),
                                    o.b + i * p.k * p.n, blasint(o.b_row), 0, o.c + i * p.m * p.n,
                                    blasint(p.n));
                      }
                    }});
#endif
#ifdef LOCUS_BENCH_ONEDNN
  result.push_back({"oneDNN sgemm", [=] {
                      for (Index i = 0; i < p.batch; ++i) {
                        dnnl_sgemm(p.left ? 'T' : 'N', p.right ? 'T' : 'N', p.m, p.n, p.k, 1,
                                   o.a + i * p.m * p.k, o.a_row, o.b + i * p.k * p.n, o.b_row, 0,
                                   o.c + i * p.m * p.n, p.n);
                      }
                    }});
  static dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  static dnnl::stream stream(engine);
  const auto memory = [&](const real* data, Index rows, Index columns, bool transposed, Index row) {
    const dnnl::memory::dims strides = {rows * columns, transposed ? 1 : row, transposed ? row : 1};
    return dnnl::memory({{p.batch, rows, columns}, dnnl::memory::data_type::f32, strides}, engine,
                        const_cast<real*>(data));
  };
  const dnnl::memory a = memory(o.a, p.m, p.k, p.left, o.a_row),
                     b = memory(o.b, p.k, p.n, p.right, o.b_row),
                     c = memory(o.c, p.m, p.n, false, p.n);
#if DNNL_VERSION_MAJOR >= 3
  const dnnl::matmul::primitive_desc description(engine, a.get_desc(), b.get_desc(), c.get_desc());
#else
  const dnnl::matmul::primitive_desc description({a.get_desc(), b.get_desc(), c.get_desc()},
                                                 engine);
#endif
  result.push_back(
      {"oneDNN matmul", [=, matmul = dnnl::matmul(description)] {
         matmul.execute(stream, {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_DST, c}});
         stream.wait();
       }});
#endif
  return result;
}

// The largest error of our product, at 1,000 places, against a sum in double.
static double error_of(const Product& p, const Operands& o, const Tensor& c) {
  Rng rng(2);
  double worst = 0;
  for (int sample = 0; sample < 1000; ++sample) {
    const Index i = rng.below(p.m), j = rng.below(p.n), which = rng.below(p.batch);
    const real *a = o.a + which * p.m * p.k, *b = o.b + which * p.k * p.n;
    double dot = 0;
    for (Index x = 0; x < p.k; ++x) {
      dot += double(a[p.left ? x * o.a_row + i : i * o.a_row + x]) *
             double(b[p.right ? j * o.b_row + x : x * o.b_row + j]);
    }
    const double error = std::abs(dot - double(c.data()[(which * p.m + i) * p.n + j]));
    if (!(error <= worst)) worst = error;  // also when it is NaN
  }
  return worst;
}

// Our own product is checked against sums in double, the peers' against ours.
static void check_results(const Product& p, const Operands& o, Tensor& c,
                          const std::vector<Candidate>& candidates) {
  constexpr double allowed = 1e-3;
  Tensor ours;
  for (const Candidate& candidate : candidates) {
    std::fill_n(o.c, c.size(), std::numeric_limits<real>::quiet_NaN());
    candidate.run();
    double worst = 0;
    if (ours.empty()) {
      ours = Tensor(c.shape());
      std::copy(c.begin(), c.end(), ours.data());
      worst = error_of(p, o, ours);
    }
    for (Index i = 0; i < c.size(); ++i) {
      const double error = std::abs(double(o.c[i]) - double(ours.begin()[i]));
      if (!(error <= worst)) worst = error;
    }
    check(worst <= allowed, "gemm: {} of {} must agree within {}, got a difference of {}.", p.name,
          candidate.name, allowed, worst);
  }
}

// Seconds per call of every candidate; returns the peak measured in between.
static double sample(const Product& p, std::vector<Candidate>& candidates, int samples) {
  constexpr double seconds_per_sample = 4e-3, guessed_gflops = 150;
  const int calls = std::max(1, int(seconds_per_sample * guessed_gflops * 1e9 / p.flops()));
  std::vector<double> peaks;
  for (int i = 0; i < samples; ++i) {
    for (Candidate& candidate : candidates) {
      candidate.run();  // its code and data are warm
      const double start = seconds();
      for (int call = 0; call < calls; ++call) candidate.run();
      candidate.times.push_back((seconds() - start) / calls);
    }
    peaks.push_back(peak_gflops());
  }
  return median(peaks);
}

static std::string compiler() {
#ifdef __clang__
  return fmt::format("Clang {}.{}", __clang_major__, __clang_minor__);
#else
  return fmt::format("GCC {}.{}", __GNUC__, __GNUC_MINOR__);
#endif
}

// Their names, versions, and the instruction set that OpenBLAS has chosen.
static std::string peers() {
  std::string names;
#ifdef LOCUS_BENCH_OPENBLAS
  const std::string config = openblas_get_config();  // "OpenBLAS 0.3.21 NO_LAPACKE ..."
  names += fmt::format("{} ({})", config.substr(0, config.find(' ', config.find(' ') + 1)),
                       openblas_get_corename());
#endif
#ifdef LOCUS_BENCH_ONEDNN
  const dnnl_version_t* version = dnnl_version();
  names += fmt::format("{}oneDNN {}.{}.{}", names.empty() ? "" : ", ", version->major,
                       version->minor, version->patch);
#endif
  return names;
}

int main(int argc, char** argv) {
  bool json = false;
  std::string only;
  int num_threads = 1, samples = 25;
  Flags flags("gemm",
              "Times matrix products beside OpenBLAS and oneDNN. LOCUS_KERNELS chooses the set.");
  flags.add("--json", json, "a line of JSON per product and candidate instead of the table");
  flags.add("--only", only, "products whose name contains this");
  flags.add("--samples", samples, "of each candidate").at_least(1);
  flags.add("--threads", num_threads, "of every candidate").at_least(1);
  flags.parse(argc, argv);
  set_threads(num_threads);
#ifdef LOCUS_BENCH_OPENBLAS
  openblas_set_num_threads(num_threads);
#endif
#ifdef LOCUS_BENCH_ONEDNN
  omp_set_num_threads(num_threads);
#endif

  if (json) {
    fmt::print("{{\"kernels\": \"{}\", \"compiler\": \"{}\", \"peers\": \"{}\"}}\n", kernels().name,
               compiler(), peers());
  } else {
    fmt::print("{} kernels, {} thread(s). Share: of the peak of one core at that moment.\n\n",
               kernels().name, num_threads);
    fmt::print("{:16} {:>3} {:>17} {:>9} {:>8} {:>6}  time of a peer / ours\n", "product", "",
               "batch m x n x k", "us", "GFLOP/s", "share");
  }
  Rng rng(1);
  for (const Product& p : products) {
    if (std::string(p.name).find(only) == std::string::npos) continue;
    const Tensor a = uniform({p.batch, p.m * p.k}, -1, 1, rng),
                 b = uniform({p.batch, p.k * p.n}, -1, 1, rng);
    Tensor c({p.batch, p.m, p.n});
    const Operands operands = {a.data(), b.data(), c.data(), p.left ? p.m : p.k,
                               p.right ? p.k : p.n};
    std::vector<Candidate> candidates = candidates_for(p, operands);
    check_results(p, operands, c, candidates);
    const double peak = sample(p, candidates, samples);
    const double ours = median(candidates[0].times);
    if (!json) {
      fmt::print("{:16} {:>3} {:>17} {:9.1f} {:8.1f} {:5.1f}% ", p.name, p.layout(),
                 fmt::format("{}{}x{}x{}", p.batch > 1 ? fmt::format("{} x ", p.batch) : "", p.m,
                             p.n, p.k),
                 ours * 1e6, p.flops() / ours * 1e-9, 1e-7 * p.flops() / ours / peak);
    }
    for (const Candidate& candidate : candidates) {
      const double time = median(candidate.times), gflops = p.flops() / time * 1e-9;
      if (json) {
        fmt::print(
            "{{\"product\": \"{}\", \"batch\": {}, \"m\": {}, \"n\": {}, \"k\": {}, "
            "\"layout\": \"{}\", \"kernels\": \"{}\", \"threads\": {}, \"impl\": \"{}\", "
            "\"us\": {:.2f}, \"gflops\": {:.1f}, \"peak\": {:.1f}, \"share\": {:.4f}}}\n",
            p.name, p.batch, p.m, p.n, p.k, p.layout(), kernels().name, num_threads, candidate.name,
            time * 1e6, gflops, peak, gflops / peak);
      } else if (candidate.name != "locus") {
        fmt::print(" {} {:.2f}", candidate.name, time / ours);
      }
    }
    if (!json) fmt::print("\n");
    std::fflush(stdout);
  }
}
