#include "operator/claims/toleration.h"

#include "api/may_burst.h"
#include "burst/names.h"
#include "kube/core/patch.h"

namespace op {

bool lacks_burst_toleration(const kube::PodRecord& pod) {
  if (pod.phase != kube::PodPhase::kPending || !pod.node_name.empty() || pod.gated ||
      pod.meta.deleting_since) {
    return false;
  }
  if (pod.requested(burst::kGpuResource) <= 0) return false;
  return !api::is_of_daemon_set(pod) && !api::tolerates_burst_nodes(pod);
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
