#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kube/core/json_read.h"
#include "kube/core/meta.h"

namespace kube {

enum class PodPhase { kPending, kRunning, kSucceeded, kFailed, kUnknown };
std::string_view to_string(PodPhase phase);
inline bool is_terminal(PodPhase p) { return p == PodPhase::kSucceeded || p == PodPhase::kFailed; }

struct Toleration {
  std::string key;
  std::string op;  ///< "Equal", "Exists" or "" (Equal)
  std::string value;
  std::string effect;
};

/// An extended resource a pod asks for ("nvidia.com/gpu": 1), summed as the scheduler does (max of init
/// containers and the sum of containers).
struct ResourceAmount {
  std::string name;
  std::int64_t amount = 0;
};

struct PodCondition {
  std::string type;
  std::string status;
  std::string reason;
  std::string message;
  std::optional<base::Time> changed;  ///< lastTransitionTime
  std::int64_t observed_generation = 0;
};

/// What a controller keeps of a Pod: about 0.3-0.6 KB. Annotations kept: see PodAnnotationFilter.
struct PodRecord {
  ObjectMeta meta;
  std::string node_name;
  std::string subdomain;
  std::vector<ResourceAmount> extended_resources;  ///< only domain-prefixed names
  std::vector<Toleration> tolerations;
  bool gated = false;                             ///< has schedulingGates
  std::vector<std::string> readiness_gates;       ///< condition types
  std::vector<std::string> ephemeral_containers;  ///< names (kubectl debug)
  PodPhase phase = PodPhase::kPending;
  std::string reason;   ///< status.reason
  std::string message;  ///< status.message
  std::vector<PodCondition> conditions;
  std::optional<base::Time> started;  ///< status.startTime

  /// The amount of `name` asked for, 0 when none.
  std::int64_t requested(std::string_view name) const;
  const PodCondition* condition(std::string_view type) const;
};

/// Annotations whose key contains one of these texts are kept in a PodRecord. Set once before the first
/// decode.
void keep_pod_annotations_containing(std::vector<std::string> texts);

base::Result<PodRecord> decode_pod(JsonObject& object);

}  // namespace kube
