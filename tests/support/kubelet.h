#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "kube/client/client.h"

/// What a kubelet does at the API server, for tests that speak as one.
namespace testing_support {

/// Patches the pod as kubelets patch (strategic merge: conditions by type, containers by name); throws with
/// the API server's answer. `subresource`: "status" or "".
void patch_as_kubelet(kube::Client& client, const std::string& ns, const std::string& name,
                      const nlohmann::json& patch, const std::string& subresource = {});

/// An event as a kubelet writes it (core/v1) about `pod`.
nlohmann::json kubelet_event(const nlohmann::json& pod, const std::string& name, const std::string& type,
                             const std::string& reason, const std::string& message);

}  // namespace testing_support
