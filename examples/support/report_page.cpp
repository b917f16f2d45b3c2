// The page of a report: one HTML text with its style inside. No network, no ids but those of the
// chapters, and no script but the slider of a film, which without it is a strip of frames.
#include <algorithm>
#include <cctype>
#include <cstring>

#include "examples/support/page_files.h"
#include "examples/support/report.h"
#include "nn/plot/svg.h"
#include "tensor/check.h"

namespace locus::course {

// Escaped text with `code` between backticks.
static std::string inline_text(const std::string& text) {
  std::string html, rest = escape(text);
  bool code = false;
  const bool paired = std::count(rest.begin(), rest.end(), '`') % 2 == 0;
  for (const char c : rest) {
    if (c != '`' || !paired) {
      html += c;
      continue;
    }
    html += code ? "</code>" : "<code>";
    code = !code;
  }
  return html;
}

// An empty line begins a new paragraph.
static std::string paragraphs(const std::string& text, const std::string& attributes = {}) {
  std::string html;
  for (size_t first = 0; first < text.size();) {
    const size_t last = std::min(text.find("\n\n", first), text.size());
    const std::string words = inline_text(text.substr(first, last - first));
    if (!words.empty()) html += fmt::format("<p{}>{}</p>\n", attributes, words);
    first = last + 2;
  }
  return html;
}

// "09_street" -> "09"; a name without a number stays as it is.
static std::string numeral(const Chapter& chapter) {
  return chapter.name.substr(0, chapter.name.find('_'));
}

static const std::string& title_of(const Chapter& chapter) {
  return chapter.title.empty() ? chapter.name : chapter.title;
}

// A row becomes its pictures side by side, below one another where the page is narrow.
static std::string figure_html(const Figure& figure) {
  const std::vector<Picture>& panels = figure.picture.panels;
  std::string html = panels.empty() ? "<figure>\n" : "<figure class=\"row\">\n";
  if (!panels.empty() && !figure.picture.title.empty())  // a single picture has it inside
    html += fmt::format("<p class=\"about\">{}</p>\n", escape(figure.picture.title));
  if (panels.empty()) {
    html += figure.picture.svg;
  } else if (!figure.picture.film) {
    html += "<div class=\"panels\">\n";
  } else {
    html += fmt::format(
        "<div class=\"panels film\" tabindex=\"0\" role=\"group\" aria-label=\"{}, {} frames\">\n",
        escape(figure.picture.title), panels.size());
  }
  for (const Picture& panel : panels) html += "<div>" + panel.svg + "</div>\n";
  if (!panels.empty()) html += "</div>\n";
  if (!figure.caption.empty())
    html += fmt::format("<figcaption>{}</figcaption>\n", inline_text(figure.caption));
  return html + "</figure>\n";
}

// What was measured, a line each, "1 > 0.95" never broken in two, and what follows from it.
static std::string measured(const Chapter& chapter) {
  if (chapter.claims.empty()) return "";
  const char* state = !chapter.held() ? " failed" : !chapter.judged() ? " open" : "";
  std::string html = fmt::format("<p class=\"number{}\">\n", state);
  for (const Claim& claim : chapter.claims)
    html += fmt::format("<span>{}</span>\n", escape(text_of(claim, "\u00A0")));
  return html + fmt::format("</p>\n<p class=\"verdict\">{}</p>\n",
                            !chapter.held()     ? "✗ The claim does not hold."
                            : !chapter.judged() ? "Too little training to judge all of this."
                                                : "✓ The claim holds.");
}

// Wider than the page it scrolls by itself.
static std::string table_html(const std::vector<std::vector<std::string>>& table) {
  if (table.empty()) return "";
  std::string html =
      "<div class=\"table\" tabindex=\"0\" role=\"group\" aria-label=\"Table\"><table>\n";
  for (size_t i = 0; i < table.size(); ++i) {
    html += "<tr>";
    for (size_t j = 0; j < table[i].size(); ++j) {
      const char* tag = i == 0 ? "th scope=\"col\"" : j == 0 ? "th scope=\"row\"" : "td";
      html +=
          fmt::format("<{}>{}</{}>", tag, inline_text(table[i][j]), i == 0 || j == 0 ? "th" : "td");
    }
    html += "</tr>\n";
  }
  return html + "</table></div>\n";
}

// A path as it may stand in a link.
static std::string url(const std::string& path) {
  std::string text;
  for (const char c : path) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) || std::strchr("/._-~", c);
    text += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return text;
}

static std::string source_html(const Chapter& chapter, const std::string& sources) {
  if (chapter.source.empty()) return "";
  std::string html = fmt::format("<code>{}</code>", escape(chapter.source));
  if (!sources.empty())
    html = fmt::format("<a href=\"{}\">{}</a>", url(sources + "/" + chapter.source), html);
  return fmt::format("<p class=\"source\">Source: {}</p>\n", html);
}

static std::string chapter_html(const Chapter& chapter, const std::string& sources) {
  const bool beside = chapter.figures.size() == 1 && (chapter.figures[0].picture.panels.empty() ||
                                                      chapter.figures[0].picture.film);
  std::string html =
      fmt::format("<article class=\"chapter{}\" id=\"{}\" aria-labelledby=\"{}-title\">\n",
                  beside ? " beside" : "", escape(chapter.name), escape(chapter.name));
  html += fmt::format(
      "<div class=\"words\">\n<h3 id=\"{}-title\"><span class=\"numeral\">{}</span> {}</h3>\n",
      escape(chapter.name), escape(numeral(chapter)), escape(title_of(chapter)));
  html += paragraphs(chapter.claim, " class=\"claim\"");
  html += measured(chapter);
  html += table_html(chapter.table);
  html += paragraphs(chapter.paragraph);
  html += source_html(chapter, sources);
  html += "</div>\n";
  if (!chapter.figures.empty()) {
    html += "<div class=\"figures\">\n";
    for (const Figure& figure : chapter.figures) html += figure_html(figure);
    html += "</div>\n";
  }
  return html + "</article>\n";
}

namespace {
struct Section {
  Part part;
  std::vector<const Chapter*> chapters;
};
}  // namespace

// Chapters under their parts, parts without any left out, and what belongs nowhere at the end.
static std::vector<Section> sections_of(const ReportText& text,
                                        const std::vector<Chapter>& chapters) {
  std::vector<Section> sections;
  std::vector<const Chapter*> left;
  for (const Chapter& chapter : chapters) left.push_back(&chapter);
  for (const Part& part : text.parts) {
    Section section{part, {}};
    std::erase_if(left, [&](const Chapter* chapter) {
      const bool here = numeral(*chapter) >= part.first && numeral(*chapter) <= part.last;
      if (here) section.chapters.push_back(chapter);
      return here;
    });
    if (!section.chapters.empty()) sections.push_back(section);
  }
  if (!left.empty())
    sections.push_back({{text.parts.empty() ? "Chapters" : "More", "", "", ""}, left});
  return sections;
}

std::string report_page(const ReportText& text, const std::vector<Chapter>& chapters) {
  std::string nav, body;
  for (const Section& section : sections_of(text, chapters)) {
    nav += fmt::format("<div><p>{}</p>\n<ol>\n", escape(section.part.title));
    body += fmt::format("<section class=\"part\">\n<h2>{}</h2>\n{}", escape(section.part.title),
                        paragraphs(section.part.lead));
    for (const Chapter* chapter : section.chapters) {
      nav += fmt::format("<li><a href=\"#{}\"><span>{}</span> {}</a></li>\n", escape(chapter->name),
                         escape(numeral(*chapter)), escape(title_of(*chapter)));
      body += chapter_html(*chapter, text.sources);
    }
    nav += "</ol></div>\n";
    body += "</section>\n";
  }
  std::string html =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<link rel=\"icon\" href=\"data:,\">\n";  // else a browser asks the server for one
  html += fmt::format("<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n", escape(text.title),
                      page_css);
  html += "<a class=\"skip\" href=\"#chapters\">Skip to the chapters</a>\n<div class=\"page\">\n";
  html += fmt::format("<header class=\"top\">\n<h1>{}</h1>\n{}</header>\n", escape(text.title),
                      paragraphs(text.lead, " class=\"lead\""));
  html += fmt::format(
      "<nav aria-label=\"Chapters\">\n{}</nav>\n<main id=\"chapters\" "
      "tabindex=\"-1\">\n{}</main>\n",
      nav, body);
  if (!text.footer.empty()) html += fmt::format("<footer>{}</footer>\n", paragraphs(text.footer));
  const bool film = std::any_of(chapters.begin(), chapters.end(), [](const Chapter& chapter) {
    return std::any_of(chapter.figures.begin(), chapter.figures.end(),
                       [](const Figure& figure) { return figure.picture.film; });
  });
  if (film) html += fmt::format("<script>{}</script>\n", page_js);
  return html + "</div>\n</body>\n</html>\n";
}

}  // namespace locus::course
