// A report: chapters of claim, picture, number and paragraph, as one HTML page without network.
// Chapters are saved one by one, each by its own program; the page holds all that lie in a folder.
#pragma once

#include <string>
#include <vector>

#include "nn/plot/picture.h"

namespace locus::course {

struct Figure {
  std::string name;  // of its file, without .svg: "similarity"
  Picture picture;
  std::string caption = {};  // one sentence below it, or empty
};

// One measurement that a chapter's claim rests on.
struct Claim {
  std::string name;  // "neighbours recovered"
  double value = 0;
  std::string relation;  // the claim is: value relation bound; ">", "<" or "="
  double bound = 0;
  bool judged = true;  // false: --quick trains too little to judge it
  bool held = false;   // whether the claim is true of this value, judged or not
};

// "neighbours recovered: 1 > 0.95". `space` is written on both sides of the relation.
std::string text_of(const Claim& claim, const char* space = " ");

struct Chapter {
  std::string name;                // "09_street": its folder, and its place in the order
  std::string title = {};          // "A street"
  std::string claim = {};          // one sentence
  std::vector<Claim> claims = {};  // what was measured to show it
  std::string paragraph = {};      // what it means; an empty line begins a new paragraph
  std::string source = {};         // "examples/09_street.cpp"
  std::vector<std::vector<std::string>> table = {};  // rows of cells; the first row names columns
  std::vector<Figure> figures = {};

  bool held() const;    // whether every judged claim held
  bool judged() const;  // whether every claim was judged
};

// Writes folder/name/chapter.json and folder/name/<figure>.svg, over what an earlier run left.
// Bytes that are not UTF-8 become U+FFFD. JSON has no infinity and no NaN: "inf", "-inf", "nan".
// Throws when a name has other characters than letters, digits, '_' and '-', or a file fails.
void save_chapter(const std::string& folder, const Chapter& chapter);

// Reads what save_chapter wrote, from folder/name/. Throws naming the file and what is wrong in it.
Chapter load_chapter(const std::string& chapter_folder);

struct Part {
  std::string title;        // "Part I: the engine"
  std::string first, last;  // its chapters' numbers: those from "01" to "05"
  std::string lead = {};    // a sentence under the title
};

struct ReportText {
  std::string title, lead;       // the heading, and the paragraph under it (as in Chapter)
  std::vector<Part> parts = {};  // chapters in no part come last
  std::string footer = {};
  std::string sources = {};  // the way from the page to where the chapters' sources lie, or empty
};

// The page: self-contained HTML, readable on a phone, in the dark, by keyboard and by ear.
std::string report_page(const ReportText& text, const std::vector<Chapter>& chapters);

// Writes folder/index.html from every chapter that lies in the folder, ordered by name; returns its
// path. Throws when the folder holds none, or a file fails.
std::string write_report(const std::string& folder, const ReportText& text);

}  // namespace locus::course
