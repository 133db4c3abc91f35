#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "extender/snapshot.h"
#include "extender/wire.h"

/// The extender's decisions: pure functions of the request, the snapshot and the pod's PodBurst.
///
/// Reasons are **stable**: no counters, times or attempt numbers. The scheduler writes them into the pod's
/// status, and that write wakes the pod: a text that differed each time would do so for ever. They are read
/// after a number ("2 waiting for capacity (claim x)"): lower case, no full stop.
namespace extender {

/// The result of a `filter` call; a metric label.
enum class FilterResult { kNoBurstNodes, kStarting, kHome, kNotEligible, kWaiting, kReserved };
std::string_view to_string(FilterResult result);

/// A PodBurst to create, or whose candidates are to be replaced.
struct BurstRequest {
  kube::ObjectKey key;
  std::string pod_name;
  std::string pod_uid;
  std::string claim;
  std::int64_t gpus = 0;
  std::vector<std::string> candidates;  ///< burst nodes that passed the scheduler's filters, sorted
  bool operator==(const BurstRequest&) const = default;
};

/// Home nodes pass or fail together, and at most one burst node is kept: so a verdict is a rule, not a list.
struct FilterVerdict {
  FilterResult result = FilterResult::kNoBurstNodes;
  bool keep_home = true;
  std::string_view keep_burst;  ///< the one burst node to keep, "" for none; a view into the request's nodes
  std::string home_reason;      ///< set if home nodes are removed
  std::string burst_reason;     ///< set if burst nodes are removed
  std::optional<BurstRequest> wanted;

  bool keeps(std::string_view node) const;
  const std::string& reason(std::string_view node) const;
};

/// The claim under which the pod may burst, or the reason why there is none.
struct Eligibility {
  const api::ClaimRecord* claim = nullptr;
  std::string reason;
};
Eligibility find_claim(const PodFacts& pod, const Snapshot& snapshot);

/// The node that neoburst.io/reserved ("<node>/<attempt>") names; "" when the PodBurst is known to be beyond
/// that attempt. An older or absent record proves nothing, because a cache may lag behind the
/// annotation.
std::string reserved_node(const PodFacts& pod, const burst::Burst* record);

FilterVerdict judge_filter(const FilterRequest& request, const Snapshot& snapshot,
                           const burst::Burst* record);

/// What `preempt` looks at beside the snapshot.
struct PreemptFacts {
  const burst::Burst* record = nullptr;  ///< the pod's PodBurst
  /// Candidates of a request that is on its way to the API server: `preempt` follows `filter` within a
  /// millisecond.
  std::vector<std::string> asked;
  std::int64_t claim_gpus = 0;  ///< held by other bursts of the claim
  base::Time now;
};

/// True when no pod is to be evicted for this pod, because an offer is to be tried first. Only offers
/// on whose burst node the scheduler would put the pod count. Otherwise a pod that cannot burst would never
/// preempt either.
bool holds_preemption(const PodFacts& pod, const Snapshot& snapshot, const PreemptFacts& facts);

}  // namespace extender
