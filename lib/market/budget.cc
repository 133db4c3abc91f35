#include "market/budget.h"

#include <chrono>

namespace market {

base::Time period_start(BudgetPeriod period, base::Time at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  switch (period) {
    case BudgetPeriod::kTotal:
      return base::Time{};
    case BudgetPeriod::kDay:
      return day;
    case BudgetPeriod::kMonth: {
      const std::chrono::year_month_day date(day);
      return std::chrono::sys_days(date.year() / date.month() / 1);
    }
  }
  return base::Time{};
}

std::optional<base::Time> period_end(BudgetPeriod period, base::Time at) {
  const base::Time start = period_start(period, at);
  switch (period) {
    case BudgetPeriod::kTotal:
      return std::nullopt;
    case BudgetPeriod::kDay:
      return start + std::chrono::days(1);
    case BudgetPeriod::kMonth: {
      const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(start));
      return std::chrono::sys_days((date.year() / date.month() + std::chrono::months(1)) / 1);
    }
  }
  return std::nullopt;
}

std::string_view period_phrase(BudgetPeriod period) {
  switch (period) {
    case BudgetPeriod::kTotal:
      return "";
    case BudgetPeriod::kDay:
      return " of this day";
    case BudgetPeriod::kMonth:
      return " of this month";
  }
  return "";
}

void add(Amounts& sum, std::string_view currency, Money amount) {
  if (amount.micros == 0) return;
  const auto at = sum.find(currency);
  if (at == sum.end()) {
    sum.emplace(currency, amount);
  } else {
    at->second = at->second + amount;
  }
}

void add(Amounts& sum, const Amounts& more) {
  for (const auto& [currency, amount] : more) add(sum, currency, amount);
}

base::Result<Money> total_in(const Amounts& amounts, std::string_view currency, const ExchangeRates& rates) {
  Money total;
  for (const auto& [from, amount] : amounts) {
    const auto converted = convert(amount, from, currency, rates);
    if (!converted) {
      return base::fail(base::Code::kInvalid, "there is no exchange rate from " + from + " to " +
                                                  std::string(currency) +
                                                  "; add it to spec.exchangeRates of NeoburstConfig cluster");
    }
    total = total + *converted;
  }
  return total;
}

}  // namespace market
