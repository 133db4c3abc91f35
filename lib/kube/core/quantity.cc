#include "kube/core/quantity.h"

#include <algorithm>
#include <limits>
#include <string>

namespace kube {

namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

/// A quantity as digits * 10^exponent * 2^shift.
struct Parsed {
  bool negative = false;
  std::string digits;  ///< without leading zeros; empty = 0
  int exponent = 0;
  int shift = 0;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

base::Result<int> parse_exponent(std::string_view text) {
  bool negative = false;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (text.empty() || text.size() > 4 || !std::all_of(text.begin(), text.end(), is_digit)) {
    return base::fail(base::Code::kInvalid, "bad exponent");
  }
  int value = 0;
  for (char c : text) value = value * 10 + (c - '0');
  return negative ? -value : value;
}

base::Result<Parsed> with_suffix(Parsed parsed, std::string_view suffix) {
  static constexpr std::pair<std::string_view, int> kDecimal[] = {{"n", -9}, {"u", -6}, {"m", -3}, {"", 0},
                                                                  {"k", 3},  {"M", 6},  {"G", 9},  {"T", 12},
                                                                  {"P", 15}, {"E", 18}};
  static constexpr std::pair<std::string_view, int> kBinary[] = {{"Ki", 10}, {"Mi", 20}, {"Gi", 30},
                                                                 {"Ti", 40}, {"Pi", 50}, {"Ei", 60}};
  for (auto [name, exponent] : kDecimal) {
    if (suffix == name) {
      parsed.exponent += exponent;
      return parsed;
    }
  }
  for (auto [name, shift] : kBinary) {
    if (suffix == name) {
      parsed.shift = shift;
      return parsed;
    }
  }
  if (suffix[0] == 'e' || suffix[0] == 'E') {
    auto exponent = parse_exponent(suffix.substr(1));
    if (exponent) {
      parsed.exponent += *exponent;
      return parsed;
    }
  }
  return base::fail(base::Code::kInvalid, "unknown suffix");
}

base::Result<Parsed> parse(std::string_view text) {
  Parsed parsed;
  std::size_t i = 0;
  if (i < text.size() && (text[i] == '+' || text[i] == '-')) parsed.negative = text[i++] == '-';
  std::size_t seen = 0;
  for (bool fraction = false; i < text.size(); ++i) {
    if (text[i] == '.' && !fraction) {
      fraction = true;
    } else if (is_digit(text[i])) {
      ++seen;
      if (text[i] != '0' || !parsed.digits.empty()) parsed.digits += text[i];
      if (fraction) --parsed.exponent;
    } else {
      break;
    }
  }
  if (seen == 0 || text.size() > 64) return base::fail(base::Code::kInvalid, "not a number");
  return with_suffix(std::move(parsed), text.substr(i));
}

/// Multiplies, saturating at a value that stays far above the range of int64 even after a division by 10^12.
__extension__ using Wide = unsigned __int128;
constexpr Wide kCeiling = Wide{1} << 120;
Wide times(Wide value, Wide factor) { return value >= kCeiling / factor ? kCeiling : value * factor; }

/// The value times 10^extra_exponent, rounded up.
std::int64_t scaled(const Parsed& parsed, int extra_exponent) {
  std::string_view digits = parsed.digits;
  int exponent = parsed.exponent + extra_exponent;
  bool remainder = false;
  // Digits far behind the point can only matter for rounding; without them nothing below saturates wrongly.
  for (; exponent < -12 && digits.size() > 15; ++exponent) {
    remainder = remainder || digits.back() != '0';
    digits.remove_suffix(1);
  }
  Wide value = 0;
  for (char c : digits) {
    value = times(value, 10);
    if (value < kCeiling) value += static_cast<unsigned>(c - '0');
  }
  if (value == 0) return 0;
  for (; exponent > 0 && value < kCeiling; --exponent) value = times(value, 10);
  value = times(value, Wide{1} << parsed.shift);
  for (; exponent < 0 && value != 0; ++exponent) {
    remainder = remainder || value % 10 != 0;
    value /= 10;
  }
  if (parsed.negative) {  // up means towards zero
    if (value > static_cast<Wide>(kMax)) return std::numeric_limits<std::int64_t>::min();
    return -static_cast<std::int64_t>(value);
  }
  if (remainder) ++value;
  return value > static_cast<Wide>(kMax) ? kMax : static_cast<std::int64_t>(value);
}

base::Result<std::int64_t> convert(std::string_view text, int extra_exponent) {
  auto parsed = parse(text);
  if (!parsed) {
    return base::fail(base::Code::kInvalid, "\"" + std::string(text.substr(0, 64)) +
                                                "\" is not a quantity (such as 8, 500m or 16Gi)");
  }
  return scaled(*parsed, extra_exponent);
}

}  // namespace

base::Result<std::int64_t> parse_quantity(std::string_view text) { return convert(text, 0); }
base::Result<std::int64_t> parse_quantity_milli(std::string_view text) { return convert(text, 3); }

}  // namespace kube
