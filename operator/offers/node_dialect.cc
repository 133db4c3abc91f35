#include "operator/offers/node_dialect.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "market/gpu_labels.h"

namespace op {
namespace {

using market::CapacityMark;
using market::CapacityType;

struct LabelMark {
  std::string_view key;
  std::string_view value;
  CapacityType type;
};

/// Known everywhere, whatever the profile.
constexpr std::array kLabelMarks{
    LabelMark{"karpenter.sh/capacity-type", "spot", CapacityType::kSpot},
    LabelMark{"karpenter.sh/capacity-type", "reserved", CapacityType::kReserved},
    LabelMark{"eks.amazonaws.com/capacityType", "SPOT", CapacityType::kSpot},
    LabelMark{"eks.amazonaws.com/capacityType", "CAPACITY_BLOCK", CapacityType::kReserved},
    LabelMark{"cloud.google.com/gke-spot", "true", CapacityType::kSpot},
    LabelMark{"cloud.google.com/gke-preemptible", "true", CapacityType::kSpot},
    LabelMark{"kubernetes.azure.com/scalesetpriority", "spot", CapacityType::kSpot},
    LabelMark{"node.kubernetes.io/lifecycle", "spot", CapacityType::kSpot},
};

std::string label(const kube::NodeRecord& node, std::string_view key) {
  const std::string* value = kube::find_value(node.meta.labels, key);
  return value ? *value : std::string();
}

bool has_mark(const kube::NodeRecord& node, const CapacityMark& mark) {
  if (mark.kind == CapacityMark::Kind::kTaint) {
    return std::ranges::any_of(node.taints, [&](const kube::NodeRecord::Taint& taint) {
      return taint.key == mark.key && (mark.value.empty() || taint.value == mark.value);
    });
  }
  const std::string* value = kube::find_value(node.meta.labels, mark.key);
  return value && (mark.value.empty() || *value == mark.value);
}

bool tolerates(const market::Toleration& toleration, const kube::NodeRecord::Taint& taint) {
  return (toleration.key.empty() || toleration.key == taint.key) &&
         (toleration.any_value || toleration.value == taint.value) &&
         (toleration.effect.empty() || toleration.effect == taint.effect);
}

std::pair<std::string, std::string> region_label(const kube::NodeRecord& node,
                                                 const market::Profile& profile) {
  for (const auto& key : profile.region_labels) {
    if (auto value = label(node, key); !value.empty()) return {key, std::move(value)};
  }
  return {};
}

std::pair<std::string, std::string> gpu_label(const kube::NodeRecord& node, const market::Profile& profile) {
  for (const auto& key : profile.gpu_labels) {
    if (auto value = label(node, key); !value.empty()) return {key, std::move(value)};
  }
  return {};
}

}  // namespace

market::CapacityType capacity_type_of(const kube::NodeRecord& node, const market::Profile& profile) {
  for (const auto& mark : profile.capacity_marks) {
    if (has_mark(node, mark)) return mark.type;
  }
  for (const auto& mark : kLabelMarks) {
    if (label(node, mark.key) == mark.value) return mark.type;
  }
  return CapacityType::kOnDemand;
}

std::pair<std::string, std::string> capacity_label(const kube::NodeRecord& node,
                                                   const market::Profile& profile) {
  for (const auto& mark : profile.capacity_marks) {
    if (!has_mark(node, mark)) continue;
    if (mark.kind == CapacityMark::Kind::kTaint || mark.type == CapacityType::kOnDemand) return {};
    return {mark.key, label(node, mark.key)};
  }
  for (const auto& mark : kLabelMarks) {
    if (label(node, mark.key) == mark.value) return {std::string(mark.key), std::string(mark.value)};
  }
  return {};
}

NodeKind kind_of(const kube::NodeRecord& node, const market::Profile& profile) {
  return {region_label(node, profile).second, market::identify_node_gpu(node.meta.labels, profile.gpu_labels),
          capacity_type_of(node, profile)};
}

std::vector<market::Toleration> tolerations_of(const market::Profile& profile, market::CapacityType type) {
  auto out = profile.tolerations;
  if (type == CapacityType::kSpot) {
    out.insert(out.end(), profile.spot_tolerations.begin(), profile.spot_tolerations.end());
  }
  return out;
}

bool tolerated(const kube::NodeRecord& node, const market::Profile& profile, market::CapacityType type) {
  const auto list = tolerations_of(profile, type);
  return std::ranges::all_of(node.taints, [&](const kube::NodeRecord::Taint& taint) {
    return taint.effect == "PreferNoSchedule" ||
           std::ranges::any_of(list, [&](const auto& toleration) { return tolerates(toleration, taint); });
  });
}

bool takes_twins(const kube::NodeRecord& node, const market::Profile& profile) {
  return node.ready && !node.unschedulable && !node.meta.deleting_since &&
         tolerated(node, profile, capacity_type_of(node, profile));
}

std::vector<std::pair<std::string, std::string>> identifying_labels(const kube::NodeRecord& node,
                                                                    const market::Profile& profile) {
  std::vector<std::pair<std::string, std::string>> out;
  for (auto& found : {region_label(node, profile), gpu_label(node, profile), capacity_label(node, profile)}) {
    if (!found.first.empty()) out.push_back(found);
  }
  return out;
}

}  // namespace op
