#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "market/money.h"
#include "market/offer.h"

namespace burst {

/// What set the longest time that an attempt may hold its GPUs.
enum class LimitReason { kLifetime, kBudget };
std::string_view to_string(LimitReason reason);  // "Lifetime", "Budget"

/// The record of the present attempt of a burst (PodBurst.status.attempt). Written by
/// compare-and-set before anything that holds GPUs is created.
struct Attempt {
  int number = 0;    ///< 1, 2, ...; 0 = none yet
  std::string name;  ///< attempt_name()
  std::string offer;
  std::string provider;
  std::string region;
  std::string country;
  std::string jurisdiction;
  std::string node;                ///< burst node
  std::string remote_namespace;    ///< where the twin lives
  std::string anchor_uid;          ///< "" until the anchor exists: no twin before
  std::string remote_node;         ///< real node of the provider, "" until placed
  std::string gpu_model;           ///< canonical, "" when unknown
  std::string observed_gpu_model;  ///< of its node, where that is known and another; "" else
  market::CapacityType capacity_type = market::CapacityType::kOnDemand;
  market::Price price;  ///< fixed when chosen: what is charged
  /// The same in the claim's currency at the rate of that moment: budgets count this.
  market::Money claim_price;
  std::string claim_currency = "USD";
  /// The longest its GPUs may be held, from placed to gone: the budget has set this aside.
  std::int64_t limit_seconds = 0;
  LimitReason limit_reason = LimitReason::kLifetime;
  /// Given up: its objects are being removed; never used again.
  bool released = false;
};

/// The cost of one finished attempt: the unit of the ledger.
struct Charge {
  int attempt = 0;
  std::string offer;
  std::string provider;
  std::string region;
  std::string country;
  std::string jurisdiction;
  std::string gpu_model;
  market::CapacityType capacity_type = market::CapacityType::kOnDemand;
  market::Price price;
  std::string claim_currency = "USD";
  base::Time reserved_at;  ///< when it was chosen: it counts in the budget's period of this moment
  base::Time placed_at;
  base::Time ended_at;
  std::int64_t gpu_seconds = 0;
  market::Money cost;        ///< in the price's currency
  market::Money claim_cost;  ///< in the claim's
};

/// An offer that did not work out for this pod.
struct Refusal {
  std::string offer;
  std::string reason;  ///< CamelCase
  std::string message;
  base::Time until;  ///< not tried again before
};

enum class EndReason {
  kNone,
  kCompleted,   ///< twin Succeeded
  kFailed,      ///< twin Failed
  kPodDeleted,  ///< home pod deleted or gone
  kRanAtHome,   ///< pod was bound to a home node
  kLost,        ///< twin vanished
  kNotStarted,  ///< R6
  kLifetimeEnded,
  kBudgetEnded,
};
std::string_view to_string(EndReason reason);

/// One pod's journey: the record (PodBurst) as values.
struct Burst {
  // identity
  std::string ns;
  std::string name;
  std::string uid;
  std::string resource_version;
  bool deleting = false;
  // spec
  std::string pod_name;
  std::string pod_uid;
  std::string claim;
  std::int64_t gpus = 0;
  std::vector<std::string> candidates;  ///< burst nodes that passed every filter of the scheduler
  base::Time requested;
  // status
  Attempt attempt;
  std::vector<Refusal> refusals;
  std::optional<base::Time> obtaining_at;
  std::optional<base::Time> placed_at;
  std::optional<base::Time> started_at;
  std::optional<base::Time> ended_at;
  EndReason end_reason = EndReason::kNone;
  std::string message;  ///< progress for people
  /// The costs of its ended attempts, the earliest first.
  std::vector<Charge> charges;
  std::int64_t gpu_seconds = 0;  ///< of `charges`
  market::Money cost;            ///< of `charges`, in the claim's currency
  market::Money cost_so_far;  ///< for display only: with what the present attempt had cost when last written
  bool ended() const { return ended_at.has_value(); }
};

}  // namespace burst
