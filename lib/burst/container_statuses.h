#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "burst/status_text.h"

namespace burst {

/// Those of a twin's container statuses (`list`) that are of the pod's own containers, as they are shown at
/// home: all states, restarts, images and resources. `names` are the own ones, each followed by a comma; a
/// provider's webhook may have added others. What is about the provider (device ids, its volumes) is left
/// out. Throws json::exception on shapes that no kubelet writes.
nlohmann::json own_container_statuses(const nlohmann::json& list, std::string_view names, TextBudget& budget);

/// A ResourceList, or nothing where it is none.
void copy_quantities(const nlohmann::json& from, nlohmann::json& to, const char* field);
/// A ResourceRequirements without claims.
void copy_resources(const nlohmann::json& from, nlohmann::json& to);

}  // namespace burst
