#include "market/money.h"

#include <limits>

namespace market {
namespace {

constexpr std::int64_t kMicrosPerUnit = 1'000'000;
constexpr std::size_t kWholeDigits = 12;
constexpr std::size_t kFractionDigits = 6;

// 128 bits, so that price * GPUs * milliseconds cannot overflow unseen.
__extension__ using Wide = __int128;

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::int64_t digits_value(std::string_view digits) {
  std::int64_t value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}

}  // namespace

base::Result<Money> parse_money(std::string_view text) {
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const bool has_fraction = point != std::string_view::npos;
  const std::string_view fraction = has_fraction ? text.substr(point + 1) : std::string_view{};
  const bool ok = all_digits(whole) && whole.size() <= kWholeDigits &&
                  (!has_fraction || (all_digits(fraction) && fraction.size() <= kFractionDigits));
  if (!ok) {
    return base::fail(base::Code::kInvalid,
                      "\"" + std::string(text.substr(0, 40)) +
                          "\" is not an amount of money; write digits with a point and at most six decimals, "
                          "such as \"3.50\"");
  }
  std::int64_t micros = digits_value(fraction);
  for (std::size_t i = fraction.size(); i < kFractionDigits; ++i) micros *= 10;
  return Money{digits_value(whole) * kMicrosPerUnit + micros};
}

std::string format_money(Money amount) {
  const bool negative = amount.micros < 0;
  const std::uint64_t bits = static_cast<std::uint64_t>(amount.micros);
  const std::uint64_t micros = negative ? 0 - bits : bits;  // well defined for the smallest value too
  std::string text = (negative ? "-" : "") + std::to_string(micros / kMicrosPerUnit);
  const std::uint64_t rest = micros % kMicrosPerUnit;
  if (rest == 0) return text;
  std::string fraction = std::to_string(kMicrosPerUnit + static_cast<std::int64_t>(rest)).substr(1);
  while (fraction.size() > 2 && fraction.back() == '0') fraction.pop_back();
  return text + "." + fraction;
}

Money cost_of(Money per_gpu_hour, std::int64_t gpus, std::chrono::milliseconds lasted) {
  if (per_gpu_hour.micros <= 0 || gpus <= 0 || lasted.count() <= 0) return {};
  constexpr Wide kLimit = std::numeric_limits<std::int64_t>::max();
  constexpr Wide kMillisecondsPerHour = 3'600'000;
  const Wide per_hour = Wide{per_gpu_hour.micros} * gpus;
  // Two 63-bit factors fill the 126 bits; a third must be checked before it is multiplied in.
  if (per_hour > kLimit * kMillisecondsPerHour / lasted.count()) {
    return {std::numeric_limits<std::int64_t>::max()};
  }
  const Wide cost = (per_hour * lasted.count() + kMillisecondsPerHour - 1) / kMillisecondsPerHour;
  return {static_cast<std::int64_t>(cost > kLimit ? kLimit : cost)};
}

Money divide_up(Money amount, std::int64_t parts) {
  const std::int64_t whole = amount.micros / parts;
  return Money{amount.micros % parts > 0 ? whole + 1 : whole};
}

std::optional<Money> convert(Money amount, std::string_view from, std::string_view to,
                             const ExchangeRates& rates) {
  if (from == to) return amount;
  const auto source = rates.find(from);
  const auto target = rates.find(to);
  if (source == rates.end() || target == rates.end() || source->second <= 0 || target->second <= 0) {
    return std::nullopt;
  }
  if (amount.micros <= 0) return Money{};
  const Wide worth = Wide{amount.micros} * source->second;
  const Wide converted = (worth + target->second - 1) / target->second;
  constexpr Wide kLimit = std::numeric_limits<std::int64_t>::max();
  return Money{static_cast<std::int64_t>(converted > kLimit ? kLimit : converted)};
}

}  // namespace market
