#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "market/budget.h"
#include "market/money.h"
#include "market/offer.h"
#include "market/place.h"

namespace market {

enum class BurstWhen { kLocalExhausted, kAlways, kNever };
enum class Strategy { kCheapest, kNearest, kFastest };
enum class OnProviderLost { kHold, kFailover };
/// Whether a bursted pod shows its twin's address at home. Published only where home can route to it.
enum class PodAddresses { kHidden, kPublished };
/// How to treat a pod that a Service at home selects: without an address it would be Ready and in no
/// EndpointSlice.
enum class ServicePods { kRefuse, kAllow };

/// A claim's rules as values. Empty lists and absent optionals mean "no such rule".
struct ClaimRules {
  std::optional<std::int64_t> max_gpus;
  std::vector<std::string> models;  ///< canonical names
  std::int64_t min_memory_gib = 0;
  std::string interconnect;
  std::vector<CapacityType> capacity_types;  ///< empty: OnDemand only
  bool allow_shared = false;                 ///< time-sliced GPUs and MIG slices may be used, too

  BurstWhen when = BurstWhen::kLocalExhausted;
  std::chrono::milliseconds after{10'000};
  bool before_preemption = true;
  std::chrono::milliseconds provisioning_deadline{0};  ///< 0: the offer's own
  std::chrono::milliseconds start_deadline{600'000};
  OnProviderLost on_provider_lost = OnProviderLost::kHold;

  PodAddresses pod_addresses = PodAddresses::kHidden;
  ServicePods services = ServicePods::kRefuse;

  Countries countries;  ///< resolved; empty = anywhere
  Countries operator_jurisdictions;
  Countries exclude_jurisdictions;
  std::vector<std::string> certifications;
  std::optional<Coordinates> near;
  std::int64_t max_distance_km = 0;  ///< 0 = any

  std::vector<std::string> allow_providers;
  std::vector<std::string> deny_providers;
  std::optional<Money> max_per_gpu_hour;
  std::string currency = "USD";
  ExchangeRates rates;  ///< of the operator's configuration; empty: only prices in `currency` can be compared
  std::optional<Budget> budget;
  std::optional<Ceiling> ceiling;  ///< of the operator's configuration
  Strategy strategy = Strategy::kCheapest;
  std::chrono::milliseconds lifetime{std::chrono::hours(168)};
};

}  // namespace market
