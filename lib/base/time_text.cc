#include "base/time_text.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <optional>

namespace base {
namespace {

using std::chrono::days;
using std::chrono::microseconds;
using std::chrono::milliseconds;

struct Civil {
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<microseconds> time;
};

Civil civil(Time t) {
  const auto day = std::chrono::floor<days>(t);
  return {std::chrono::year_month_day(day), std::chrono::hh_mm_ss<microseconds>(t - day)};
}

std::string format_seconds(const Civil& c) {
  std::array<char, 64> out{};
  const int length =
      std::snprintf(out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(c.date.year()),
                    static_cast<unsigned>(c.date.month()), static_cast<unsigned>(c.date.day()),
                    static_cast<int>(c.time.hours().count()), static_cast<int>(c.time.minutes().count()),
                    static_cast<int>(c.time.seconds().count()));
  return std::string(out.data(), static_cast<std::size_t>(length));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Reads a text from the left; every take_ leaves it unchanged when it fails.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}
  bool empty() const { return rest_.empty(); }
  bool at_digit() const { return !rest_.empty() && is_digit(rest_.front()); }

  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool take(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  /// Exactly `count` digits.
  std::optional<int> take_number(std::size_t count) {
    if (rest_.size() < count) return std::nullopt;
    int value = 0;
    for (const char c : rest_.substr(0, count)) {
      if (!is_digit(c)) return std::nullopt;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }
  int take_digit() {
    const int value = rest_.front() - '0';
    rest_.remove_prefix(1);
    return value;
  }

 private:
  std::string_view rest_;
};

std::optional<std::chrono::sys_days> take_date(Scanner& in) {
  const auto year = in.take_number(4);
  if (!year || !in.take('-')) return std::nullopt;
  const auto month = in.take_number(2);
  if (!month || !in.take('-')) return std::nullopt;
  const auto day = in.take_number(2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

/// "16:22", both within their ranges.
std::optional<std::chrono::minutes> take_hours_minutes(Scanner& in) {
  const auto hours = in.take_number(2);
  if (!hours || *hours > 23 || !in.take(':')) return std::nullopt;
  const auto minutes = in.take_number(2);
  if (!minutes || *minutes > 59) return std::nullopt;
  return std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
}

/// The digits behind the point, down to microseconds; finer ones are dropped. At least one digit.
std::optional<microseconds> take_fraction(Scanner& in) {
  if (!in.at_digit()) return std::nullopt;
  microseconds fraction{0};
  for (int unit = 100'000; in.at_digit(); unit /= 10) fraction += microseconds(in.take_digit() * unit);
  return fraction;
}

std::optional<std::chrono::minutes> take_offset(Scanner& in) {
  if (in.take('Z') || in.take('z')) return std::chrono::minutes(0);
  const bool east = in.take('+');
  if (!east && !in.take('-')) return std::nullopt;
  const auto offset = take_hours_minutes(in);
  if (!offset) return std::nullopt;
  return east ? *offset : -*offset;
}

std::optional<Time> take_time(Scanner& in) {
  const auto date = take_date(in);
  if (!date || !(in.take('T') || in.take('t'))) return std::nullopt;
  const auto minutes = take_hours_minutes(in);
  if (!minutes || !in.take(':')) return std::nullopt;
  const auto seconds = in.take_number(2);
  if (!seconds || *seconds > 59) return std::nullopt;
  std::optional<microseconds> fraction = microseconds(0);
  if (in.take('.')) fraction = take_fraction(in);
  if (!fraction) return std::nullopt;
  const auto offset = take_offset(in);
  if (!offset || !in.empty()) return std::nullopt;
  return Time(*date) + *minutes + std::chrono::seconds(*seconds) + *fraction - *offset;
}

struct Unit {
  std::string_view name;
  std::uint64_t nanoseconds;
};

// "ms" stands before "m": the first match wins.
constexpr std::array kUnits = {
    Unit{"ns", 1},
    Unit{"us", 1'000},
    Unit{"\u00b5s", 1'000},
    Unit{"\u03bcs", 1'000},
    Unit{"ms", 1'000'000},
    Unit{"s", 1'000'000'000},
    Unit{"m", 60'000'000'000},
    Unit{"h", 3'600'000'000'000},
    Unit{"d", 86'400'000'000'000},
};
constexpr std::uint64_t kLongestNanoseconds = 100ull * 365 * 86'400 * 1'000'000'000;

std::optional<Unit> take_unit(Scanner& in) {
  for (const Unit& unit : kUnits) {
    if (in.take(unit.name)) return unit;
  }
  return std::nullopt;
}

/// One "1.5h", in nanoseconds.
std::optional<std::uint64_t> take_term(Scanner& in) {
  std::uint64_t whole = 0;
  bool digits = false;
  for (; in.at_digit(); digits = true) {
    if (whole > kLongestNanoseconds / 10) return std::nullopt;  // before the product can overflow
    whole = whole * 10 + static_cast<std::uint64_t>(in.take_digit());
  }
  std::array<int, 18> fraction{};
  std::size_t fraction_digits = 0;
  if (in.take('.')) {
    for (; in.at_digit(); digits = true) {
      const int digit = in.take_digit();
      if (fraction_digits < fraction.size()) fraction[fraction_digits++] = digit;
    }
  }
  const auto unit = take_unit(in);
  if (!digits || !unit || whole > kLongestNanoseconds / unit->nanoseconds) return std::nullopt;
  std::uint64_t value = whole * unit->nanoseconds;
  std::uint64_t place = unit->nanoseconds;
  for (std::size_t i = 0; i < fraction_digits; ++i) {
    place /= 10;
    value += place * static_cast<std::uint64_t>(fraction[i]);
  }
  return value;
}

std::optional<std::uint64_t> take_duration(Scanner& in) {
  in.take('+');
  std::uint64_t sum = 0;
  do {
    const auto term = take_term(in);
    if (!term || *term > kLongestNanoseconds - sum) return std::nullopt;
    sum += *term;
  } while (!in.empty());
  return sum;
}

}  // namespace

std::string format_time(Time t) { return format_seconds(civil(t)) + "Z"; }

std::string format_micro_time(Time t) {
  const Civil c = civil(t);
  std::array<char, 16> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%06dZ", static_cast<int>(c.time.subseconds().count()));
  return format_seconds(c) + fraction.data();
}

Result<Time> parse_time(std::string_view text) {
  Scanner in(text);
  if (const auto time = take_time(in)) return *time;
  return fail(Code::kMalformed, "not an RFC 3339 time");
}

Result<milliseconds> parse_duration(std::string_view text) {
  if (text == "0") return milliseconds(0);  // the one number Go takes without a unit
  Scanner in(text);
  if (const auto nanoseconds = take_duration(in)) return milliseconds(*nanoseconds / 1'000'000);
  return fail(Code::kInvalid, "not a duration such as \"90s\" or \"1h30m\" between 0 and 100 years");
}

std::string format_duration(milliseconds d) {
  const bool negative = d.count() < 0;
  std::uint64_t rest = static_cast<std::uint64_t>(d.count());
  if (negative) rest = 0 - rest;
  if (rest == 0) return "0s";
  std::string text = negative ? "-" : "";
  if (rest < 1000) return text + std::to_string(rest) + "ms";
  if (rest >= 3'600'000) text += std::to_string(rest / 3'600'000) + "h";
  rest %= 3'600'000;
  if (rest >= 60'000) text += std::to_string(rest / 60'000) + "m";
  rest %= 60'000;
  if (rest == 0) return text;
  text += std::to_string(rest / 1000);
  if (const std::uint64_t fraction = rest % 1000; fraction != 0) {
    std::string digits = std::to_string(1000 + fraction).substr(1);
    digits.erase(digits.find_last_not_of('0') + 1);
    text += "." + digits;
  }
  return text + "s";
}

}  // namespace base
