#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/status.h"

namespace burst {

/// A condition of the home pod that is not the twin's to change (PodScheduled, readiness gates,
/// DisruptionTarget).
struct HomeCondition {
  std::string type;
  std::string status;
  std::string reason;
  std::string message;
  std::optional<base::Time> changed;
};

/// The home pod's `status` for what the twin's status says, nullopt when there is nothing worth telling yet
/// (the twin waits for its volumes or pulls images without trouble). Container statuses are kept for
/// `containers` only (names, each followed by a comma); addresses are the provider's own and are left out. A
/// twin that its deadline ended has `limit_reason` as its reason, where that is not "".
base::Result<std::optional<nlohmann::json>> mirrored_status(
    std::string_view twin_status_json, std::string_view containers, std::string_view limit_reason,
    const std::vector<HomeCondition>& home_conditions);

/// The `status` of a pod that we fail: phase, reason, message, Ready conditions False. No container status is
/// invented.
nlohmann::json failed_status(std::string_view reason, std::string_view message,
                             const std::vector<HomeCondition>& home_conditions, base::Time now);

}  // namespace burst
