#include "nn/plot/svg.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "nn/text/characters.h"
#include "tensor/check.h"

namespace locus {

std::string escape(const std::string& text) {
  static const std::map<char, std::string> escapes = {
      {'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};
  std::string safe;
  for (std::size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    const auto special = escapes.find(text[at]);
    // XML 1.0 has no control characters at all, not even escaped ones, and no bytes that are no text,
    // as of a token that is half a character.
    const bool control = character.code < 32 && text[at] != '\n' && text[at] != '\t';
    if (special != escapes.end())
      safe += special->second;
    else if (character.code == no_character)
      safe += "\uFFFD";
    else
      safe += control ? " " : text.substr(at, character.size);
    at += character.size;
  }
  return safe;
}

std::string pixels(double value) {
  std::string text = fmt::format("{:.1f}", value);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text == "-0" ? "0" : text;
}

static bool short_as_it_is(double value) {
  return value == 0 || (std::abs(value) >= 1e-3 && std::abs(value) < 1e5);
}

// "10⁻⁶", "2·10⁷"
static std::string as_power(double value) {
  static const char* const raised[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  const int power = int(std::floor(std::log10(std::abs(value)) + 1e-9));
  const double leading = value / std::pow(10, power);
  std::string text = std::abs(leading - 1) < 1e-6 ? "10" : fmt::format("{:.8g}·10", leading);
  if (power < 0) text += "⁻";
  for (const char digit : fmt::format("{}", std::abs(power))) text += raised[digit - '0'];
  return text;
}

std::string axis_number(double value) {
  std::string text = short_as_it_is(value) ? fmt::format("{:.8g}", value) : as_power(value);
  if (text[0] == '-') text.replace(0, 1, "−");
  return text;
}

std::vector<std::string> axis_numbers(const std::vector<double>& ticks, bool logarithmic) {
  const bool powers = logarithmic && !std::all_of(ticks.begin(), ticks.end(), short_as_it_is);
  std::vector<std::string> labels;
  for (const double value : ticks) labels.push_back(powers ? as_power(value) : axis_number(value));
  return labels;
}

// fill="#1f2933" class="ink": the attribute holds in a file by itself, and the class lets a page's
// style sheet give the colour another value.
static std::string paint(const std::string& color, bool stroke = false) {
  static const std::map<std::string, std::string> theme = {{"ink", "#1f2933"},
                                                           {"faint", "#566270"},
                                                           {"rule", "#dde2e7"},
                                                           {"street", "#98a4b0"},
                                                           {"paper", "#fdfdfb"}};
  const char* attribute = stroke ? "stroke" : "fill";
  const auto themed = theme.find(color);
  if (themed != theme.end()) {
    return fmt::format("{}=\"{}\" class=\"{}{}\"", attribute, themed->second, color,
                       stroke ? "-line" : "");
  }
  return fmt::format("{}=\"{}\"", attribute, color);
}

static const char* anchor_name(Anchor anchor) {
  return anchor == Anchor::start ? "start" : anchor == Anchor::middle ? "middle" : "end";
}

void Pen::text(double x, double y, const std::string& words, Anchor anchor,
               const std::string& color, double size, bool bold) {
  elements_ += fmt::format("<text x=\"{}\" y=\"{}\" {}", pixels(x), pixels(y), paint(color));
  if (anchor != Anchor::start) elements_ += fmt::format(" text-anchor=\"{}\"", anchor_name(anchor));
  if (size != 12) elements_ += fmt::format(" font-size=\"{}\"", pixels(size));
  if (bold) elements_ += " font-weight=\"600\"";
  elements_ += fmt::format(">{}</text>\n", escape(words));
}

void Pen::text_upwards(double x, double y, const std::string& words, Anchor anchor,
                       const std::string& color) {
  elements_ += fmt::format(
      "<text transform=\"translate({} {}) rotate(-90)\" text-anchor=\"{}\" {}>{}</text>\n",
      pixels(x), pixels(y), anchor_name(anchor), paint(color), escape(words));
}

double Pen::heading(const std::string& words, double width) {
  double y = picture_margin - 2;
  if (words.empty()) return y;
  // Bold is wider than text_width's estimate for 14 pixels.
  for (const std::string& row : wrapped(words, width - 2 * picture_margin, 15.5)) {
    text(picture_margin, y + 14, row, Anchor::start, "ink", 14, /*bold=*/true);
    y += 18;
  }
  return y + 6;
}

static std::string dash_attribute(const std::string& dashes) {
  return dashes.empty() ? "" : fmt::format(" stroke-dasharray=\"{}\"", dashes);
}

void Pen::line(double x1, double y1, double x2, double y2, const std::string& color, double width,
               const std::string& dashes) {
  elements_ +=
      fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" {} stroke-width=\"{}\"{}/>\n",
                  pixels(x1), pixels(y1), pixels(x2), pixels(y2), paint(color, /*stroke=*/true),
                  pixels(width), dash_attribute(dashes));
}

void Pen::rectangle(double x, double y, double width, double height, const std::string& color,
                    double radius) {
  elements_ +=
      fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" {}", pixels(x), pixels(y),
                  pixels(std::max(width, 0.0)), pixels(std::max(height, 0.0)), paint(color));
  if (radius > 0) elements_ += fmt::format(" rx=\"{}\"", pixels(radius));
  elements_ += "/>\n";
}

void Pen::circle(double x, double y, double radius, const std::string& color, bool rim) {
  elements_ += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"{}\" {}", pixels(x), pixels(y),
                           pixels(radius), paint(color));
  if (rim) elements_ += fmt::format(" {}", paint("paper", /*stroke=*/true));
  elements_ += "/>\n";
}

void Pen::polyline(const std::vector<double>& x, const std::vector<double>& y,
                   const std::string& color, double width, const std::string& dashes) {
  constexpr double visible = 0.4;  // a step below this is not drawn
  std::string path;
  bool drawing = false;
  double last_x = 0, last_y = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    if (std::isnan(x[i]) || std::isnan(y[i])) {
      drawing = false;
      continue;
    }
    const bool end = i + 1 == x.size() || std::isnan(x[i + 1]) || std::isnan(y[i + 1]);
    const bool moved = std::abs(x[i] - last_x) > visible || std::abs(y[i] - last_y) > visible;
    if (drawing && !moved && !end) continue;
    path += fmt::format("{}{} {}", drawing ? "L" : "M", pixels(x[i]), pixels(y[i]));
    drawing = true;
    last_x = x[i];
    last_y = y[i];
  }
  if (path.empty()) return;
  elements_ += fmt::format(
      "<path d=\"{}\" fill=\"none\" {} stroke-width=\"{}\" stroke-linejoin=\"round\" "
      "stroke-linecap=\"round\"{}/>\n",
      path, paint(color, /*stroke=*/true), pixels(width), dash_attribute(dashes));
}

Picture Pen::picture(double width, double height, const std::string& title) const {
  const std::string name = escape(title.empty() ? "Picture" : title);
  const std::string w = pixels(width), h = pixels(height);
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {} {}\" "
      "role=\"img\" aria-label=\"{}\" font-family=\"system-ui, -apple-system, 'Segoe UI', Roboto, "
      "'Helvetica Neue', Arial, sans-serif\" font-size=\"12\">\n<title>{}</title>\n"
      "<rect width=\"{}\" height=\"{}\" rx=\"10\" {}/>\n",
      w, h, w, h, name, name, w, h, paint("paper"));
  svg += elements_;
  svg += "</svg>\n";
  return {std::move(svg), width, height, title, {}};
}

}  // namespace locus
