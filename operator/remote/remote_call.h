#pragma once

#include <chrono>
#include <nlohmann/json.hpp>

#include "base/status.h"
#include "kube/client/client.h"

namespace op {

/// How long a provider may take to answer one question of the provider controller. Short, because a worker
/// waits for it.
inline constexpr std::chrono::milliseconds kProbeTimeout = std::chrono::seconds(5);

/// Sends `request` with the probe's timeout and reads the reply as a JSON document.
base::Result<nlohmann::json> call_json(kube::Client& client, net::HttpRequest request);

}  // namespace op
