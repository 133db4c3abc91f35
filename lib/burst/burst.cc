#include "burst/burst.h"

#include <cstdlib>

namespace burst {

std::string_view to_string(LimitReason reason) {
  return reason == LimitReason::kBudget ? "Budget" : "Lifetime";
}

std::string_view to_string(EndReason reason) {
  switch (reason) {
    case EndReason::kNone:
      return "";
    case EndReason::kCompleted:
      return "Completed";
    case EndReason::kFailed:
      return "Failed";
    case EndReason::kPodDeleted:
      return "PodDeleted";
    case EndReason::kRanAtHome:
      return "RanAtHome";
    case EndReason::kLost:
      return "Lost";
    case EndReason::kNotStarted:
      return "NotStarted";
    case EndReason::kLifetimeEnded:
      return "LifetimeEnded";
    case EndReason::kBudgetEnded:
      return "BudgetEnded";
  }
  std::abort();
}

market::Money running_cost(const Burst& burst, base::Time now) {
  const Attempt& a = burst.attempt;
  const bool live = a.number > 0 && !a.released && !burst.ended();
  if (!live || !burst.placed_at || *burst.placed_at >= now) return {};
  return market::cost_of(a.claim_price, burst.gpus,
                         std::chrono::duration_cast<std::chrono::milliseconds>(now - *burst.placed_at));
}

}  // namespace burst
