#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "burst/status_text.h"

namespace burst {

/// The statuses in `list`, a twin's, that belong to the pod's own containers, as home shows them: all states,
/// restarts, images and resources. `names` are the own containers, each followed by a comma; a provider's
/// webhook may have added others. Facts about the provider (device ids, its volumes) are left out. Throws
/// json::exception on shapes that no kubelet writes.
nlohmann::json own_container_statuses(const nlohmann::json& list, std::string_view names, TextBudget& budget);

/// A ResourceList; nothing where it is malformed.
void copy_quantities(const nlohmann::json& from, nlohmann::json& to, const char* field);
/// A ResourceRequirements without claims.
void copy_resources(const nlohmann::json& from, nlohmann::json& to);

}  // namespace burst
