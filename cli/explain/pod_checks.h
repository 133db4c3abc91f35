#pragma once

#include <vector>

#include "cli/explain/explanation.h"
#include "cli/explain/facts.h"

namespace cli {

/// The claim under which a pod may burst, as the extender picks it: the first by name that selects it and can
/// be used, else the first that selects it; nullptr when none does.
const api::ClaimRecord* select_claim(const Facts& facts, const kube::PodRecord& pod);

/// What must hold for a pending pod to burst, in the order in which it is asked. `claim` is that of
/// select_claim, `burst` the pod's record; both may be null.
std::vector<Check> check_pod(const Facts& facts, const ExplainedPod& pod, const api::ClaimRecord* claim,
                             const burst::Burst* burst);

/// What must hold of the claim itself: readable, switched on, within its limit for `gpus` more GPUs (0: not
/// asked) and its budget. `self` is a burst that does not count against the limit, or null.
std::vector<Check> check_claim(const Facts& facts, const api::ClaimRecord& claim, std::int64_t gpus,
                               const burst::Burst* self);

}  // namespace cli
