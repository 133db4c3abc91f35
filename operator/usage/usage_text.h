#pragma once

#include <string>

#include "operator/usage/usage.h"

namespace op {

/// The body of GET /metrics/resource, in the Prometheus text format 0.0.4 with a kubelet's names, labels and
/// timestamps.
std::string resource_metrics_text(const NodeUsage& usage);

/// The body of GET /stats/summary (stats.k8s.io v1alpha1 Summary): what a kubelet reports, as far as a
/// provider's metrics API has it.
std::string summary_text(const NodeUsage& usage);

}  // namespace op
