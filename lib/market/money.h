#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace market {

/// An exact amount of money in millionths of the currency's unit. Never a double. Sums and products saturate:
/// an amount that is too large must never turn into a debt.
struct Money {
  std::int64_t micros = 0;
  auto operator<=>(const Money&) const = default;
  Money operator+(Money o) const {
    std::int64_t sum = 0;
    return {__builtin_add_overflow(micros, o.micros, &sum) ? limit(micros) : sum};
  }
  Money operator-(Money o) const {
    std::int64_t rest = 0;
    return {__builtin_sub_overflow(micros, o.micros, &rest) ? limit(micros) : rest};
  }

 private:
  static std::int64_t limit(std::int64_t towards) {
    using Limits = std::numeric_limits<std::int64_t>;
    return towards < 0 ? Limits::min() : Limits::max();
  }
};

/// Parses "2.95", "0", "1234.000001": digits, optionally a point and one to six digits. Invalid, with the
/// fix in the message, on anything else: signs, "1,50", "$2", exponents, more than 12 digits before the
/// point.
base::Result<Money> parse_money(std::string_view text);
/// "2.95", "0.041667", "12": at least two decimals unless there are none, no more than six.
std::string format_money(Money amount);

/// What `gpus` GPUs cost for `seconds` at `per_gpu_hour`, rounded up to the micro-unit, saturating.
Money cost_of(Money per_gpu_hour, std::int64_t gpus, std::chrono::milliseconds lasted);

/// `amount` over `parts` (at least 1), rounded up to the micro-unit: the shares together are never below
/// the amount.
Money divide_up(Money amount, std::int64_t parts);

/// The value of one unit of each currency in one common currency, in millionths; that currency is at
/// 1,000,000.
using ExchangeRates = std::map<std::string, std::int64_t, std::less<>>;

/// `amount` of currency `from` in currency `to`, rounded up to the micro-unit, saturating; nullopt where a
/// rate is missing. The same currency needs no rate.
std::optional<Money> convert(Money amount, std::string_view from, std::string_view to,
                             const ExchangeRates& rates);

}  // namespace market
