// What the page of a report looks like, and its one script. For report_page.cpp alone.
#pragma once

namespace locus::course {

inline constexpr const char* report_style = R"(
:root { color-scheme: light dark;
  --page: #f3f2ee; --card: #fdfdfb; --text: #20272e; --soft: #58636e; --line: #dcdad3;
  --accent: #00639c; --good: #00704f; --bad: #b04600; }
@media (prefers-color-scheme: dark) {
  :root { --page: #12161a; --card: #1a1f25; --text: #e4e6e8; --soft: #a2acb6; --line: #2e353d;
    --accent: #7cc0ee; --good: #5cc9a0; --bad: #f0a060; }
  svg .paper { fill: #1a1f25 } svg .ink { fill: #e4e6e8 } svg .faint { fill: #a2acb6 }
  svg .paper-line { stroke: #76828e }
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
a:focus-visible, input:focus-visible, [tabindex]:focus-visible {
  outline: 2px solid var(--accent); outline-offset: 3px }
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
  border-left: 3px solid var(--good); padding: .1rem 0 .1rem .9rem }
.number > * { display: block; padding-left: 1.2em; text-indent: -1.2em }
.failed { border-color: var(--bad) }
.open { border-color: var(--line) }
.verdict { font: 600 .86rem/1.4 system-ui, sans-serif; color: var(--good); margin: -.3rem 0 1rem }
.failed + .verdict { color: var(--bad) }
.open + .verdict { color: var(--soft) }
.table { overflow-x: auto; margin: 1rem 0 }
table { border-collapse: collapse; font: .9rem/1.45 system-ui, sans-serif;
  font-variant-numeric: tabular-nums }
th, td { padding: .42rem 1rem .42rem 0; border-bottom: 1px solid var(--line); text-align: right;
  vertical-align: top; white-space: nowrap }
th { font-weight: 400; color: var(--soft) }
th:first-child { text-align: left; white-space: normal; min-width: 8rem }
:is(th, td):last-child { padding-right: 0 }
@media (max-width: 30rem) {
  th, td { padding-right: .6rem; font-size: .84rem }
  th:first-child { min-width: 6rem }
}
td:nth-child(2), tr:first-child th:nth-child(2) { font-weight: 600; color: var(--text) }
.source { font-size: .9rem; color: var(--soft); margin-bottom: 0 }
code { font: .88em ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace }
.figures { display: flex; flex-wrap: wrap; gap: 1.2rem; min-width: 0; align-items: flex-start }
figure { margin: 0; min-width: 0; flex: 0 1 30rem }
figure.row { flex: 1 1 100% }
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 17rem), 1fr));
  gap: .8rem; align-items: start }
.panels > div { max-width: 30rem; min-width: 0 }
@media (min-width: 40rem) {  /* two by two, not three and one */
  .panels:not(.film):has(> :is(:nth-child(2), :nth-child(4)):last-child) {
    grid-template-columns: repeat(2, 1fr); max-width: 60.8rem }
}
.film { display: flex; overflow-x: auto; scroll-snap-type: x proximity; padding-bottom: .6rem }
.film > div { flex: 0 0 min(18rem, 92%); scroll-snap-align: start }
figure svg { display: block; width: 100%; height: auto; max-width: 100%; border-radius: 10px }
.about { font: 600 1rem/1.4 system-ui, sans-serif; margin: 0 0 .5rem }
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
inline constexpr const char* film_slider = R"(
for (const film of document.querySelectorAll('.film')) {
  const frames = [...film.children], slider = document.createElement('input');
  const show = () => {
    frames.forEach((frame, i) => frame.hidden = i != slider.value);
    const name = frames[slider.value].firstElementChild.getAttribute('aria-label');
    slider.setAttribute('aria-valuetext', name);
  };
  Object.assign(slider, {type: 'range', min: 0, max: frames.length - 1, step: 1, oninput: show});
  slider.value = slider.max;
  slider.setAttribute('aria-label', 'Frame of: ' + film.getAttribute('aria-label'));
  film.removeAttribute('tabindex');
  film.classList.add('played');
  film.after(slider);
  show();
}
)";

}  // namespace locus::course
