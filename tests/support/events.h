#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "kube/client/client.h"

namespace testing_support {

/// The events (events.k8s.io) about this object.
std::vector<nlohmann::json> events_about(kube::Client& client, const nlohmann::json& object);
/// Waits for one with this reason whose note contains `text`; throws with what was there.
nlohmann::json wait_event(kube::Client& client, const nlohmann::json& object, const std::string& reason,
                          const std::string& text = {});

}  // namespace testing_support
