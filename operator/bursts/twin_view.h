#pragma once

#include <optional>

#include "base/clock.h"
#include "burst/decide.h"
#include "kube/core/pod_record.h"
#include "operator/remote/remote_cluster.h"

/// A twin as the provider shows it, as input for decisions. The shape of its status is not trusted.
/// Pure.
namespace op {

burst::Phase phase_of(kube::PodPhase phase);

/// All but `other_gpu`, which the twin itself does not show; `placed_at` by the provider's clock.
burst::TwinView twin_view_of(const RemotePod& twin, const burst::Attempt& attempt);

/// When the twin's containers first started and last finished, as far as its status says; by the provider's
/// clock.
struct TwinTimes {
  std::optional<base::Time> started;
  std::optional<base::Time> finished;
};
TwinTimes twin_times(const RemotePod& twin);

/// When the provider's scheduler placed it, by the provider's clock.
std::optional<base::Time> placed_time(const kube::PodRecord& twin);

/// One moment by the provider's clock and by ours.
struct ClockPair {
  base::Time theirs;
  base::Time ours;
};

/// A moment `theirs` by our clock. Deadlines and money must not depend on a provider's clock,
/// but it can measure a span: as long after `before` as it says, and not after `seen`, when we saw the
/// event.
base::Time by_our_clock(base::Time theirs, const ClockPair& before, base::Time seen);

}  // namespace op
