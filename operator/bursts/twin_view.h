#pragma once

#include <optional>

#include "base/clock.h"
#include "burst/decide.h"
#include "kube/core/pod_record.h"
#include "operator/providers/remote_cluster.h"

/// A twin as the provider shows it, as what is decided on. Pure.
namespace op {

burst::Phase phase_of(kube::PodPhase phase);

/// All but `other_gpu`, which the twin itself does not say.
burst::TwinView view_of(const RemotePod& twin, const burst::Attempt& attempt);

/// When the twin's containers first started and last finished, as far as its status says.
struct TwinTimes {
  std::optional<base::Time> started;
  std::optional<base::Time> finished;
};
TwinTimes twin_times(const RemotePod& twin);

/// When the provider's scheduler placed it.
std::optional<base::Time> placed_time(const kube::PodRecord& twin);

}  // namespace op
