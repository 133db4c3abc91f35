#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "burst/burst.h"
#include "burst/pod_policy.h"
#include "market/profile.h"

namespace burst {

/// The input for a twin besides the pod.
struct TwinContext {
  std::string installation;
  Burst burst;                                      ///< with the attempt recorded, anchor_uid included
  std::vector<market::NodeRequirement> nodes = {};  ///< where the twin must go
  std::vector<market::Toleration> tolerations =
      market::Profile{}.tolerations;  ///< of the provider's GPU nodes
  PodPolicy policy = {};              ///< of the provider
};

/// The anchor: an empty ConfigMap that owns everything of one attempt at the provider (R2).
nlohmann::json make_anchor(const TwinContext& context);
/// The `go` object: the twin's containers wait for it (R1), and a workload reads there where it runs.
nlohmann::json make_go(const TwinContext& context);

/// The twin of `pod` (a whole Pod document), made by an allow-list: fields that are not listed stay at home.
/// Fails with sentences for the pod's owner that name the fields:
///   Invalid    no provider can run this pod, or the document makes no sense: the pod stays at home;
///   Forbidden  this provider's policy does not let it in: the next offer may.
/// Where both apply it is Invalid. Service-account tokens are never carried.
base::Result<nlohmann::json> make_twin(const nlohmann::json& pod, const TwinContext& context);

/// Containers that were added to a pod while it runs (`kubectl debug`).
struct EphemeralContainers {
  /// As they are to be in the twin's spec.ephemeralContainers.
  nlohmann::json add = nlohmann::json::array();
  /// Name and reason of each that cannot go there; codes as of make_twin.
  std::vector<std::pair<std::string, base::Status>> refused = {};
  /// Names of the copies they use besides those of the twin (see references_of_ephemeral): these must exist
  /// first.
  std::vector<std::string> copies = {};
};

/// The ephemeral containers of the home pod that the twin does not have yet; `present` names those that it
/// has. For a strategic merge patch of the twin's `ephemeralcontainers`, which merges by name.
EphemeralContainers carry_ephemeral_containers(const nlohmann::json& pod,
                                               const std::set<std::string>& present,
                                               const TwinContext& context);

/// The twin's activeDeadlineSeconds: shorter than the longest its GPUs may be held, so that it is gone by
/// then. Its kubelet counts from when it has seen the pod and gives the containers `grace_seconds` to end
/// after the deadline.
std::int64_t twin_deadline(std::int64_t limit_seconds, std::int64_t grace_seconds);

/// Where the `go` volume is mounted in every container.
inline constexpr const char* kGoMountPath = "/run/neoburst";

}  // namespace burst
