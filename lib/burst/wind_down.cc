#include "burst/wind_down.h"

#include <algorithm>

#include "burst/decisions.h"
#include "burst/holding.h"
#include "market/offer.h"

namespace burst {
namespace {

using namespace decisions;
using std::chrono::seconds;

/// For the containers of a pod that was deleted by force: as kubelets do.
constexpr std::int64_t kForcedGrace = 2;

/// The grace as the pod's owner last set it; nullopt: the twin's own.
std::optional<std::int64_t> allowed_grace(const Situation& s) {
  if (!s.pod) return kForcedGrace;
  if (!s.pod->deleting || !s.pod->grace_seconds) return std::nullopt;
  return std::max<std::int64_t>(1, *s.pod->grace_seconds);
}

/// What is left of it: deletionTimestamp is when it ends.
std::optional<std::int64_t> grace_left(const Situation& s) {
  const auto allowed = allowed_grace(s);
  if (!allowed || !s.pod || !s.pod->delete_by) return allowed;
  const auto left = std::chrono::ceil<seconds>(*s.pod->delete_by - s.now).count();
  return std::max<std::int64_t>(1, std::min<std::int64_t>(*allowed, left));
}

bool has_end_to_tell(const TwinView& twin) { return is_terminal(twin.phase) && !twin.unreadable; }

/// The end of a twin that was given up before its pod was deleted is its own only if it came first.
bool has_own_end(const Situation& s, const TwinView& twin) {
  return has_end_to_tell(twin) && (s.burst.end_reason == EndReason::kNone || ended_by_itself(twin));
}

bool shows_the_end(const Situation& s) { return !s.pod || is_terminal(s.pod->phase); }

/// The twin is being deleted. Two lengths are compared, not two clocks: a later, shorter deletion of the pod
/// is passed on.
Decision stopping(const Situation& s) {
  const auto allowed = allowed_grace(s);
  const auto& given = s.remote.twin->grace_seconds;
  if (allowed && given && *given > *allowed) return stop_twin(allowed);
  const bool goes_on = is_tied(s) && !shows_the_end(s) && !is_terminal(s.remote.twin->phase);
  return goes_on ? act(Act::kMirror) : wait();
}

}  // namespace

Decision fail_deleted_pod() {
  return fail_pod(Blame::kNobody, kReasonDeleted,
                  "the pod was deleted; how its containers ended was not seen");
}

bool is_tied(const Situation& s) {
  const Attempt& attempt = s.burst.attempt;
  return has_unreleased_attempt(s.burst) && s.pod && s.pod->node == attempt.node &&
         s.pod->reserved == Reservation{attempt.node, attempt.number};
}

bool ended_by_itself(const TwinView& twin) {
  if (!has_end_to_tell(twin)) return false;
  // Within the same second the order is unknown: then it counts as stopped.
  return !twin.deleting || (twin.finished_at && twin.stop_asked && *twin.finished_at < *twin.stop_asked);
}

bool ended_before_it_went(const RemoteView& remote) {
  return !remote.twin && remote.twin_absent && remote.last && remote.last->ours &&
         has_end_to_tell(*remote.last);
}

EndReason end_of_terminal_pod(const PodView& pod) {
  if (pod.phase == Phase::kSucceeded) return EndReason::kCompleted;
  if (pod.reason == kReasonLost || pod.reason == kReasonProviderRemoved) return EndReason::kLost;
  if (pod.reason == kReasonNotStarted) return EndReason::kNotStarted;
  if (pod.reason == kReasonLifetimeEnded) return EndReason::kLifetimeEnded;
  if (pod.reason == kReasonBudgetEnded) return EndReason::kBudgetEnded;
  return EndReason::kFailed;
}

EndReason end_of_deleted_pod(const PodView& pod) {
  if (!is_terminal(pod.phase)) return EndReason::kPodDeleted;
  // Containers that are stopped fail: the cause is the deletion, not a failure of the pod.
  const EndReason why = end_of_terminal_pod(pod);
  return why == EndReason::kFailed ? EndReason::kPodDeleted : why;
}

Decision wind_down(const Situation& s, EndReason why, std::string message) {
  if (!has_unreleased_attempt(s.burst) || s.remote.link == Link::kGone) return end(why, std::move(message));
  if (s.remote.link == Link::kUnreachable) {
    return wait(kPartitionPoll,
                s.burst.attempt.provider + " cannot be reached; the twin there will be removed");
  }
  const bool tell_end = is_tied(s) && !shows_the_end(s);
  if (s.remote.twin) {
    if (!s.remote.twin->ours) return end(why, std::move(message));
    if (tell_end && has_own_end(s, *s.remote.twin)) return act(Act::kMirror);
    return s.remote.twin->deleting ? stopping(s) : stop_twin(grace_left(s));
  }
  if (!s.remote.twin_absent) return wait(kSoon);
  if (tell_end && ended_before_it_went(s.remote) && has_own_end(s, *s.remote.last)) return act(Act::kMirror);
  return end(why, std::move(message));
}

Decision after_end(const Situation& s) {
  if (s.pod && market::is_burst_node(s.pod->node)) {
    // A kubelet removes no pod before it has reported how it ended: a Job would wait for that for ever.
    if (!is_terminal(s.pod->phase)) {
      return s.pod->deleting ? fail_deleted_pod()
                             : fail_pod(Blame::kHome, kReasonLost, "the burst had ended: " + s.burst.message);
    }
    if (s.pod->deleting) return act(Act::kRemovePod);
  }
  const bool left = s.remote.anchor || s.remote.go_created || (s.remote.twin && s.remote.twin->ours);
  if (s.remote.link == Link::kConnected && left) return act(Act::kCleanUp);
  return wait();
}

}  // namespace burst
