#include "burst/blame.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "burst/decide.h"
#include "tests/unit/burst/situations.h"

namespace burst {
namespace {

static_assert(!std::is_default_constructible_v<Decision>, "a decision must say who is to blame");

/// A twin that waits for its node at the provider.
Situation unplaced() {
  Situation s = placed();
  s.remote.twin->node.clear();
  s.remote.twin->placed_at.reset();
  return s;
}

/// The pod is tied to an attempt that was given up for `why`; its twin is gone.
Situation given_up(EndReason why) {
  Situation s = running();
  s.burst.end_reason = why;
  twin_goes(s);
  return s;
}

Situation with(Situation s, const std::function<void(Situation&)>& change) {
  change(s);
  return s;
}

struct BlameCase {
  std::string name;
  Situation situation;
  Act act;
  std::string reason;
  Blame blame;
};

/// Every reason that decide() gives.
std::vector<BlameCase> cases() {
  const auto bound = with(placed(), [](Situation& s) {
    s.burst.attempt.number = 0;
    s.burst.requested = kNow - 1h;
    s.pod->node = kNode;
    s.remote = {};
  });
  return {
      // Given up before the pod was tied to it.
      {"the offer disappeared", with(unplaced(), [](auto& s) { s.offer_gone = true; }), Act::kRelease,
       "OfferGone", Blame::kOffer},
      {"not placed in time", with(unplaced(), [](auto& s) { s.now += 60s; }), Act::kRelease, "NotPlaced",
       Blame::kOffer},
      {"its nodes are full",
       with(unplaced(),
            [](auto& s) {
              s.offer_full = true;
              s.remote.twin->unschedulable = true;
            }),
       Act::kRelease, "NotPlaced", Blame::kOffer},
      {"the provider leaves", with(placed(), [](auto& s) { s.remote.leaving = true; }), Act::kRelease,
       "BurstProviderRemoved", Blame::kOffer},
      {"the provider is silent",
       with(placed(),
            [](auto& s) {
              s.remote.link = Link::kUnreachable;
              s.now += 60s;
            }),
       Act::kRelease, "ProviderUnreachable", Blame::kOffer},
      {"the twin vanished",
       with(placed(),
            [](auto& s) {
              s.burst.placed_at = kNow;
              twin_goes(s);
            }),
       Act::kRelease, "TwinGone", Blame::kOffer},
      {"the twin ended", with(placed(), [](auto& s) { s.remote.twin->phase = Phase::kFailed; }),
       Act::kRelease, "TwinGone", Blame::kOffer},
      {"the anchor was removed",
       with(placed(),
            [](auto& s) {
              twin_goes(s);
              s.remote.anchor = false;
            }),
       Act::kRelease, "AnchorGone", Blame::kOffer},
      {"the name is taken", with(placed(), [](auto& s) { s.remote.twin->ours = false; }), Act::kRelease,
       "NameTaken", Blame::kOffer},
      {"another GPU", with(placed(), [](auto& s) { s.remote.twin->other_gpu = "A100"; }), Act::kRelease,
       "GPUMismatch", Blame::kOffer},
      {"the scheduler did not bind it",
       with(placed(),
            [](auto& s) {
              s.pod->reserved = Reservation{kNode, 1};
              s.now += 1h;
            }),
       Act::kRelease, "NotBound", Blame::kScheduler},
      {"bound elsewhere", with(placed(), [](auto& s) { s.pod->node = "neoburst-us"; }), Act::kRelease,
       "BoundElsewhere", Blame::kHome},
      {"a Service selects it", with(placed(), [](auto& s) { s.kept_home = "Service web"; }), Act::kRelease,
       "SelectedByService", Blame::kHome},
      {"the claim went", with(placed(), [](auto& s) { s.claim_usable = false; }), Act::kRelease,
       "ClaimUnusable", Blame::kClaim},
      {"the claim was changed", with(placed(), [](auto& s) { s.denied = "country"; }), Act::kRelease,
       "NoLongerAllowed", Blame::kClaim},
      // Not obtained at all.
      {"a Service selects it, not obtained",
       with(placed(),
            [](auto& s) {
              s.burst.attempt.number = 0;
              s.kept_home = "Service web";
            }),
       Act::kWait, "SelectedByService", Blame::kHome},
      {"bound to what is not allowed", with(bound, [](auto& s) { s.node_denied = "country"; }), Act::kFailPod,
       "BurstNotAllowed", Blame::kClaim},
      {"bound, and a Service selects it", with(bound, [](auto& s) { s.kept_home = "Service web"; }),
       Act::kFailPod, "BurstNotAllowed", Blame::kHome},
      // Given up after the pod was tied to it: first the twin goes, then the pod fails.
      {"not started",
       with(committed(),
            [](auto& s) {
              s.remote.go_created = kNow;
              s.now += 1h;
            }),
       Act::kGiveUp, "BurstNotStarted", Blame::kOffer},
      {"its lifetime is over",
       with(running(),
            [](auto& s) {
              s.burst.attempt.limit_seconds = 60;
              s.now += 1h;
            }),
       Act::kGiveUp, "LifetimeEnded", Blame::kClaim},
      {"its share of the budget is used up",
       with(running(),
            [](auto& s) {
              s.burst.attempt.limit_seconds = 60;
              s.burst.attempt.limit_reason = LimitReason::kBudget;
              s.now += 1h;
            }),
       Act::kGiveUp, "BudgetEnded", Blame::kClaim},
      {"the budget is spent", with(running(), [](auto& s) { s.terminate = "spent"; }), Act::kGiveUp,
       "BudgetEnded", Blame::kClaim},
      {"not started, stopped", given_up(EndReason::kNotStarted), Act::kFailPod, "BurstNotStarted",
       Blame::kOffer},
      {"lifetime, stopped", given_up(EndReason::kLifetimeEnded), Act::kFailPod, "LifetimeEnded",
       Blame::kClaim},
      {"budget, stopped", given_up(EndReason::kBudgetEnded), Act::kFailPod, "BudgetEnded", Blame::kClaim},
      // Tied to it, and it is lost.
      {"the provider was removed", with(running(), [](auto& s) { s.remote.link = Link::kGone; }),
       Act::kFailPod, "BurstProviderRemoved", Blame::kOffer},
      {"the provider leaves, and the twin is gone",
       with(running(),
            [](auto& s) {
              s.remote.leaving = true;
              twin_goes(s);
            }),
       Act::kFailPod, "BurstProviderRemoved", Blame::kOffer},
      {"the running twin vanished", with(running(), [](auto& s) { twin_goes(s); }), Act::kFailPod,
       "BurstTwinLost", Blame::kOffer},
      {"the running twin was replaced", with(running(), [](auto& s) { s.remote.twin->ours = false; }),
       Act::kFailPod, "BurstTwinLost", Blame::kOffer},
      {"its end makes no sense",
       with(running(),
            [](auto& s) {
              s.remote.twin->phase = Phase::kFailed;
              s.remote.twin->unreadable = true;
            }),
       Act::kFailPod, "BurstTwinLost", Blame::kOffer},
      {"the record is of another attempt", with(running(), [](auto& s) { s.burst.attempt.number = 2; }),
       Act::kFailPod, "BurstRecordMismatch", Blame::kHome},
      // The burst has ended.
      {"still there", with(running(), [](auto& s) { s.burst.ended_at = kNow; }), Act::kFailPod,
       "BurstTwinLost", Blame::kHome},
      {"deleted meanwhile", with(deleted(), [](auto& s) { s.burst.ended_at = kNow; }), Act::kFailPod,
       "BurstPodDeleted", Blame::kNobody},
  };
}

TEST(Blame, EachReasonHasSomebodyToBlame) {
  for (const BlameCase& c : cases()) {
    SCOPED_TRACE(c.name);
    const Decision got = decide(c.situation);
    EXPECT_EQ(to_string(got.act), to_string(c.act)) << got.message;
    EXPECT_EQ(got.reason, c.reason);
    EXPECT_EQ(got.blame, c.blame);
  }
}

// What the claim, the pod or home did is never held against the offer.
TEST(Blame, TheseReasonsPutAnOfferOff) {
  std::set<std::string> put_off;
  std::set<std::string> spared;
  for (const BlameCase& c : cases()) {
    if (c.act == Act::kRelease || c.act == Act::kGiveUp)
      (puts_offer_off(c.blame) ? put_off : spared).insert(c.reason);
  }
  EXPECT_EQ(put_off, (std::set<std::string>{"AnchorGone", "BurstNotStarted", "BurstProviderRemoved",
                                            "GPUMismatch", "NameTaken", "NotBound", "NotPlaced", "OfferGone",
                                            "ProviderUnreachable", "TwinGone"}));
  EXPECT_EQ(spared, (std::set<std::string>{"BoundElsewhere", "BudgetEnded", "ClaimUnusable", "LifetimeEnded",
                                           "NoLongerAllowed", "SelectedByService"}));
}

TEST(Blame, NothingFailedNobodyToBlame) {
  for (const Situation& s : {placed(), committed(), running(), deleted(), unplaced()}) {
    const Decision got = decide(s);
    EXPECT_EQ(got.reason, "");
    EXPECT_EQ(got.blame, Blame::kNobody);
  }
}

}  // namespace
}  // namespace burst
