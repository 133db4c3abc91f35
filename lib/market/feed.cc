#include "market/feed.h"

#include <algorithm>
#include <charconv>

#include "base/time_text.h"

namespace market {
namespace {

constexpr int kMicroDigits = 6;
/// Whole units have at most 12 digits, as in parse_money().
constexpr std::size_t kMicroPriceDigits = 12 + kMicroDigits;
/// No price has a longer number.
constexpr std::size_t kLongestNumber = 40;
constexpr std::size_t kDateLength = std::string_view("2026-11-23").size();

/// digits * 10^exponent.
struct Decimal {
  std::string digits;
  int exponent = 0;
};

std::size_t count_digits(std::string_view text) {
  return std::min(text.find_first_not_of("0123456789"), text.size());
}

std::optional<int> parse_exponent(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value >= -100 && value <= 100 ? std::optional(value) : std::nullopt;
}

std::optional<Decimal> parse_decimal(std::string_view number) {
  if (number.size() > kLongestNumber) return std::nullopt;
  Decimal out;
  const std::size_t whole = count_digits(number);
  if (whole == 0) return std::nullopt;
  out.digits = number.substr(0, whole);
  number.remove_prefix(whole);
  if (number.starts_with('.')) {
    number.remove_prefix(1);
    const std::size_t fraction = count_digits(number);
    if (fraction == 0) return std::nullopt;
    out.digits += number.substr(0, fraction);
    out.exponent = -static_cast<int>(fraction);
    number.remove_prefix(fraction);
  }
  if (number.starts_with('e') || number.starts_with('E')) {
    const auto exponent = parse_exponent(number.substr(1));
    if (!exponent) return std::nullopt;
    out.exponent += *exponent;
    number = {};
  }
  return number.empty() ? std::optional(std::move(out)) : std::nullopt;
}

/// An unknown value on either side may be the same card.
bool may_be(const GpuIdentity& sold, const GpuIdentity& asked) {
  return sold.model == asked.model && (sold.form.empty() || asked.form.empty() || sold.form == asked.form) &&
         (sold.memory_gib == 0 || asked.memory_gib == 0 || sold.memory_gib == asked.memory_gib);
}

}  // namespace

std::optional<Money> parse_price_number(std::string_view number) {
  auto decimal = parse_decimal(number);
  if (!decimal) return std::nullopt;
  std::string& digits = decimal->digits;
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  if (digits.empty()) return Money{};
  const int shift = decimal->exponent + kMicroDigits;
  bool round_up = false;
  if (shift >= 0) {
    digits.append(static_cast<std::size_t>(shift), '0');
  } else {
    const std::size_t dropped = std::min(static_cast<std::size_t>(-shift), digits.size());
    const std::size_t kept = digits.size() - dropped;
    round_up = digits.find_first_not_of('0', kept) != std::string::npos;
    digits.resize(kept);
  }
  if (digits.size() > kMicroPriceDigits) return std::nullopt;
  std::int64_t micros = 0;
  for (const char c : digits) micros = micros * 10 + (c - '0');
  return Money{micros + (round_up ? 1 : 0)};
}

std::optional<Price> feed_price(const FeedSnapshot& feed, const GpuIdentity& gpu, std::string_view region,
                                CapacityType type) {
  if (gpu.model.empty() || gpu.shared) return std::nullopt;
  const FeedEntry* dearest = nullptr;
  for (const FeedEntry& entry : feed.entries) {
    if (entry.capacity_type != type || !may_be(entry.gpu, gpu)) continue;
    if (!entry.region.empty() && entry.region != region) continue;
    if (dearest == nullptr || entry.per_gpu_hour > dearest->per_gpu_hour) dearest = &entry;
  }
  if (dearest == nullptr) return std::nullopt;
  return Price{.per_gpu_hour = dearest->per_gpu_hour,
               .currency = feed.currency,
               .as_of = base::format_time(feed.as_of).substr(0, kDateLength),
               .kind = PriceKind::kFeed};
}

}  // namespace market
