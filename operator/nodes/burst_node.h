#pragma once

#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "kube/core/node_record.h"
#include "market/offer.h"
#include "operator/nodes/kubelet_endpoint.h"

namespace op {

/// A Node of ours that stands for an offer. Names alone prove nothing; foreign Nodes are never touched.
bool is_our_node(const kube::NodeRecord& node);

/// The labels of the offer's burst node. Never kubernetes.io/hostname, kubernetes.io/os, kubernetes.io/arch
/// or topology.kubernetes.io/*: other people's pods that spread over those, and DaemonSets that select them,
/// must not see this node.
nlohmann::json burst_node_labels(const market::Offer& offer);

/// The whole Node, to be created. It is registered with its status at once, so that it is never seen without
/// capacity. Allocatable is the offer's limit, never what is free now: a pod whose GPUs its own twin holds
/// must still fit. Its only address is of type InternalIP: an API server takes names first, and
/// would have to resolve them.
nlohmann::json burst_node_object(const market::Offer& offer, base::Time now,
                                 const std::optional<KubeletEndpoint>& kubelet);

/// The merge patch of `status` that brings a live Node to its wanted state. Heartbeats are renewed;
/// transition times are kept where a condition's status stays. `offer` may be null (the offer is gone, pods
/// remain): capacity stays.
nlohmann::json burst_node_status(const nlohmann::json& live, const market::Offer* offer, base::Time now,
                                 const std::optional<KubeletEndpoint>& kubelet);

/// True when the record (labels, taint, GPUs, readiness, kubelet endpoint) differs from the wanted
/// state.
bool node_differs(const kube::NodeRecord& node, const market::Offer* offer,
                  const std::optional<KubeletEndpoint>& kubelet);

}  // namespace op
