#pragma once

#include "kube/runtime/controller.h"
#include "operator/bursts/gather.h"

namespace op {

/// The names in `pod` that `twin` does not have yet: `kubectl debug` has added them at home. Pure.
std::vector<std::string> added_containers(const kube::PodRecord& pod, const kube::PodRecord& twin);

/// Adds them to the twin, from its start until it ends; returns when to look again. A refused container gets
/// an event on the pod and is retried after a while. None of this delays the twin's status.
kube::Next add_ephemeral_containers(BurstContext& context, const Gathered& gathered);

}  // namespace op
