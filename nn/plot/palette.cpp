// The colours: two palettes computed in the OKLCH space, where equal steps look equally large, and
// a list of eight for kinds.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "nn/plot/svg.h"
#include "tensor/check.h"

namespace locus {

// Lightness 0 .. 1, chroma (0 is grey), hue in degrees -> "#rrggbb".        [Ottosson 2020: Oklab]
static std::string oklch(double lightness, double chroma, double degrees) {
  const double angle = degrees * std::numbers::pi / 180;
  const double a = chroma * std::cos(angle), b = chroma * std::sin(angle);
  const double l = std::pow(lightness + 0.3963377774 * a + 0.2158037573 * b, 3);
  const double m = std::pow(lightness - 0.1055613458 * a - 0.0638541728 * b, 3);
  const double s = std::pow(lightness - 0.0894841775 * a - 1.2914855480 * b, 3);
  const auto channel = [](double linear) {
    const double light = std::clamp(linear, 0.0, 1.0);
    const double coded =
        light <= 0.0031308 ? 12.92 * light : 1.055 * std::pow(light, 1 / 2.4) - 0.055;
    return int(std::lround(255 * coded));
  };
  return fmt::format("#{:02x}{:02x}{:02x}",
                     channel(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
                     channel(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
                     channel(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s));
}

std::string palette_color(Palette palette, double place) {
  if (std::isnan(place)) return "#a8a8a8";
  const double t = std::clamp(place, 0.0, 1.0);
  if (palette == Palette::sequential) {
    // From violet-blue over green to yellow, lightness rising evenly: it survives a grey printer.
    return oklch(0.27 + 0.64 * t, 0.105 + 0.05 * t, 285 - 180 * std::pow(t, 0.9));
  }
  // White at zero; both ends equally dark, so that -x and x weigh the same on the eye.
  const double strength = std::abs(2 * t - 1);
  const double lightness = 0.985 - 0.515 * std::pow(strength, 1.1);
  return oklch(lightness, 0.165 * std::pow(strength, 0.9), t < 0.5 ? 255 : 30);
}

// [Okabe & Ito 2008, "Color universal design"; yellow comes last, as it is faint on white]
std::string category_color(Index category) {
  static const char* const colors[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                       "#e69f00", "#56b4e9", "#7f7f7f", "#f0e442"};
  return colors[((category % 8) + 8) % 8];
}

std::string readable_on(const std::string& color) {
  const auto channel = [&color](size_t at) {
    return std::pow(std::stoi(color.substr(at, 2), nullptr, 16) / 255.0, 2.2);
  };
  const double luminance = 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
  return luminance > 0.19 ? "#111111" : "#ffffff";  // where both have the same contrast
}

Range palette_range(const Tensor& values, Palette palette, double low, double high,
                    const char* function) {
  check(low <= high, "{}: low must not be above high, got {} and {}.", function, low, high);
  if (low < high) return {low, high};
  if (palette == Palette::diverging) return {-1, 1};
  Range range{0, 0};
  for (const real x : values) {
    if (!std::isfinite(x)) continue;
    range.low = std::min(range.low, double(x));
    range.high = std::max(range.high, double(x));
  }
  if (range.low == range.high) range.high = range.low + 1;
  return range;
}

}  // namespace locus
