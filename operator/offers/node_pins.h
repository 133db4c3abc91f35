#pragma once

#include <map>
#include <string>
#include <vector>

#include "kube/core/node_record.h"
#include "market/offer.h"
#include "market/profile.h"

namespace op {

/// The provider's nodes with GPUs, by the name of the offer to whose kind they belong; in the order of their
/// names.
using NodesByOffer = std::map<std::string, std::vector<const kube::NodeRecord*>>;

/// The requirements that hold the twins of `offer` to nodes of its own kind. Pure.
///
/// - the identifying labels that all its nodes have, with every value that occurs; where it has no nodes
///   yet, its region;
/// - for an offer on demand, none of the marks of Spot or Reserved: not every provider taints such nodes;
/// - against each node of another kind that is still let through (the same name on a card of 40 and of 80 GB,
///   a node whose GPUs are time-sliced, any node where the offer's own are not there yet): the first label in
///   which it differs from all of the offer's nodes, and if there is none, its host name.
std::vector<market::NodeRequirement> node_requirements_of(const market::Offer& offer,
                                                          const NodesByOffer& nodes,
                                                          const market::Profile& facts);

}  // namespace op
