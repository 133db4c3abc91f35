#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

#include "burst/mirror.h"
#include "burst/status_text.h"

namespace burst {

/// The home pod's conditions: those that a kubelet reports from `twin` (a PodStatus), all others as they are
/// at home. DisruptionTarget is the provider's where home has none. Ready is True only when the readiness
/// gates are, which only home knows. Throws json::exception on shapes that no kubelet writes.
nlohmann::json mirrored_conditions(const nlohmann::json& twin, const MirrorInput& input, TextBudget& budget);

/// Home's conditions without those that a kubelet reports.
nlohmann::json kept_conditions(std::span<const HomeCondition> home);

/// Type and status of the conditions that a kubelet reports, of a status that is to be written and of home.
std::map<std::string, std::string> kubelet_conditions(const nlohmann::json& status);
std::map<std::string, std::string> kubelet_conditions(std::span<const HomeCondition> home);

inline constexpr std::string_view kDisruption = "DisruptionTarget";

/// Home has its own reason for the pod's disruption. A condition that says False does not count.
bool disrupted(std::span<const HomeCondition> home);

}  // namespace burst
