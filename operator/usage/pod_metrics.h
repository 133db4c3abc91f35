#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>
#include <vector>

#include "base/status.h"
#include "kube/client/client.h"
#include "operator/usage/usage.h"

namespace op {

/// Usage of a provider's pods by their names, from its metrics API. ContainerUsage::cpu_nanoseconds and
/// `started` are not known here.
using PodMetrics = std::map<std::string, std::vector<ContainerUsage>>;

/// Reads a PodMetricsList. Malformed items and containers are left out: they come from a remote.
PodMetrics read_pod_metrics(const nlohmann::json& list);

/// Asks the metrics API of a provider for our pods in `ns`. Empty where the provider has none, or does not
/// let us read it; fails like the request otherwise.
base::Result<PodMetrics> fetch_pod_metrics(kube::Client& provider, const std::string& ns,
                                           const std::string& label_selector, std::stop_token stop = {});

}  // namespace op
