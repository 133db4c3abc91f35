#pragma once

#include <nlohmann/json.hpp>

/// Shared by every reader of a PodSpec. Internal to lib/burst.
namespace burst {

/// The volume that the ServiceAccount admission plugin adds to a pod. Recognised by its content too, so that
/// a user's own volume of that name is kept.
bool is_token_volume(const nlohmann::json& volume);

/// Removes such volumes from `spec`, and the mounts of them from every container.
void drop_token_volumes(nlohmann::json& spec);

}  // namespace burst
