// What can be told to a program, of the examples or of the tests, when it starts. flags.cpp alone
// includes CLI11, which takes longer to compile than the rest of such a program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace locus::course {

// What more there is to say of a flag, one call behind the other. A rule for numbers or words holds
// for each of a list.
class Flag {
 public:
  Flag between(double low, double high) const;  // the two included
  Flag at_least(double low) const;
  Flag one_of(const std::vector<std::string>& words) const;  // which the flag's help has to name
  Flag not_empty() const;
  Flag takes(int count) const;   // so many, where the value is a list
  Flag needs(Flag other) const;  // refused without it
  Flag required() const;
  Flag named(const std::string& value) const;  // what --help says instead of TEXT, such as FILE
  Flag without_default() const;                // --help shows none

 private:
  friend class Flags;
  // The number that a word is to this flag, NaN where it is none.
  using Reading = double (*)(const std::string& word);

  Flag(CLI::Option* option, Reading reading) : option_(option), reading_(reading) {}
  Flag within(double low, double high, const std::string& range) const;

  CLI::Option* option_;
  Reading reading_;
};

class Flags {
 public:
  // `about` is the first line of --help.
  Flags(const std::string& name, const std::string& about);
  ~Flags();

  // `name` is such as "--rows", or "file" for what stands alone. `value` holds the default and must
  // outlive parse(). A bool is a switch; a list takes one or more.
  Flag add(const std::string& name, bool& value, const std::string& help);
  Flag add(const std::string& name, int& value, const std::string& help);
  Flag add(const std::string& name, std::ptrdiff_t& value, const std::string& help);
  Flag add(const std::string& name, std::uint64_t& value, const std::string& help);
  Flag add(const std::string& name, double& value, const std::string& help);
  Flag add(const std::string& name, std::string& value, const std::string& help);
  Flag add(const std::string& name, std::vector<std::ptrdiff_t>& value, const std::string& help);
  Flag add(const std::string& name, std::vector<std::string>& value, const std::string& help);

  // On --help: prints it and ends the program with 0. On a mistake: one line on stderr, and 2.
  void parse(int argc, const char* const* argv);

 private:
  std::unique_ptr<CLI::App> app_;
};

}  // namespace locus::course
