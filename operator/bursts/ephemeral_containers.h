#pragma once

#include "operator/bursts/gather.h"

namespace op {

/// The names in `pod` that `twin` does not have yet: what `kubectl debug` has added at home. Pure.
std::vector<std::string> added_containers(const kube::PodRecord& pod, const kube::PodRecord& twin);

/// Adds them to the running twin. A failure is told on the pod and tried again after a while; it never keeps
/// the twin's status from the pod.
void add_ephemeral_containers(BurstContext& context, const Gathered& gathered);

}  // namespace op
