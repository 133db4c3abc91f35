#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "api/records.h"
#include "kube/core/pod_record.h"

/// Which pods may burst, and under which claim. The one place where that is decided, for the extender, the
/// operator and kubectl-neoburst; each tells the reasons in its own words.
///
/// A claim counts for a pod when it is usable and selects the pod. Of several, the first by name counts. A
/// claim that is stopped from spending (ClaimRecord::stopped) is still the pod's claim: that passes, and
/// does not make the pod another's. Pure functions; nothing here allocates.
namespace api {

/// Why no pod may burst under a claim. Where several hold, the first of this list is told.
enum class Unusable {
  kBeingDeleted,
  kInvalid,      ///< ClaimRecord::problem says what is wrong with its spec
  kSwitchedOff,  ///< burst.when: Never
};
/// nullopt when the claim is usable.
std::optional<Unusable> why_unusable(const ClaimRecord& claim);
inline bool is_usable(const ClaimRecord& claim) { return !why_unusable(claim); }

/// What claims look at in a pod. A view: the pod must outlive it.
struct PodTraits {
  std::string_view ns;
  const kube::StringMap& labels;
  std::int64_t gpus;  ///< asked for, as the scheduler sums them up
};
PodTraits traits_of(const kube::PodRecord& pod);

/// True when the pod is in the claim's namespace, asks for GPUs and has the labels that the claim wants. A
/// claim that is not usable selects pods, too.
bool selects(const ClaimRecord& claim, const PodTraits& pod);

/// Finds the claim of one pod: show it the claims in any order. It keeps pointers to those that win.
class ClaimChoice {
 public:
  explicit ClaimChoice(const PodTraits& pod) : pod_(pod) {}
  /// True when `claim` is the best so far under which the pod may burst.
  bool consider(const ClaimRecord& claim);

  /// The claim under which the pod may burst, or null.
  const ClaimRecord* claim() const { return usable_; }
  /// Where there is none: a claim that selects the pod and is not usable, so that its reason can be told. The
  /// first by name; one that is being deleted only where there is no other. Null when no claim selects the
  /// pod.
  const ClaimRecord* unusable() const { return usable_ ? nullptr : unusable_; }

 private:
  PodTraits pod_;
  const ClaimRecord* usable_ = nullptr;
  const ClaimRecord* unusable_ = nullptr;
};

/// True when the pod's tolerations let the scheduler put it on burst nodes.
bool tolerates_burst_nodes(const kube::PodRecord& pod);

/// Pods of a DaemonSet never burst: each belongs to the node that it was made for.
bool is_of_daemon_set(const kube::PodRecord& pod);

}  // namespace api
