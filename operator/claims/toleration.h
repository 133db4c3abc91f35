#pragma once

#include <string>

#include "api/records.h"
#include "kube/core/pod_record.h"

namespace op {

/// A pod that could burst if a claim selects it, but whose tolerations keep it off burst nodes: pending,
/// unbound, not gated, not being deleted, asks for GPUs, not of a DaemonSet, without the burst toleration.
bool lacks_burst_toleration(const kube::PodRecord& pod);

/// The JSON patch that appends the toleration to exactly this pod (by UID). Tolerations may be appended to a
/// pod that exists; nothing else may change.
std::string toleration_patch(const kube::PodRecord& pod);

}  // namespace op
