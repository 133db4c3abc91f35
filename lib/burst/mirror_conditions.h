#pragma once

#include <nlohmann/json.hpp>

#include "burst/mirror.h"
#include "burst/status_text.h"

namespace burst {

/// The home pod's conditions: those that a kubelet reports from `twin` (a PodStatus), all others as they are
/// at home. DisruptionTarget is the provider's where home has none. Ready is True only when the readiness
/// gates are, which only home knows. Throws json::exception on shapes that no kubelet writes.
nlohmann::json mirrored_conditions(const nlohmann::json& twin, const MirrorInput& input, TextBudget& budget);

/// Home's conditions but for those that a kubelet reports.
nlohmann::json kept_conditions(std::span<const HomeCondition> home);

}  // namespace burst
