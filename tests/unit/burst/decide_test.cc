#include "burst/decide.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <functional>
#include <map>

#include "burst/holding.h"
#include "tests/unit/burst/situations.h"

namespace burst::decide_test {

TEST(Decide, ARecordThatIsBeingDeletedTakesNoNewAttempt) {
  Situation waiting;
  waiting.now = kNow;
  waiting.pod = PodView{};
  waiting.burst.requested = kNow - 60s;
  waiting.claim_usable = true;
  ASSERT_EQ(decide(waiting).act, Act::kObtain);
  waiting.burst.deleting = true;
  EXPECT_EQ(decide(waiting).act, Act::kWait);
  waiting.pod->node = kNode;  // bound by hand, without a reservation
  EXPECT_EQ(decide(waiting).act, Act::kWait);
  waiting.burst.deleting = false;
  EXPECT_EQ(decide(waiting).act, Act::kObtain);
}

TEST(DecideTest, BeforeAnAttempt) {
  Situation s = placed();
  s.burst.attempt = {};
  s.remote = {};
  check(s, {
               {"obtains", {[](Situation&) {}, Act::kObtain}},
               {"waits for burst.after", {[](Situation& x) { x.after = 10s; }, Act::kWait}},
               {"obtains after burst.after", {[](Situation& x) { x.after = 5s; }, Act::kObtain}},
               {"waits for a usable claim", {[](Situation& x) { x.claim_usable = false; }, Act::kWait}},
               {"stays at home while a Service needs its address",
                {[](Situation& x) { x.kept_home = "Service web"; }, Act::kWait, "SelectedByService"}},
               {"the same when it was bound by hand",
                {[](Situation& x) {
                   x.pod->node = kNode;
                   x.kept_home = "Service web";
                 },
                 Act::kWait, "SelectedByService"}},
               {"a reservation nobody stands behind goes",
                {[](Situation& x) {
                   x.pod->reserved = Reservation{kNode, 1};
                 },
                 Act::kClearReservation}},
               {"ends when the pod is gone", {[](Situation& x) { x.pod.reset(); }, Act::kEnd}},
               {"ends when the pod runs at home", {[](Situation& x) { x.pod->node = "home-0"; }, Act::kEnd}},
               {"obtains late for a pod bound by hand",
                {[](Situation& x) { x.pod->node = kNode; }, Act::kObtain}},
               {"waits a while where nothing can be obtained",
                {[](Situation& x) {
                   x.pod->node = kNode;
                   x.node_denied = "country";
                 },
                 Act::kWait}},
               {"then fails, for it never ran",
                {[](Situation& x) {
                   x.pod->node = kNode;
                   x.node_denied = "country";
                   x.now += 60s;
                 },
                 Act::kFailPod, "BurstNotAllowed"}},
               {"so it does where a Service keeps it from running",
                {[](Situation& x) {
                   x.pod->node = kNode;
                   x.kept_home = "Service web";
                   x.now += 60s;
                 },
                 Act::kFailPod, "BurstNotAllowed"}},
               {"finishes the deletion of a pod bound by hand",
                {[](Situation& x) {
                   x.pod->node = kNode;
                   x.pod->deleting = true;
                 },
                 Act::kEnd}},
           });
}

TEST(DecideTest, Obtaining) {
  Situation s = placed();
  s.remote.twin->node.clear();
  s.remote.twin->placed_at.reset();
  check(
      s,
      {
          {"waits for the provider's scheduler", {[](Situation&) {}, Act::kWait}},
          {"gives up at the deadline", {[](Situation& x) { x.now += 60s; }, Act::kRelease, "NotPlaced"}},
          {"gives up sooner when nothing can be placed",
           {[](Situation& x) {
              x.remote.twin->unschedulable = true;
              x.now += 4s;
            },
            Act::kRelease, "NotPlaced"}},
          {"a full offer is waited for until its scheduler says no",
           {[](Situation& x) { x.offer_full = true; }, Act::kWait}},
          {"and then no longer",
           {[](Situation& x) {
              x.offer_full = true;
              x.remote.twin->unschedulable = true;
            },
            Act::kRelease, "NotPlaced"}},
          {"the offer disappeared", {[](Situation& x) { x.offer_gone = true; }, Act::kRelease, "OfferGone"}},
          {"the offer disappeared before the twin was created",
           {[](Situation& x) {
              x.offer_gone = true;
              x.remote.twin.reset();
              x.remote.twin_absent = true;
            },
            Act::kRelease, "OfferGone"}},
          {"the offer of a twin that is placed may go",
           {[](Situation& x) {
              x.offer_gone = true;
              x.remote.twin->node = "n1";
            },
            Act::kReserve}},
          {"the law changed", {[](Situation& x) { x.denied = "country"; }, Act::kRelease, "NoLongerAllowed"}},
          {"the claim went", {[](Situation& x) { x.claim_usable = false; }, Act::kRelease, "ClaimUnusable"}},
          {"the provider is being removed",
           {[](Situation& x) { x.remote.leaving = true; }, Act::kRelease, "BurstProviderRemoved"}},
          {"a twin that was never created",
           {[](Situation& x) {
              x.remote.twin.reset();
              x.remote.twin_absent = true;
            },
            Act::kEnsureTwin}},
          {"absence is not concluded from a cache",
           {[](Situation& x) { x.remote.twin.reset(); }, Act::kWait}},
          {"without its anchor an attempt is over",
           {[](Situation& x) {
              x.remote.twin.reset();
              x.remote.twin_absent = true;
              x.remote.anchor = false;
            },
            Act::kRelease, "AnchorGone"}},
          {"a foreign object is not adopted",
           {[](Situation& x) { x.remote.twin->ours = false; }, Act::kRelease, "NameTaken"}},
          {"a partition is waited out",
           {[](Situation& x) { x.remote.link = Link::kUnreachable; }, Act::kWait}},
          {"but not for ever",
           {[](Situation& x) {
              x.remote.link = Link::kUnreachable;
              x.now += 60s;
            },
            Act::kRelease, "ProviderUnreachable"}},
          {"a home GPU came free: the twin goes first",
           {[](Situation& x) { x.pod->node = "home-0"; }, Act::kStopTwin}},
          {"the pod went: the twin goes first", {[](Situation& x) { x.pod.reset(); }, Act::kStopTwin}},
          {"deleted, and kept by somebody's finalizer: the twin goes first",
           {[](Situation& x) { x.pod->deleting = true; }, Act::kStopTwin}},
          {"then it ends",
           {[](Situation& x) {
              x.pod->deleting = true;
              x.remote.twin.reset();
              x.remote.twin_absent = true;
            },
            Act::kEnd}},
          {"bound elsewhere",
           {[](Situation& x) { x.pod->node = "neoburst-us"; }, Act::kRelease, "BoundElsewhere"}},
      });
}

TEST(DecideTest, Placed) {
  check(placed(),
        {
            {"reserves", {[](Situation&) {}, Act::kReserve}},
            {"looks at a new node first",
             {[](Situation& x) { x.remote.twin->node_unseen = true; }, Act::kWait}},
            {"but not for long",
             {[](Situation& x) {
                x.remote.twin->node_unseen = true;
                x.now += 1s;
              },
              Act::kReserve}},
            {"waits for the bind",
             {[](Situation& x) {
                x.pod->reserved = Reservation{kNode, 1};
              },
              Act::kWait}},
            {"records a long reservation",
             {[](Situation& x) {
                x.pod->reserved = Reservation{kNode, 1};
                x.now += 10s;
              },
              Act::kRecordPlaced}},
            {"R5: reservations end",
             {[](Situation& x) {
                x.pod->reserved = Reservation{kNode, 1};
                x.now += 60s;
              },
              Act::kRelease, "NotBound"}},
            {"a GPU that was not promised is not started",
             {[](Situation& x) { x.remote.twin->other_gpu = "A100"; }, Act::kRelease, "GPUMismatch"}},
            {"nor where that is seen after it was reserved",
             {[](Situation& x) {
                x.pod->reserved = Reservation{kNode, 1};
                x.remote.twin->other_gpu = "A100";
              },
              Act::kRelease, "GPUMismatch"}},
            {"a Service came that needs its address",
             {[](Situation& x) { x.kept_home = "Service web"; }, Act::kRelease, "SelectedByService"}},
            {"an old attempt's reservation is replaced",
             {[](Situation& x) {
                x.burst.attempt.number = 2;
                x.pod->reserved = Reservation{kNode, 1};
              },
              Act::kReserve}},
            {"evicted before it started",
             {[](Situation& x) { x.remote.twin->deleting = true; }, Act::kRelease, "TwinGone"}},
            {"bound without reservation: obtained late",
             {[](Situation& x) { x.pod->node = kNode; }, Act::kReserve}},
        });
}

TEST(DecideTest, Committed) {
  check(committed(),
        {
            {"R1: starts", {[](Situation&) {}, Act::kStart}},
            {"mirrors once go exists", {[](Situation& x) { x.remote.go_created = kNow; }, Act::kMirror}},
            {"R6: does not start in time",
             {[](Situation& x) { x.remote.go_created = kNow - 601s; }, Act::kGiveUp, "BurstNotStarted"}},
            {"R6: a container works, though its phase is Pending",
             {[](Situation& x) {
                x.remote.go_created = kNow - 601s;
                x.remote.twin->started = true;
              },
              Act::kMirror}},
            {"R6: it ran before its node was booted again",
             {[](Situation& x) {
                x.remote.go_created = kNow - 601s;
                x.burst.started_at = kNow - 300s;
              },
              Act::kMirror}},
            {"its limit holds for what is still starting, too",
             {[](Situation& x) {
                x.remote.go_created = kNow - 601s;
                x.remote.twin->started = true;
                x.burst.attempt.limit_seconds = 300;
                x.burst.placed_at = kNow - 602s;
              },
              Act::kGiveUp, "LifetimeEnded"}},
            {"R6: the twin goes first",
             {[](Situation& x) {
                x.remote.go_created = kNow - 601s;
                x.burst.end_reason = EndReason::kNotStarted;
              },
              Act::kStopTwin}},
            {"R6: then the pod is told",
             {[](Situation& x) {
                x.burst.end_reason = EndReason::kNotStarted;
                x.remote.twin.reset();
                x.remote.twin_absent = true;
              },
              Act::kFailPod, "BurstNotStarted"}},
            {"a twin that never ran is removed at its limit",
             {[](Situation& x) {
                x.burst.attempt.limit_seconds = 300;
                x.burst.placed_at = kNow - 300s;
              },
              Act::kGiveUp, "LifetimeEnded"}},
            {"an attempt that the record does not know",
             {[](Situation& x) { x.burst.attempt.number = 2; }, Act::kFailPod, "BurstRecordMismatch"}},
            {"a committed attempt that was given up",
             {[](Situation& x) { x.burst.attempt.released = true; }, Act::kFailPod, "BurstRecordMismatch"}},
        });
}

TEST(DecideTest, Running) {
  check(running(),
        {
            {"mirrors", {[](Situation&) {}, Act::kMirror}},
            {"a claim that went does not stop what runs",
             {[](Situation& x) { x.claim_usable = false; }, Act::kMirror}},
            {"its limit is reached",
             {[](Situation& x) {
                x.burst.attempt.limit_seconds = 300;
                x.burst.attempt.limit_reason = LimitReason::kBudget;
                x.burst.placed_at = kNow - 301s;
              },
              Act::kGiveUp, "BudgetEnded"}},
            {"its budget is spent, and the claim says Terminate",
             {[](Situation& x) { x.terminate = "the budget is spent"; }, Act::kGiveUp, "BudgetEnded"}},
            {"given up: the twin goes first",
             {[](Situation& x) { x.burst.end_reason = EndReason::kBudgetEnded; }, Act::kStopTwin}},
            {"given up: what succeeded first has succeeded",
             {[](Situation& x) {
                x.burst.end_reason = EndReason::kBudgetEnded;
                x.remote.twin->phase = Phase::kSucceeded;
              },
              Act::kMirror}},
            {"given up: what ends well because it is stopped has not succeeded",
             {[](Situation& x) {
                x.burst.end_reason = EndReason::kBudgetEnded;
                stopped_and_succeeded(*x.remote.twin, 1s);
              },
              Act::kWait}},
            {"given up: nor when it is gone",
             {[](Situation& x) {
                x.burst.end_reason = EndReason::kBudgetEnded;
                stopped_and_succeeded(*x.remote.twin, 0s);
                twin_goes(x);
              },
              Act::kFailPod, "BudgetEnded"}},
            {"given up: it had succeeded before it was stopped",
             {[](Situation& x) {
                x.burst.end_reason = EndReason::kBudgetEnded;
                stopped_and_succeeded(*x.remote.twin, -1s);
              },
              Act::kMirror}},
            {"given up: the same, and it is gone",
             {[](Situation& x) {
                x.burst.end_reason = EndReason::kBudgetEnded;
                stopped_and_succeeded(*x.remote.twin, -1s);
                twin_goes(x);
              },
              Act::kMirror}},
            {"given up: an end that cannot be read is not waited for",
             {[](Situation& x) {
                x.burst.end_reason = EndReason::kBudgetEnded;
                x.remote.twin->phase = Phase::kSucceeded;
                x.remote.twin->unreadable = true;
              },
              Act::kStopTwin}},
            {"given up: then the pod is told why",
             {[](Situation& x) {
                x.burst.end_reason = EndReason::kLifetimeEnded;
                x.remote.twin.reset();
                x.remote.twin_absent = true;
              },
              Act::kFailPod, "LifetimeEnded"}},
            {"a partition is not a loss",
             {[](Situation& x) { x.remote.link = Link::kUnreachable; }, Act::kWait}},
            {"not seen is not gone", {[](Situation& x) { x.remote.twin.reset(); }, Act::kWait}},
            {"lost",
             {[](Situation& x) {
                x.remote.twin.reset();
                x.remote.twin_absent = true;
              },
              Act::kFailPod, "BurstTwinLost"}},
            {"provider being removed: the twin goes first",
             {[](Situation& x) { x.remote.leaving = true; }, Act::kStopTwin}},
            {"provider being removed: the pod is told why its twin was stopped",
             {[](Situation& x) {
                x.remote.leaving = true;
                x.remote.twin->deleting = true;
                x.remote.twin->phase = Phase::kFailed;
              },
              Act::kFailPod, "BurstProviderRemoved"}},
            {"provider being removed: what ends well because it is stopped has not succeeded",
             {[](Situation& x) {
                x.remote.leaving = true;
                stopped_and_succeeded(*x.remote.twin, 1s);
              },
              Act::kFailPod, "BurstProviderRemoved"}},
            {"provider being removed: nor when it is gone",
             {[](Situation& x) {
                x.remote.leaving = true;
                stopped_and_succeeded(*x.remote.twin, 1s);
                twin_goes(x);
              },
              Act::kFailPod, "BurstProviderRemoved"}},
            {"provider being removed: it had ended before",
             {[](Situation& x) {
                x.remote.leaving = true;
                stopped_and_succeeded(*x.remote.twin, -1s);
              },
              Act::kMirror}},
            {"provider removed",
             {[](Situation& x) { x.remote.link = Link::kGone; }, Act::kFailPod, "BurstProviderRemoved"}},
            {"lost, but its end was seen",
             {[](Situation& x) {
                x.remote.last = x.remote.twin;
                x.remote.last->phase = Phase::kSucceeded;
                x.remote.twin.reset();
                x.remote.twin_absent = true;
              },
              Act::kMirror}},
            {"lost, and last seen running",
             {[](Situation& x) {
                x.remote.last = x.remote.twin;
                x.remote.twin.reset();
                x.remote.twin_absent = true;
              },
              Act::kFailPod, "BurstTwinLost"}},
            {"an end that was seen means nothing while the twin may live",
             {[](Situation& x) {
                x.remote.last = x.remote.twin;
                x.remote.last->phase = Phase::kSucceeded;
                x.remote.twin.reset();
              },
              Act::kWait}},
            {"an end that cannot be read is a loss",
             {[](Situation& x) {
                x.remote.twin->phase = Phase::kSucceeded;
                x.remote.twin->unreadable = true;
              },
              Act::kFailPod, "BurstTwinLost"}},
            {"somebody at the provider ends it: its status goes on",
             {[](Situation& x) { x.remote.twin->deleting = true; }, Act::kMirror}},
            {"a GPU that was not promised is only told of once it runs",
             {[](Situation& x) { x.remote.twin->other_gpu = "A100"; }, Act::kMirror}},
            {"so is a Service that came later",
             {[](Situation& x) { x.kept_home = "Service web"; }, Act::kMirror}},
            {"the last status is told",
             {[](Situation& x) { x.remote.twin->phase = Phase::kSucceeded; }, Act::kMirror}},
            {"ends once it is told",
             {[](Situation& x) {
                x.remote.twin->phase = Phase::kSucceeded;
                x.pod->phase = Phase::kSucceeded;
              },
              Act::kEnd}},
            {"a pod failed by someone else does not leave its twin behind",
             {[](Situation& x) { x.pod->phase = Phase::kFailed; }, Act::kStopTwin}},
        });
}

TEST(DecideTest, ReservationTextRoundTripsAndRefusesGarbage) {
  EXPECT_EQ(parse_reservation(format_reservation({kNode, 7})), (Reservation{kNode, 7}));
  for (const char* bad : {"", "/", "n/", "/1", "n/0", "n/-1", "n/1x", "n", "n/99999999999999"}) {
    EXPECT_FALSE(parse_reservation(bad)) << bad;
  }
}

template <typename T>
T pick(std::initializer_list<T> of) {
  return *rc::gen::elementOf(std::vector<T>(of));
}

Situation arbitrary_situation() {
  Situation s;
  s.now = kNow;
  if (*rc::gen::arbitrary<bool>()) {
    PodView pod;
    pod.node = pick<std::string>({"", "home-0", kNode, "neoburst-us"});
    if (*rc::gen::arbitrary<bool>())
      pod.reserved = Reservation{pick<std::string>({kNode, "neoburst-us"}), pick({1, 2, 3})};
    pod.deleting = *rc::gen::arbitrary<bool>();
    if (pod.deleting && *rc::gen::arbitrary<bool>()) {
      pod.grace_seconds = pick({0, 1, 30});
      pod.delete_by = kNow + std::chrono::seconds(pick({-60, 0, 30}));
    }
    pod.phase = pick({Phase::kPending, Phase::kRunning, Phase::kSucceeded, Phase::kFailed});
    s.pod = pod;
  }
  s.burst.requested = kNow - std::chrono::seconds(pick({0, 5, 100, 1000}));
  s.burst.obtaining_at = s.burst.requested;
  s.burst.attempt.number = pick({0, 1, 2});
  s.burst.attempt.node = pick<std::string>({kNode, "neoburst-us"});
  s.burst.attempt.released = *rc::gen::arbitrary<bool>();
  if (pick({0, 0, 0, 1}) == 1) s.burst.ended_at = kNow;
  if (pick({0, 0, 1}) == 1) s.burst.placed_at = kNow - 1s;
  s.claim_usable = *rc::gen::arbitrary<bool>();
  if (pick({0, 0, 1}) == 1) s.denied = "no";
  if (pick({0, 0, 1}) == 1) s.kept_home = "no";
  s.remote.link = pick({Link::kConnected, Link::kConnected, Link::kUnreachable, Link::kGone});
  s.remote.leaving = pick({0, 0, 1}) == 1;
  if (*rc::gen::arbitrary<bool>()) {
    TwinView twin;
    twin.ours = pick({0, 1, 1}) == 1;
    twin.node = pick<std::string>({"", "real-0"});
    twin.placed_at = kNow - 1s;
    twin.phase = pick({Phase::kPending, Phase::kRunning, Phase::kSucceeded, Phase::kFailed});
    twin.deleting = pick({0, 0, 1}) == 1;
    if (twin.deleting) twin.grace_seconds = pick({1, 30});
    if (pick({0, 0, 1}) == 1) twin.other_gpu = "A100";
    if (pick({0, 1, 1}) == 1) {
      s.remote.twin = twin;
    } else {
      s.remote.last = twin;
      s.remote.twin_absent = *rc::gen::arbitrary<bool>();
    }
  } else {
    s.remote.twin_absent = *rc::gen::arbitrary<bool>();
  }
  s.remote.anchor = *rc::gen::arbitrary<bool>();
  if (*rc::gen::arbitrary<bool>()) s.remote.go_created = kNow - std::chrono::seconds(pick({0, 700}));
  return s;
}

TEST(DecideProperty, GoOnlyForThePodBoundToThisVeryAttempt) {
  EXPECT_TRUE(rc::check([] {
    const Situation s = arbitrary_situation();
    if (decide(s).act != Act::kStart) return;
    RC_ASSERT(s.pod.has_value());
    RC_ASSERT(s.pod->node == s.burst.attempt.node);
    RC_ASSERT(s.pod->reserved == (Reservation{s.burst.attempt.node, s.burst.attempt.number}));
    RC_ASSERT(!s.burst.attempt.released && !s.burst.ended() && !s.pod->deleting);
    RC_ASSERT(s.remote.twin && s.remote.twin->ours && !s.remote.twin->node.empty());
  }));
}

TEST(DecideProperty, NothingNewForAPodThatIsTiedToAnAttempt) {
  EXPECT_TRUE(rc::check([] {
    const Situation s = arbitrary_situation();
    const Act act = decide(s).act;
    if (!s.pod || !s.pod->reserved || s.pod->node != s.pod->reserved->node) return;
    // Bound where it was reserved: it may have run there. It is never obtained again, released or
    // un-reserved.
    RC_ASSERT(act != Act::kObtain && act != Act::kClearReservation && act != Act::kReserve);
    if (s.burst.attempt.node == s.pod->node && s.burst.attempt.number == s.pod->reserved->attempt) {
      RC_ASSERT(act != Act::kRelease);
    }
  }));
}

TEST(DecideProperty, ForeignTwinsAndUnreachableProvidersAreLeftAlone) {
  EXPECT_TRUE(rc::check([] {
    const Situation s = arbitrary_situation();
    const Decision d = decide(s);
    if (s.remote.twin && !s.remote.twin->ours) RC_ASSERT(d.act != Act::kStopTwin && d.act != Act::kMirror);
    if (s.remote.link == Link::kUnreachable) {
      RC_ASSERT(d.act != Act::kStopTwin && d.act != Act::kStart && d.act != Act::kMirror);
      if (has_unreleased_attempt(s.burst) && s.pod &&
          s.pod->reserved == Reservation{s.burst.attempt.node, s.burst.attempt.number} &&
          s.pod->node == s.burst.attempt.node && !s.burst.ended()) {
        RC_ASSERT(d.act != Act::kFailPod);
      }
    }
  }));
}

TEST(DecideProperty, WhatFailsHasSomebodyToBlame) {
  EXPECT_TRUE(rc::check([] {
    const Decision d = decide(arbitrary_situation());
    const bool nothing_failed = d.reason.empty() || d.reason == kReasonDeleted;
    RC_ASSERT(nothing_failed == (d.blame == Blame::kNobody));
  }));
}

TEST(DecideProperty, NoPodIsRemovedWithoutAnEnd) {
  EXPECT_TRUE(rc::check([] {
    const Situation s = arbitrary_situation();
    if (decide(s).act == Act::kRemovePod) RC_ASSERT(s.pod && s.pod->deleting && is_terminal(s.pod->phase));
  }));
}

TEST(DecideProperty, AnEndIsWrittenOnlyWhenNoTwinCanBeAlive) {
  EXPECT_TRUE(rc::check([] {
    const Situation s = arbitrary_situation();
    if (decide(s).act != Act::kEnd || !has_unreleased_attempt(s.burst) || s.remote.link == Link::kGone)
      return;
    const bool terminal_twin = s.remote.twin && is_terminal(s.remote.twin->phase);
    const bool foreign = s.remote.twin && !s.remote.twin->ours;
    RC_ASSERT(terminal_twin || foreign || (!s.remote.twin && s.remote.twin_absent));
  }));
}

}  // namespace burst::decide_test
