#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "market/money.h"

namespace market {

enum class OnExhausted { kStopNew, kTerminate };
enum class BudgetPeriod { kTotal, kDay, kMonth };

/// The most that may be spent. Calendar periods are in UTC. The cost of an attempt counts in the period in
/// which it was reserved.
struct Budget {
  Money amount;
  BudgetPeriod period = BudgetPeriod::kTotal;
  OnExhausted on_exhausted = OnExhausted::kStopNew;
};

/// The bound on what all claims together may spend, from the operator's configuration.
struct Ceiling {
  Money amount;
  BudgetPeriod period = BudgetPeriod::kTotal;
  std::string currency = "USD";
};

/// When the period that contains `at` began; the epoch for Total.
base::Time period_start(BudgetPeriod period, base::Time at);
/// When it ends; nullopt for Total.
std::optional<base::Time> period_end(BudgetPeriod period, base::Time at);
/// " of this day", " of this month" or "", to follow the word "budget" in a sentence.
std::string_view period_phrase(BudgetPeriod period);

/// Money of several currencies, never added up across them.
using Amounts = std::map<std::string, Money, std::less<>>;
void add(Amounts& sum, std::string_view currency, Money amount);
void add(Amounts& sum, const Amounts& more);
/// All of it in one currency, each part rounded up; fails with the name of the first currency without a rate.
base::Result<Money> total_in(const Amounts& amounts, std::string_view currency, const ExchangeRates& rates);

}  // namespace market
