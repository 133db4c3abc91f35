#include "operator/claims/toleration.h"

#include <algorithm>

#include "burst/names.h"
#include "kube/core/patch.h"

namespace op {
namespace {

bool tolerates_bursting(const kube::Toleration& toleration) {
  if (!toleration.effect.empty() && toleration.effect != "NoSchedule") return false;
  if (toleration.key.empty()) return toleration.op == "Exists";
  // The taint has no value, so that Equal with an empty value tolerates it too.
  return toleration.key == burst::kBurstTaint && (toleration.op == "Exists" || toleration.value.empty());
}

}  // namespace

bool lacks_burst_toleration(const kube::PodRecord& pod) {
  if (pod.phase != kube::PodPhase::kPending || !pod.node_name.empty() || pod.gated ||
      pod.meta.deleting_since) {
    return false;
  }
  if (pod.requested(burst::kGpuResource) <= 0) return false;
  if (std::ranges::any_of(pod.meta.owners, [](const auto& owner) { return owner.kind == "DaemonSet"; }))
    return false;
  return std::ranges::none_of(pod.tolerations, tolerates_bursting);
}

std::string toleration_patch(const kube::PodRecord& pod) {
  const nlohmann::json toleration{
      {"key", burst::kBurstTaint}, {"operator", "Exists"}, {"effect", "NoSchedule"}};
  kube::JsonPatch patch;
  patch.test("/metadata/uid", pod.meta.uid);
  if (pod.tolerations.empty()) {
    // If there were some after all, this would remove them, which the API server refuses.
    patch.add("/spec/tolerations", nlohmann::json::array({toleration}));
  } else {
    patch.add("/spec/tolerations/-", toleration);
  }
  return patch.body();
}

}  // namespace op
