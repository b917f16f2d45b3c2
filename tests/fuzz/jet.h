// Jet: a number on its way along a line x + t v, with its first two derivatives by t at t = 0. Computing
// with jets gives the slope and the curvature of any formula along v without a rule for its gradient.
#pragma once

#include <cmath>

namespace locus::fuzz {

struct Jet {
  double value = 0, slope = 0, curvature = 0;

  Jet(double number = 0) : value(number) {}
  Jet(double f, double df, double ddf) : value(f), slope(df), curvature(ddf) {}
};

// f(x), from f's value and its first two derivatives at x.
inline Jet chain(const Jet& x, double f, double df, double ddf) {
  return {f, df * x.slope, ddf * x.slope * x.slope + df * x.curvature};
}

inline Jet operator+(const Jet& a, const Jet& b) {
  return {a.value + b.value, a.slope + b.slope, a.curvature + b.curvature};
}
inline Jet operator*(const Jet& a, const Jet& b) {
  return {a.value * b.value, a.slope * b.value + a.value * b.slope,
          a.curvature * b.value + 2 * a.slope * b.slope + a.value * b.curvature};
}
inline Jet operator-(const Jet& a) { return a * -1; }
inline Jet operator-(const Jet& a, const Jet& b) { return a + -b; }
inline Jet operator/(const Jet& a, const Jet& b) {
  const double v = b.value;
  return a * chain(b, 1 / v, -1 / (v * v), 2 / (v * v * v));
}

inline Jet exp(const Jet& x) {
  const double y = std::exp(x.value);
  return chain(x, y, y, y);
}
inline Jet log(const Jet& x) {
  return chain(x, std::log(x.value), 1 / x.value, -1 / (x.value * x.value));
}
inline Jet sqrt(const Jet& x) {
  const double y = std::sqrt(x.value);
  return chain(x, y, 1 / (2 * y), -1 / (4 * y * y * y));
}
inline Jet tanh(const Jet& x) {
  const double y = std::tanh(x.value), dy = 1 - y * y;
  return chain(x, y, dy, -2 * y * dy);
}
inline Jet relu(const Jet& x) { return x.value > 0 ? x : Jet(); }
inline Jet gelu_tanh(const Jet& x) {
  const double c = std::sqrt(2 / 3.14159265358979323846);
  return x * (1 + tanh(c * (x + 0.044715 * x * x * x))) * 0.5;
}

}  // namespace locus::fuzz
