#include "nn/inspect/eigen.h"

#include <cmath>
#include <optional>

#include "tensor/check.h"
#include "tensor/random.h"

// Eigen's functions get a namespace of ours: a program that has an Eigen of its own, compiled with
// other options, must not share one with the library.
#define Eigen locus_eigen
#define EIGEN_DONT_PARALLELIZE
#define EIGEN_NO_CPUID  // the order of a sum must not depend on the machine's caches
#include <Eigen/Eigenvalues>
#include <Eigen/SVD>

namespace locus {

using Matrix = Eigen::MatrixXd;
using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

namespace {
struct Pairs {
  Eigen::VectorXd values;  // smallest first, as Eigen has them
  Matrix vectors;          // in columns
};
}  // namespace

static void check_elements(const std::vector<double>& matrix, Index n, Index d, const char* what) {
  check(n >= 1, "{}: at least one row is needed, got {}.", what, n);
  check(Index(matrix.size()) == n * d, "{}: {} rows must hold {} numbers, got {}.", what, n, n * d,
        matrix.size());
  for (const double x : matrix)
    check(std::isfinite(x), "{}: the numbers must be finite, got {}.", what, x);
}

static Pairs all_pairs(const Matrix& a) {
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(a);
  check(solver.info() == Eigen::Success,
        "symmetric_eigen: Eigen found no eigenvectors of {} rows within its limit of steps.",
        a.rows());
  return {solver.eigenvalues(), solver.eigenvectors()};
}

// Block Lanczos: the best pairs among combinations of X, A X, A² X, ..., until the residuals
// |A v - value v| of the leading ones are rounding. From one vector x, the powers hold a single
// direction of each eigenvalue: X has more columns than the pairs asked for, so that equal
// eigenvalues appear as often as they are asked for. A full basis starts again from its better half.
// Nothing for a small matrix, or after as many steps as cost what decomposing the whole does.
static std::optional<Pairs> leading_pairs(const Matrix& a, Index count) {
  constexpr double rounding = 1e-12;  // of some hundred sums of products
  const Index n = a.rows(), block = count + 6, room = 16 * block, most_steps = n / 4;
  if (2 * room > n) return {};
  Matrix basis(n, room), images(n, room), next(n, block);  // images: A basis
  Rng rng(1);
  for (double& x : next.reshaped()) x = rng.normal();
  Index m = 0;  // columns in use
  for (Index step = 1; step <= most_steps; ++step) {
    for (int pass = 0; pass < 2; ++pass) {  // the second takes off what rounding left of the basis
      next -= basis.leftCols(m) * (basis.leftCols(m).transpose() * next);
      next = Eigen::HouseholderQR<Matrix>(next).householderQ() * Matrix::Identity(n, block);
    }
    if (m == room) {
      const Matrix better = all_pairs(basis.transpose() * images).vectors.rightCols(room / 2);
      m = room / 2;
      basis.leftCols(m) = (basis * better).eval();
      images.leftCols(m) = (images * better).eval();
    }
    basis.middleCols(m, block) = next;
    next = a * next;
    images.middleCols(m, block) = next;
    m += block;
    if (step % 4 != 0) continue;

    const auto [values, weights] = all_pairs(basis.leftCols(m).transpose() * images.leftCols(m));
    Pairs found{values.tail(count), basis.leftCols(m) * weights.rightCols(count)};
    const Matrix residuals =
        images.leftCols(m) * weights.rightCols(count) - found.vectors * found.values.asDiagonal();
    if (residuals.colwise().norm().maxCoeff() <= rounding * values.cwiseAbs().maxCoeff())
      return found;
  }
  return {};
}

// An eigenvector and its negative are equally right: the largest entry decides, the first of nearly
// equal ones, so that rounding does not flip a picture.
static double sign_of(const Eigen::VectorXd& vector) {
  const double almost = vector.cwiseAbs().maxCoeff() * (1 - 1e-6);
  Index first = 0;
  while (std::abs(vector[first]) < almost) ++first;
  return vector[first] < 0 ? -1 : 1;
}

static EigenSystem largest(const std::vector<double>& matrix, Index n, Index count) {
  Matrix a = Eigen::Map<const RowMajor>(matrix.data(), n, n).selfadjointView<Eigen::Lower>();
  double scale = a.cwiseAbs().maxCoeff();  // so that no square overflows or vanishes
  if (scale == 0) scale = 1;
  a /= scale;
  std::optional<Pairs> found = leading_pairs(a, count);
  if (!found) found = all_pairs(a);
  EigenSystem result{{}, std::vector<double>(size_t(count * n))};
  for (Index i = 0; i < count; ++i) {
    const Index column = found->values.size() - 1 - i;
    const auto vector = found->vectors.col(column);
    result.values.push_back(scale * found->values[column]);
    Eigen::Map<Eigen::VectorXd>(&result.vectors[size_t(i * n)], n) = sign_of(vector) * vector;
  }
  return result;
}

EigenSystem symmetric_eigen(const std::vector<double>& matrix, Index n) {
  check_elements(matrix, n, n, "symmetric_eigen");
  return largest(matrix, n, n);
}

EigenSystem leading_eigen(const std::vector<double>& matrix, Index n, Index count) {
  check_elements(matrix, n, n, "leading_eigen");
  check(1 <= count && count <= n, "leading_eigen: count must be from 1 to {}, got {}.", n, count);
  return largest(matrix, n, count);
}

Svd svd(const std::vector<double>& matrix, Index n, Index d) {
  check_elements(matrix, n, d, "svd");
  const Eigen::JacobiSVD<Matrix> solver(Eigen::Map<const RowMajor>(matrix.data(), n, d),
                                        Eigen::ComputeThinU | Eigen::ComputeThinV);
  const auto numbers = [](const Matrix& x) {
    return std::vector<double>(x.data(), x.data() + x.size());
  };
  return {numbers(solver.singularValues()), numbers(solver.matrixU()), numbers(solver.matrixV())};
}

}  // namespace locus
