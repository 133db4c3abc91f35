#include "burst/decide.h"

#include "burst/decisions.h"
#include "burst/holding.h"
#include "burst/wind_down.h"
#include "market/offer.h"

namespace burst {
namespace {

using namespace decisions;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// An older reservation is worth a write of its own, so that the record shows it.
constexpr milliseconds kRecordPlacedAfter{10'000};
/// A new node may be reported a moment after the twin that was placed on it.
constexpr milliseconds kNodeSeenAfter{2'000};

/// Its owner must know this, so it becomes an event, too.
Decision keep_home(const Situation& s) {
  return {.act = Act::kWait,
          .blame = Blame::kHome,
          .reason = std::string(kReasonSelectedByService),
          .message = s.kept_home};
}

milliseconds until(base::Time deadline, base::Time now) {
  return std::max(milliseconds(1), std::chrono::ceil<milliseconds>(deadline - now));
}

std::string at_provider(const Situation& s) { return "the twin at " + s.burst.attempt.provider; }

/// The twin waits for a node: it is given up at its deadline, or when the node can no longer come.
Decision unplaced(const Situation& s, const TwinView& twin, base::Time begun, base::Time place_by) {
  const std::string why = twin.trouble.empty() ? "the provider did not place it in time" : twin.trouble;
  if (s.offer_gone) return release(Blame::kOffer, "OfferGone", "the offer no longer exists");
  if (twin.unschedulable && s.offer_full) return release(Blame::kOffer, "NotPlaced", why);
  base::Time deadline = place_by;
  if (twin.unschedulable) deadline = std::min(deadline, begun + s.deadlines.unschedulable);
  return s.now >= deadline ? release(Blame::kOffer, "NotPlaced", why) : wait(until(deadline, s.now));
}

/// A live attempt whose pod is not committed to it: obtaining, or reserved and not bound yet.
Decision obtaining(const Situation& s) {
  const Burst& b = s.burst;
  const RemoteView& r = s.remote;
  if (r.link == Link::kGone || r.leaving) {
    return release(Blame::kOffer, kReasonProviderRemoved,
                   "provider " + b.attempt.provider + " is being removed");
  }
  if (!s.claim_usable) return release(Blame::kClaim, "ClaimUnusable", s.claim_problem);
  if (!s.denied.empty()) return release(Blame::kClaim, "NoLongerAllowed", s.denied);
  if (!s.kept_home.empty()) return release(Blame::kHome, kReasonSelectedByService, s.kept_home);

  const base::Time begun = b.obtaining_at.value_or(b.requested);
  const base::Time place_by = begun + s.deadlines.placed;
  if (r.link == Link::kUnreachable) {
    if (s.now >= place_by)
      return release(Blame::kOffer, "ProviderUnreachable", b.attempt.provider + " cannot be reached");
    return wait(until(place_by, s.now));
  }
  if (!r.twin) {
    if (!r.twin_absent) return wait(kSoon);
    if (b.placed_at || (s.pod->reserved && s.pod->reserved->attempt == b.attempt.number)) {
      return release(Blame::kOffer, "TwinGone", at_provider(s) + " vanished before it started");
    }
    if (s.offer_gone) return release(Blame::kOffer, "OfferGone", "the offer no longer exists");
    return r.anchor ? act(Act::kEnsureTwin)
                    : release(Blame::kOffer, "AnchorGone", "the anchor was removed at the provider");
  }
  const TwinView& twin = *r.twin;
  if (!twin.ours)
    return release(Blame::kOffer, "NameTaken", "another object at the provider has the twin's name");
  if (twin.deleting || is_terminal(twin.phase)) {
    return release(Blame::kOffer, "TwinGone", at_provider(s) + " ended before it started: " + twin.trouble);
  }
  if (twin.node.empty()) return unplaced(s, twin, begun, place_by);
  // Nothing has started there yet: a GPU that was not promised is refused.
  if (!twin.other_gpu.empty())
    return release(Blame::kOffer, kReasonGpuMismatch, gpu_mismatch(s.burst.attempt, twin));

  const Reservation mine{b.attempt.node, b.attempt.number};
  const base::Time placed = twin.placed_at.value_or(s.now);
  if (s.pod->reserved != mine) {
    const bool look = twin.node_unseen && s.now < placed + kNodeSeenAfter;
    return look ? wait(kSoon) : act(Act::kReserve);
  }
  if (s.pod->node.empty()) {
    if (s.now >= placed + s.deadlines.bound) {
      return release(Blame::kScheduler, "NotBound",
                     "the scheduler did not bind the pod to its reservation in time");
    }
    if (!b.placed_at) {
      if (s.now >= placed + kRecordPlacedAfter) return act(Act::kRecordPlaced);
      return wait(until(placed + kRecordPlacedAfter, s.now));
    }
    return wait(until(placed + s.deadlines.bound, s.now));
  }
  return wait();
}

/// A record that is being deleted takes no new attempt: the pod gets a new record when it is gone.
Decision try_obtain(const Situation& s) {
  return s.burst.deleting ? wait(std::nullopt, "its PodBurst is being deleted") : act(Act::kObtain);
}

Decision pending(const Situation& s) {
  if (has_unreleased_attempt(s.burst)) return obtaining(s);
  if (s.pod->reserved) return act(Act::kClearReservation);
  if (!s.claim_usable) return wait(std::nullopt, s.claim_problem);
  if (!s.kept_home.empty()) return keep_home(s);
  const base::Time from = s.burst.requested + s.after;
  if (s.now < from) return wait(until(from, s.now));
  return try_obtain(s);
}

/// What pod and record are told of an attempt that was given up after its pod was tied to it.
struct GivenUp {
  std::string_view reason;
  Blame blame;
};
GivenUp given_up_for(EndReason why) {
  if (why == EndReason::kLifetimeEnded) return {kReasonLifetimeEnded, Blame::kClaim};
  if (why == EndReason::kBudgetEnded) return {kReasonBudgetEnded, Blame::kClaim};
  return {kReasonNotStarted, Blame::kOffer};
}

Decision give_up(EndReason why, std::string message) {
  const auto [reason, blame] = given_up_for(why);
  return {.act = Act::kGiveUp,
          .blame = blame,
          .reason = std::string(reason),
          .message = std::move(message),
          .end = why};
}

bool succeeded_by_itself(const TwinView& twin) {
  return twin.phase == Phase::kSucceeded && ended_by_itself(twin);
}

/// Given up earlier: first the twin goes, then the pod fails. A twin that succeeded
/// before it was stopped has succeeded; containers that end well because they are stopped have not.
Decision given_up(const Situation& s) {
  const RemoteView& r = s.remote;
  if (r.twin && r.twin->ours) {
    if (succeeded_by_itself(*r.twin)) return act(Act::kMirror);
    return r.twin->deleting ? wait() : stop_twin();
  }
  if (ended_before_it_went(r) && succeeded_by_itself(*r.last)) return act(Act::kMirror);
  const bool gone = r.twin || r.twin_absent;
  if (!gone) return wait(kSoon);
  const auto [reason, blame] = given_up_for(s.burst.end_reason);
  return fail_pod(blame, reason, s.burst.message);
}

/// When the GPUs of the attempt must be free again, whatever the provider's kubelet has done about it.
std::optional<base::Time> limit_reached_at(const Situation& s) {
  const auto placed = s.burst.placed_at ? s.burst.placed_at : s.remote.twin->placed_at;
  if (!placed || s.burst.attempt.limit_seconds <= 0) return std::nullopt;
  return *placed + seconds(s.burst.attempt.limit_seconds);
}

/// The twin is there, ours, and not being removed.
Decision supervise(const Situation& s) {
  const RemoteView& r = s.remote;
  const TwinView& twin = *r.twin;
  if (!s.terminate.empty()) return give_up(EndReason::kBudgetEnded, s.terminate);
  const auto limit = limit_reached_at(s);
  if (limit && s.now >= *limit) {
    const bool budget = s.burst.attempt.limit_reason == LimitReason::kBudget;
    return give_up(
        budget ? EndReason::kBudgetEnded : EndReason::kLifetimeEnded,
        at_provider(s) + " reached its limit of " + std::to_string(s.burst.attempt.limit_seconds) + " s");
  }
  if (!r.go_created) return act(Act::kStart);
  Decision mirror = act(Act::kMirror);
  if (limit) mirror.again_after = until(*limit, s.now);
  // A twin that has run is past its start for good, whatever its phase says now.
  if (twin.phase != Phase::kPending || twin.started || s.burst.started_at) return mirror;
  const base::Time start_by = *r.go_created + s.deadlines.started;
  if (s.now >= start_by) {
    return give_up(EndReason::kNotStarted, at_provider(s) + " did not start in time" +
                                               (twin.trouble.empty() ? "" : ": " + twin.trouble));
  }
  mirror.again_after = std::min(mirror.again_after.value_or(milliseconds::max()), until(start_by, s.now));
  return mirror;
}

/// Pod and attempt are tied for good: bound to N and reserved == N/attempt.
Decision committed(const Situation& s) {
  const RemoteView& r = s.remote;
  const std::string removed = "provider " + s.burst.attempt.provider + " was removed";
  if (r.link == Link::kGone) return fail_pod(Blame::kOffer, kReasonProviderRemoved, removed);
  if (r.link == Link::kUnreachable) {
    return wait(kPartitionPoll,
                s.burst.attempt.provider + " cannot be reached; the pod's state is as last seen");
  }
  if (s.burst.end_reason != EndReason::kNone) return given_up(s);
  if (!r.twin) {
    if (!r.twin_absent) return wait(kSoon);
    if (ended_before_it_went(r) && (!r.leaving || ended_by_itself(*r.last))) return act(Act::kMirror);
    return r.leaving ? fail_pod(Blame::kOffer, kReasonProviderRemoved, removed)
                     : fail_pod(Blame::kOffer, kReasonLost,
                                at_provider(s) + " vanished; whether it had finished is not known");
  }
  const TwinView& twin = *r.twin;
  if (!twin.ours)
    return fail_pod(Blame::kOffer, kReasonLost, "another object took the name of " + at_provider(s));
  if (is_terminal(twin.phase)) {
    if (twin.unreadable)
      return fail_pod(Blame::kOffer, kReasonLost, at_provider(s) + " ended, and its status makes no sense");
    const bool stopped = r.leaving && !ended_by_itself(twin);
    return stopped ? fail_pod(Blame::kOffer, kReasonProviderRemoved, removed) : act(Act::kMirror);
  }
  if (twin.deleting) return act(Act::kMirror);  // the provider ends it: its containers still have a status
  if (r.leaving) return stop_twin();
  return supervise(s);
}

/// Bound to a burst node, not being deleted, not ended.
Decision bound(const Situation& s) {
  const PodView& pod = *s.pod;
  const Attempt& attempt = s.burst.attempt;
  const bool reserved_here = pod.reserved && pod.reserved->node == pod.node;
  if (has_unreleased_attempt(s.burst)) {
    if (attempt.node != pod.node)
      return release(Blame::kHome, "BoundElsewhere", "the pod was bound to " + pod.node);
    if (!reserved_here) return obtaining(s);  // obtained late (R5)
    if (pod.reserved->attempt == attempt.number) return committed(s);
  }
  if (reserved_here) {
    return fail_pod(Blame::kHome, kReasonRecordMismatch,
                    "the pod is tied to an attempt that its record does not know");
  }
  if (pod.reserved) return act(Act::kClearReservation);
  if (!s.claim_usable) return wait(std::nullopt, s.claim_problem);
  if (const std::string& never = s.node_denied.empty() ? s.kept_home : s.node_denied; !never.empty()) {
    // It never ran and never can there: its owner creates a new one. A claim, an offer or a Service that is
    // just being edited gets the time of a reservation.
    const base::Time give_up = s.burst.requested + s.deadlines.bound;
    if (s.now >= give_up)
      return fail_pod(s.node_denied.empty() ? Blame::kHome : Blame::kClaim, kReasonNotAllowed, never);
    Decision waiting = s.node_denied.empty() ? keep_home(s) : wait();
    waiting.again_after = until(give_up, s.now);
    return waiting;
  }
  return try_obtain(s);
}

}  // namespace

std::string_view to_string(Act what) {
  switch (what) {
    case Act::kWait:
      return "Wait";
    case Act::kObtain:
      return "Obtain";
    case Act::kEnsureTwin:
      return "EnsureTwin";
    case Act::kReserve:
      return "Reserve";
    case Act::kClearReservation:
      return "ClearReservation";
    case Act::kRecordPlaced:
      return "RecordPlaced";
    case Act::kRelease:
      return "Release";
    case Act::kStart:
      return "Start";
    case Act::kGiveUp:
      return "GiveUp";
    case Act::kMirror:
      return "Mirror";
    case Act::kStopTwin:
      return "StopTwin";
    case Act::kFailPod:
      return "FailPod";
    case Act::kEnd:
      return "End";
    case Act::kRemovePod:
      return "RemovePod";
    case Act::kCleanUp:
      return "CleanUp";
  }
  return "Unknown";
}

std::string_view limit_reason(const Attempt& attempt) {
  return attempt.limit_reason == LimitReason::kBudget ? kReasonBudgetEnded : kReasonLifetimeEnded;
}

std::string gpu_mismatch(const Attempt& attempt, const TwinView& twin) {
  return "the twin at " + attempt.provider + " was placed on a node with " + twin.other_gpu + ", but offer " +
         attempt.offer + " promises " + attempt.gpu_model;
}

Decision decide(const Situation& s) {
  if (s.burst.ended()) return after_end(s);
  if (!s.pod) return wind_down(s, EndReason::kPodDeleted, "the pod was deleted");
  const PodView& pod = *s.pod;
  const bool on_burst_node = market::is_burst_node(pod.node);
  if (!pod.node.empty() && !on_burst_node) {
    return wind_down(s, EndReason::kRanAtHome, "a home GPU came free first");
  }
  if (pod.deleting && on_burst_node) {
    return wind_down(s, end_of_deleted_pod(pod), "the pod was deleted");
  }
  if (is_terminal(pod.phase)) {
    const bool twin_lives = has_unreleased_attempt(s.burst) && s.remote.link != Link::kGone &&
                            !(s.remote.twin && is_terminal(s.remote.twin->phase));
    if (twin_lives) return wind_down(s, end_of_terminal_pod(pod), pod.reason);
    return end(end_of_terminal_pod(pod), pod.reason);
  }
  // It can no longer be bound; somebody else's finalizer may keep it for long.
  if (pod.deleting) return wind_down(s, EndReason::kPodDeleted, "the pod was deleted");
  return pod.node.empty() ? pending(s) : bound(s);
}

}  // namespace burst
