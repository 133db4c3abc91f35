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

}  // namespace burst
