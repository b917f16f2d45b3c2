// The page of a report: one HTML text with its style inside. No network, no ids but those of the
// chapters, and no script but the slider of a film, which without it is a strip of frames.
#include <algorithm>

#include "nn/inspect/report.h"
#include "nn/inspect/svg.h"
#include "tensor/check.h"

namespace locus {

static const char* const style = R"(
:root { color-scheme: light dark;
  --page: #f3f2ee; --card: #fdfdfb; --text: #20272e; --soft: #58636e; --line: #dcdad3;
  --accent: #00639c; --good: #00704f; --bad: #b04600; }
@media (prefers-color-scheme: dark) {
  :root { --page: #12161a; --card: #1a1f25; --text: #e4e6e8; --soft: #a2acb6; --line: #2e353d;
    --accent: #7cc0ee; --good: #5cc9a0; --bad: #f0a060; }
  svg .paper { fill: #1a1f25 } svg .ink { fill: #e4e6e8 } svg .faint { fill: #a2acb6 }
  svg .paper-line { stroke: #1a1f25 }
  svg .ink-line { stroke: #e4e6e8 } svg .faint-line { stroke: #a2acb6 }
  svg .rule-line { stroke: #323a43 } svg .street-line { stroke: #5b6774 }
}
* { box-sizing: border-box }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; scroll-padding-top: 1.5rem }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto } }
body { margin: 0; background: var(--page); color: var(--text);
  font: 1.0625rem/1.62 Charter, 'Bitstream Charter', 'Sitka Text', Cambria, Georgia, serif;
  overflow-wrap: break-word }
.skip { position: absolute; left: -100vw; padding: .6rem 1rem; background: var(--card); z-index: 1 }
.skip:focus { left: 1rem; top: 1rem }
.page { max-width: 70rem; margin: 0 auto; padding: 0 clamp(1rem, 4vw, 2.5rem) }
a { color: var(--accent); text-underline-offset: .18em; text-decoration-thickness: 1px }
a:focus-visible, [tabindex]:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px }
h1, h2, h3 { line-height: 1.18; font-weight: 600; text-wrap: balance; margin: 0 }
h1 { font-size: clamp(2.4rem, 7vw, 3.6rem); letter-spacing: -.02em }
h2 { font-size: clamp(1.5rem, 4vw, 1.9rem); letter-spacing: -.01em }
h3 { font-size: 1.45rem; letter-spacing: -.005em }
p { margin: .8em 0; max-width: 38rem; text-wrap: pretty }
.top { padding: clamp(2.5rem, 8vw, 5rem) 0 1.5rem }
.lead { font-size: 1.16rem; color: var(--soft) }
nav { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 14rem), 1fr));
  gap: 1.2rem 2rem; padding: 1.4rem 0; border-block: 1px solid var(--line);
  font: .94rem/1.5 system-ui, sans-serif }
nav p { margin: 0 0 .3rem; font-weight: 600; font-size: .86rem; color: var(--soft) }
nav ol { list-style: none; margin: 0; padding: 0 }
nav a { display: flex; gap: .7rem; padding: .22rem 0; text-decoration: none; color: inherit }
nav a:hover { color: var(--accent) }
nav a span { color: var(--soft); font-variant-numeric: tabular-nums }
.part { padding-top: clamp(2.5rem, 7vw, 4.5rem) }
.part > p { color: var(--soft); margin-top: .4rem }
.chapter { display: grid; gap: 1.2rem 3rem; padding: 2rem 0; border-top: 1px solid var(--line);
  margin-top: 1.6rem }
.chapter + .chapter { margin-top: 1rem }
.words { min-width: 0 }
.numeral { display: block; font: 600 .86rem/1.4 system-ui, sans-serif; color: var(--soft);
  font-variant-numeric: tabular-nums; letter-spacing: .04em; margin-bottom: .25rem }
.claim { font-size: 1.16rem; line-height: 1.45; font-style: italic; margin-top: .5em }
.number { font: .9rem/1.55 ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace;
  white-space: pre-line; border-left: 3px solid var(--good); padding: .1rem 0 .1rem .9rem }
.failed { border-color: var(--bad) }
.verdict { font: 600 .86rem/1.4 system-ui, sans-serif; color: var(--good); margin: -.3rem 0 1rem }
.failed + .verdict { color: var(--bad) }
.source { font-size: .9rem; color: var(--soft); margin-bottom: 0 }
code { font: .88em ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace }
.figures { display: flex; flex-wrap: wrap; gap: 1.2rem; min-width: 0; align-items: flex-start }
figure { margin: 0; min-width: 0; flex: 0 1 30rem }
figure.row { flex: 1 1 100% }
.panels { display: flex; flex-wrap: wrap; gap: .8rem; align-items: flex-start }
.panels > div { flex: 1 1 17rem; max-width: 30rem; min-width: 0 }
.film { flex-wrap: nowrap; overflow-x: auto; scroll-snap-type: x proximity; padding-bottom: .6rem }
.film > div { flex: 0 0 min(18rem, 92%); scroll-snap-align: start }
figure svg { display: block; width: 100%; height: auto; max-width: 100%; border-radius: 10px }
figcaption { font: .86rem/1.5 system-ui, sans-serif; color: var(--soft); margin-top: .5rem;
  max-width: 38rem }
footer { margin-top: 4rem; padding: 1.4rem 0 3rem; border-top: 1px solid var(--line);
  color: var(--soft); font-size: .94rem }
@media (min-width: 60rem) {
  .beside { grid-template-columns: minmax(0, 1fr) minmax(0, 28rem) }
  .chapter.beside .figures { padding-top: .4rem }
}
.played { overflow: visible; padding: 0 }
.played > div { flex: 0 1 30rem; min-width: 0 }
[hidden] { display: none }
input[type=range] { display: block; width: 100%; max-width: 30rem; height: 2rem; margin: .3rem 0 0;
  accent-color: var(--accent) }
@media print {
  nav, .skip, input { display: none }
  .chapter { break-inside: avoid }
  .film { flex-wrap: wrap }
  .film > div { display: block; flex: 0 0 30% }
}
)";

// Shows a film's frames one at a time, the last one first; the slider is a plain range input, so it
// takes the keyboard too.
static const char* const slider = R"(
for (const film of document.querySelectorAll('.film')) {
  const frames = [...film.children], slider = document.createElement('input');
  const show = () => {
    frames.forEach((frame, i) => frame.hidden = i != slider.value);
    const name = frames[slider.value].firstElementChild.getAttribute('aria-label');
    slider.setAttribute('aria-valuetext', name);
  };
  Object.assign(slider, {type: 'range', min: 0, max: frames.length - 1, step: 1, oninput: show});
  slider.value = slider.max;
  slider.setAttribute('aria-label', 'Frame of the film');
  film.removeAttribute('tabindex');
  film.classList.add('played');
  film.after(slider);
  show();
}
)";

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

static bool is_film(const Figure& figure) { return figure.picture.panels.size() >= 4; }

// A row becomes its pictures side by side, below one another where the page is narrow; four or more
// are a film.
static std::string figure_html(const Figure& figure) {
  const std::vector<Picture>& panels = figure.picture.panels;
  std::string html = panels.empty() ? "<figure>\n" : "<figure class=\"row\">\n";
  if (panels.empty()) {
    html += figure.picture.svg;
  } else if (!is_film(figure)) {
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

static std::string chapter_html(const Chapter& chapter) {
  const bool beside = chapter.figures.size() == 1 &&
                      (chapter.figures[0].picture.panels.empty() || is_film(chapter.figures[0]));
  std::string html =
      fmt::format("<article class=\"chapter{}\" id=\"{}\" aria-labelledby=\"{}-title\">\n",
                  beside ? " beside" : "", escape(chapter.name), escape(chapter.name));
  html += fmt::format(
      "<div class=\"words\">\n<h3 id=\"{}-title\"><span class=\"numeral\">{}</span> {}</h3>\n",
      escape(chapter.name), escape(numeral(chapter)), escape(title_of(chapter)));
  html += paragraphs(chapter.claim, " class=\"claim\"");
  if (!chapter.number.empty()) {
    html += fmt::format("<p class=\"number{}\">{}</p>\n", chapter.ok ? "" : " failed",
                        escape(chapter.number));
    html += fmt::format("<p class=\"verdict\">{}</p>\n",
                        chapter.ok ? "✓ The claim holds." : "✗ The claim does not hold.");
  }
  html += paragraphs(chapter.paragraph);
  if (!chapter.source.empty()) {
    html +=
        fmt::format("<p class=\"source\">Source: <code>{}</code></p>\n", escape(chapter.source));
  }
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
      body += chapter_html(*chapter);
    }
    nav += "</ol></div>\n";
    body += "</section>\n";
  }
  std::string html =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  html += fmt::format("<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n", escape(text.title),
                      style);
  html += "<a class=\"skip\" href=\"#chapters\">Skip to the chapters</a>\n<div class=\"page\">\n";
  html += fmt::format("<header class=\"top\">\n<h1>{}</h1>\n{}</header>\n", escape(text.title),
                      paragraphs(text.lead, " class=\"lead\""));
  html += fmt::format(
      "<nav aria-label=\"Chapters\">\n{}</nav>\n<main id=\"chapters\" "
      "tabindex=\"-1\">\n{}</main>\n",
      nav, body);
  if (!text.footer.empty()) html += fmt::format("<footer>{}</footer>\n", paragraphs(text.footer));
  const bool film = std::any_of(chapters.begin(), chapters.end(), [](const Chapter& chapter) {
    return std::any_of(chapter.figures.begin(), chapter.figures.end(), is_film);
  });
  if (film) html += fmt::format("<script>{}</script>\n", slider);
  return html + "</div>\n</body>\n</html>\n";
}

}  // namespace locus
