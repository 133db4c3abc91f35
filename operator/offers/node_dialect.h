#pragma once

#include <string>
#include <vector>

#include "kube/core/node_record.h"
#include "market/offer.h"
#include "market/profile.h"

/// What a provider's nodes report, read with its profile. Pure.
namespace op {

/// What distinguishes a node's offer from others of the provider.
struct NodeKind {
  std::string region;  ///< "" where no label says it
  market::GpuIdentity gpu;
  market::CapacityType type = market::CapacityType::kOnDemand;
};
NodeKind kind_of(const kube::NodeRecord& node, const market::Profile& profile);

/// The profile's marks first, then the labels of the clouds and of Karpenter; OnDemand where none
/// applies.
market::CapacityType capacity_type_of(const kube::NodeRecord& node, const market::Profile& profile);

/// The taints that twins of this capacity type tolerate: never one that the profile forbids.
std::vector<market::Toleration> tolerations_of(const market::Profile& profile, market::CapacityType type);

/// True when twins of this capacity type tolerate all of the node's NoSchedule and NoExecute taints.
bool tolerated(const kube::NodeRecord& node, const market::Profile& profile, market::CapacityType type);

/// True when a node takes new twins: ready, not cordoned, and no NoSchedule or NoExecute taint that they do
/// not tolerate.
bool takes_twins(const kube::NodeRecord& node, const market::Profile& profile);

/// The labels by which twins find this node and no node of another kind: region, GPU, and a mark of Spot or
/// Reserved.
std::vector<std::pair<std::string, std::string>> identifying_labels(const kube::NodeRecord& node,
                                                                    const market::Profile& profile);
/// The label that marks the node's capacity type, {"", ""} for OnDemand and where a taint marks it.
std::pair<std::string, std::string> capacity_label(const kube::NodeRecord& node,
                                                   const market::Profile& profile);

}  // namespace op
