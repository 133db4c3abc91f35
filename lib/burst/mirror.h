#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/status.h"

/// The home pod's status from its twin's. A provider is not trusted with more than that: names, sizes and
/// shapes are checked, and nothing is invented. Pure; any thread.
namespace burst {

/// A condition of the home pod.
struct HomeCondition {
  std::string type;
  std::string status;
  std::string reason;
  std::string message;
  std::optional<base::Time> changed;
  std::int64_t observed_generation = 0;  ///< 0 = none
};

/// The input for a status. Everything must outlive the call.
struct MirrorInput {
  std::string_view twin_status;  ///< JSON of the twin's `status`
  /// Names of the pod's own containers and init containers, and of its ephemeral ones; each followed by a
  /// comma.
  std::string_view containers;
  std::string_view ephemeral_containers = {};
  /// The status.reason of a twin that its deadline has ended, "" where that deadline is the pod's own.
  std::string_view limit_reason = {};
  std::span<const HomeCondition> home_conditions = {};
  /// The home pod has Succeeded or Failed: that is final.
  bool home_ended = false;
  std::span<const std::string> readiness_gates = {};  ///< condition types
  /// The address of the burst node, "" to leave it out. The provider's own node is not reachable from home.
  std::string_view host_ip = {};
  /// Whether the twin's addresses mean something at home.
  bool publish_addresses = false;
  base::Time now = {};
};

/// The home pod's `status` for a merge patch, with null for fields it must no longer show. nullopt when there
/// is nothing to report (the twin waits for its volumes or pulls images without trouble), or when nothing may
/// be changed any more. qosClass is home's own and observedGeneration is not claimed: both are left out.
/// Malformed where no kubelet would have written the twin's status.
base::Result<std::optional<nlohmann::json>> mirrored_status(const MirrorInput& input);

/// True when the pod still has the phase and the kubelet's conditions of `status`, a mirrored one that was
/// written before. Home's controllers change them when they believe that the burst node has died.
bool still_shown(const nlohmann::json& status, std::string_view phase,
                 std::span<const HomeCondition> home_conditions);

/// The statuses of the pod's own containers as `twin_status` has them, for the status of a pod that we fail;
/// empty where no kubelet would have written them. Names as in MirrorInput.
nlohmann::json last_container_statuses(std::string_view twin_status, std::string_view containers,
                                       std::string_view ephemeral_containers);

/// The `status` of a pod that we fail: phase, reason, message, Ready conditions False. No container status is
/// invented. A pod that its provider lost is a DisruptionTarget too, so that a Job may try again without
/// counting.
nlohmann::json failed_status(std::string_view reason, std::string_view message,
                             std::span<const HomeCondition> home_conditions, base::Time now);

}  // namespace burst
