#include "operator/offers/node_pins.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "market/gpu_labels.h"
#include "operator/offers/node_dialect.h"

namespace op {
namespace {

using Nodes = std::vector<const kube::NodeRecord*>;
using market::NodeRequirement;
using Requirements = std::vector<NodeRequirement>;

constexpr std::string_view kHostName = "kubernetes.io/hostname";

/// Adds a value that is let through, or not.
void add(Requirements& out, std::string_view key, bool in, const std::string& value) {
  auto found =
      std::ranges::find_if(out, [&](const NodeRequirement& r) { return r.key == key && r.in == in; });
  if (found == out.end()) found = out.insert(out.end(), {std::string(key), in, {}});
  const auto at = std::ranges::lower_bound(found->values, value);
  if (at == found->values.end() || *at != value) found->values.insert(at, value);
}

bool meets(const kube::NodeRecord& node, const Requirements& requirements) {
  return std::ranges::all_of(requirements, [&](const NodeRequirement& need) {
    const std::string* value = kube::find_value(node.meta.labels, need.key);
    const bool among = value != nullptr && std::ranges::binary_search(need.values, *value);
    return among == need.in;
  });
}

/// A label that one of several nodes lacks would keep twins off that node.
void require_common_labels(Requirements& out, const Nodes& own, const market::Profile& facts) {
  std::map<std::string, std::size_t> counts;
  for (const auto* node : own) {
    for (const auto& [key, value] : identifying_labels(*node, facts)) ++counts[key];
  }
  for (const auto* node : own) {
    for (const auto& [key, value] : identifying_labels(*node, facts)) {
      if (counts[key] == own.size()) add(out, key, true, value);
    }
  }
}

void forbid_marked(Requirements& out, const NodesByOffer& nodes, const market::Profile& facts) {
  for (const auto& [offer, each] : nodes) {
    for (const auto* node : each) {
      if (auto [key, value] = capacity_label(*node, facts); !key.empty()) add(out, key, false, value);
    }
  }
}

/// True when the label exists and distinguishes the node from every one of `own`.
bool tells_apart(const kube::NodeRecord& node, std::string_view key, const Nodes& own) {
  const std::string* value = kube::find_value(node.meta.labels, key);
  return value != nullptr && std::ranges::none_of(own, [&](const kube::NodeRecord* mine) {
           const std::string* its = kube::find_value(mine->meta.labels, key);
           return its != nullptr && *its == *value;
         });
}

void forbid(Requirements& out, const kube::NodeRecord& node, const Nodes& own, const market::Profile& facts) {
  std::vector<std::string_view> keys(facts.region_labels.begin(), facts.region_labels.end());
  keys.insert(keys.end(), facts.gpu_labels.begin(), facts.gpu_labels.end());
  for (const auto known : {market::gpu_label_keys(), market::gpu_detail_keys()}) {
    keys.insert(keys.end(), known.begin(), known.end());
  }
  keys.push_back(kHostName);
  for (const auto key : keys) {
    if (!tells_apart(node, key, own)) continue;
    return add(out, key, false, *kube::find_value(node.meta.labels, key));
  }
}

}  // namespace

Requirements node_requirements_of(const market::Offer& offer, const NodesByOffer& nodes,
                                  const market::Profile& facts) {
  static const Nodes kNone;
  const auto found = nodes.find(offer.name);
  const Nodes& own = found == nodes.end() ? kNone : found->second;
  Requirements out;
  require_common_labels(out, own, facts);
  // Law before price: twins are held to the declared region.
  if (own.empty() && !offer.region.empty() && !facts.region_labels.empty()) {
    add(out, facts.region_labels.front(), true, offer.region);
  }
  if (offer.capacity_type == market::CapacityType::kOnDemand) forbid_marked(out, nodes, facts);
  for (const auto& [name, others] : nodes) {
    if (name == offer.name) continue;
    for (const auto* other : others) {
      if (tolerated(*other, facts, offer.capacity_type) && meets(*other, out)) {
        forbid(out, *other, own, facts);
      }
    }
  }
  return out;
}

}  // namespace op
