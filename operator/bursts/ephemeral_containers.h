#pragma once

#include "kube/runtime/controller.h"
#include "operator/bursts/gather.h"

namespace op {

/// The names in `pod` that `twin` does not have yet: what `kubectl debug` has added at home. Pure.
std::vector<std::string> added_containers(const kube::PodRecord& pod, const kube::PodRecord& twin);

/// Adds them to the twin, from when it was let go until it ends; says when to look again. One that is refused
/// is told on the pod and tried again after a while. Nothing of this keeps the twin's status from the pod.
kube::Next add_ephemeral_containers(BurstContext& context, const Gathered& gathered);

}  // namespace op
