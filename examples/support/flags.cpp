#include "examples/support/flags.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <limits>
#include <type_traits>

namespace locus::course {

static constexpr double infinity = std::numeric_limits<double>::infinity();
static constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

// As CLI11 reads it, for which 010 is 8 where numbers are whole; but it takes -1 for 2^64 - 1 where
// they have no sign.
template <class T>
static double read_as(const std::string& word) {
  if constexpr (std::is_arithmetic_v<T>) {
    const bool wraps = std::is_unsigned_v<T> && word.find('-') != std::string::npos;
    T number;
    if (!wraps && CLI::detail::lexical_cast(word, number)) return double(number);
  }
  return no_number;
}

template <class T>
static CLI::Option* option_of(CLI::App& app, const std::string& name, T& value,
                              const std::string& help) {
  CLI::Option* option = app.add_option(name, value, help);
  if constexpr (requires { value.empty(); }) {
    if (value.empty()) return option;  // else --help would show a default of []
  }
  return option->capture_default_str();
}

// --- Flag ----------------------------------------------------------------------------------------

Flag Flag::within(double low, double high, const std::string& range) const {
  option_->type_name(fmt::format("{} ({})", option_->get_type_name(), range));
  option_->check(
      [=, read = reading_](const std::string& word) {
        const double number = read(word);
        return low <= number && number <= high ? ""
                                               : fmt::format("must be {}, got '{}'", range, word);
      },
      "");
  return *this;
}

Flag Flag::between(double low, double high) const {
  return within(low, high, fmt::format("{} to {}", low, high));
}

Flag Flag::at_least(double low) const { return within(low, infinity, fmt::format(">= {}", low)); }

Flag Flag::one_of(const std::vector<std::string>& words) const {
  option_->check(CLI::IsMember(words).description(""));
  return *this;
}

Flag Flag::not_empty() const {
  option_->check([](const std::string& word) { return word.empty() ? "must not be empty" : ""; },
                 "");
  return *this;
}

Flag Flag::takes(int count) const {
  option_->expected(count);
  return *this;
}

Flag Flag::needs(Flag other) const {
  option_->needs(other.option_);
  return *this;
}

Flag Flag::required() const {
  option_->required();
  return *this;
}

Flag Flag::named(const std::string& value) const {
  option_->type_name(value);
  return *this;
}

Flag Flag::without_default() const {
  option_->default_str("");
  return *this;
}

// --- Flags ---------------------------------------------------------------------------------------

Flags::Flags(const std::string& name, const std::string& about)
    : app_(std::make_unique<CLI::App>(about, name)) {}

Flags::~Flags() = default;

Flag Flags::add(const std::string& name, bool& value, const std::string& help) {
  return {app_->add_flag(name, value, help), read_as<bool>};
}

Flag Flags::add(const std::string& name, int& value, const std::string& help) {
  return {option_of(*app_, name, value, help), read_as<int>};
}

Flag Flags::add(const std::string& name, std::ptrdiff_t& value, const std::string& help) {
  return {option_of(*app_, name, value, help), read_as<std::ptrdiff_t>};
}

Flag Flags::add(const std::string& name, std::uint64_t& value, const std::string& help) {
  return {option_of(*app_, name, value, help), read_as<std::uint64_t>};
}

Flag Flags::add(const std::string& name, double& value, const std::string& help) {
  return {option_of(*app_, name, value, help), read_as<double>};
}

Flag Flags::add(const std::string& name, std::string& value, const std::string& help) {
  return {option_of(*app_, name, value, help), read_as<std::string>};
}

Flag Flags::add(const std::string& name, std::vector<std::ptrdiff_t>& value,
                const std::string& help) {
  return {option_of(*app_, name, value, help), read_as<std::ptrdiff_t>};
}

Flag Flags::add(const std::string& name, std::vector<std::string>& value, const std::string& help) {
  return {option_of(*app_, name, value, help), read_as<std::string>};
}

void Flags::parse(int argc, const char* const* argv) {
  try {
    app_->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) std::exit(app_->exit(error));  // --help
    fmt::print(stderr, "{}: {}. See --help.\n", app_->get_name(), error.what());
    std::exit(2);
  }
}

}  // namespace locus::course
