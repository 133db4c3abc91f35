#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <span>

#include "base/status.h"
#include "cli/explain/facts.h"
#include "cli/home_cluster.h"

namespace cli {

/// Reads everything that explains the pods and claims of the user's namespace. Claims and offers are needed.
/// Bursts, providers and nodes are left out, with the reason in `unread`, where the user may not read them.
base::Result<Facts> read_facts(HomeCluster& home);

/// A pod as the API server gives it. Malformed when it is none. Pure.
base::Result<ExplainedPod> read_pod(const nlohmann::json& pod);

/// The newest time at which the operator looked after one of these burst nodes. Pure.
std::optional<base::Time> operator_heartbeat(std::span<const nlohmann::json> nodes);

}  // namespace cli
