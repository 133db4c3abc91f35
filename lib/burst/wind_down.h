#pragma once

#include <string>

#include "burst/decide.h"

/// The last part of the protocol: the pod needs no twin any more. Parts of decide(); pure.
namespace burst {

/// Stops the twin with what is left of the pod's grace and shows its last status on a pod that is being
/// deleted. Once the twin is gone for certain, it ends with `why`.
Decision wind_down(const Situation& s, EndReason why, std::string message);

/// What is left to do for a burst whose end is on record.
Decision after_end(const Situation& s);

/// Fails a pod that is being deleted and has no end to show.
Decision fail_deleted_pod();

/// How the burst of a pod in a terminal phase ended.
EndReason end_of_terminal_pod(const PodView& pod);
/// The same for a pod that is being deleted on its burst node, whatever its phase.
EndReason end_of_deleted_pod(const PodView& pod);

/// True when the pod is bound to the node of its present attempt, and reserved for it: for good.
bool is_tied(const Situation& s);

/// True for a twin that ended before anybody asked to stop it.
bool ended_by_itself(const TwinView& twin);

/// True for a twin that is gone and had ended before: its last seen status is its true status.
bool ended_before_it_went(const RemoteView& remote);

}  // namespace burst
