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

/// An event as a kubelet writes it (core/v1) about `pod`, which may be named more than once.
nlohmann::json kubelet_event(const nlohmann::json& pod, const std::string& name, const std::string& type,
                             const std::string& reason, const std::string& message);

}  // namespace testing_support
