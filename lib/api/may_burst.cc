#include "api/may_burst.h"

#include <algorithm>

#include "burst/names.h"

namespace api {
namespace {

bool precedes(const ClaimRecord& claim, const ClaimRecord* other) {
  return other == nullptr || claim.meta.name < other->meta.name;
}

/// Among claims that are not usable: one that stays is worth telling before one that goes.
bool precedes_unusable(const ClaimRecord& claim, const ClaimRecord* other) {
  const bool goes = claim.meta.deleting_since.has_value();
  const bool other_goes = other != nullptr && other->meta.deleting_since.has_value();
  return goes == other_goes ? precedes(claim, other) : other == nullptr || other_goes;
}

bool tolerates_burst_taint(const kube::Toleration& toleration) {
  if (!toleration.effect.empty() && toleration.effect != "NoSchedule") return false;
  if (toleration.key.empty()) return toleration.op == "Exists";
  // The taint has no value, so that Equal with an empty value tolerates it too.
  return toleration.key == burst::kBurstTaint && (toleration.op == "Exists" || toleration.value.empty());
}

}  // namespace

std::optional<Unusable> why_unusable(const ClaimRecord& claim) {
  if (claim.meta.deleting_since) return Unusable::kBeingDeleted;
  if (!claim.problem.empty()) return Unusable::kInvalid;
  if (claim.rules.when == market::BurstWhen::kNever) return Unusable::kSwitchedOff;
  return std::nullopt;
}

PodTraits traits_of(const kube::PodRecord& pod) {
  return {.ns = pod.meta.ns, .labels = pod.meta.labels, .gpus = pod.requested(burst::kGpuResource)};
}

bool selects(const ClaimRecord& claim, const PodTraits& pod) {
  return pod.gpus > 0 && claim.meta.ns == pod.ns && claim.selector.matches(pod.labels);
}

bool ClaimChoice::consider(const ClaimRecord& claim) {
  // Names before labels: comparing them is cheap.
  if (is_usable(claim)) {
    if (!precedes(claim, usable_) || !selects(claim, pod_)) return false;
    usable_ = &claim;
    return true;
  }
  if (usable_ == nullptr && precedes_unusable(claim, unusable_) && selects(claim, pod_)) unusable_ = &claim;
  return false;
}

bool tolerates_burst_nodes(const kube::PodRecord& pod) {
  return std::ranges::any_of(pod.tolerations, tolerates_burst_taint);
}

bool is_of_daemon_set(const kube::PodRecord& pod) {
  return std::ranges::any_of(pod.meta.owners, [](const auto& owner) { return owner.kind == "DaemonSet"; });
}

}  // namespace api
