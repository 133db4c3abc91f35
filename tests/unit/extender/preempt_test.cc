#include <gtest/gtest.h>

#include <functional>

#include "extender/verdict.h"
#include "support.h"

namespace extender::preempt_test {

using testing::make_claim;
using testing::make_offer;
using testing::make_pod;
using testing::make_record;
using testing::with_claims;

const base::Time kNow{std::chrono::hours(1000)};

struct World {
  PodFacts pod = make_pod();
  std::shared_ptr<api::ClaimRecord> claim = make_claim();
  std::shared_ptr<api::OfferRecord> offer = make_offer("x");
  burst::Burst record = make_record(pod, {"neoburst-x"});
  bool has_record = true;
  bool synced = true;
  PreemptFacts facts;
};

struct Case {
  std::string name;
  std::function<void(World&)> change;
  bool holds;
};

api::Condition budget(std::string status) {
  api::Condition condition;
  condition.type = "WithinBudget";
  condition.status = std::move(status);
  return condition;
}

std::vector<Case> cases() {
  auto refuse = [](base::Time until) {
    return [until](World& w) { w.record.refusals.push_back({"x", "NoCapacity", "", until}); };
  };
  return {
      {"an untried offer", [](World&) {}, true},
      {"not synced", [](World& w) { w.synced = false; }, false},
      {"claim prefers preemption", [](World& w) { w.claim->rules.before_preemption = false; }, false},
      {"never", [](World& w) { w.claim->rules.when = market::BurstWhen::kNever; }, false},
      {"no claim", [](World& w) { w.pod.labels.clear(); }, false},
      {"no GPU", [](World& w) { w.pod.gpus = 0; }, false},
      {"broken claim", [](World& w) { w.claim->problem = "bad"; }, false},
      {"spreads hard", [](World& w) { w.pod.spreads_hard = true; }, false},
      {"refused", refuse(kNow + std::chrono::seconds(1)), false},
      {"refusal is over", refuse(kNow), true},
      {"too dear", [](World& w) { w.claim->rules.max_per_gpu_hour = *market::parse_money("1.99"); }, false},
      {"affordable", [](World& w) { w.claim->rules.max_per_gpu_hour = *market::parse_money("2.00"); }, true},
      {"wrong country", [](World& w) { w.claim->rules.countries = {"DE"}; }, false},
      {"unavailable", [](World& w) { w.offer->offer.available = false; }, false},
      {"full, may get room", [](World& w) { w.offer->offer.free_gpus = 0, w.offer->offer.free_blocks = {}; },
       true},
      {"larger than the offer", [](World& w) { w.pod.gpus = 9; }, false},
      {"over budget", [](World& w) { w.claim->conditions.push_back(budget("False")); }, false},
      {"within budget", [](World& w) { w.claim->conditions.push_back(budget("True")); }, true},
      {"claim is full", [](World& w) { w.claim->rules.max_gpus = 8, w.facts.claim_gpus = 8; }, false},
      {"claim has room", [](World& w) { w.claim->rules.max_gpus = 8, w.facts.claim_gpus = 7; }, true},
      {"not a candidate", [](World& w) { w.record.candidates = {"neoburst-y"}; }, false},
      {"never asked", [](World& w) { w.has_record = false; }, false},
      {"asked a moment ago", [](World& w) { w.has_record = false, w.facts.asked = {"neoburst-x"}; }, true},
      {"ended", [](World& w) { w.record.ended_at = kNow; }, false},
      {"being deleted", [](World& w) { w.record.deleting = true; }, false},
      {"nobody takes it up", [](World& w) { w.record.requested = kNow - std::chrono::minutes(11); }, false},
      {"asked lately", [](World& w) { w.record.requested = kNow - std::chrono::minutes(9); }, true},
      {"slow, but at it",
       [](World& w) { w.record.requested = kNow - std::chrono::hours(1), w.record.attempt.number = 1; },
       true},
      {"slow and given up",
       [](World& w) {
         w.record.requested = kNow - std::chrono::hours(1);
         w.record.attempt.number = 1;
         w.record.attempt.released = true;
       },
       false},
  };
}

TEST(HoldsPreemption, Table) {
  for (const auto& row : cases()) {
    SCOPED_TRACE(row.name);
    World w;
    w.facts.now = kNow;
    row.change(w);
    w.facts.record = w.has_record ? &w.record : nullptr;
    EXPECT_EQ(holds_preemption(w.pod, make_snapshot(w.synced, {w.claim}, {w.offer}), w.facts), row.holds);
  }
}

TEST(HoldsPreemption, OneUntriedOfferIsEnough) {
  auto pod = make_pod();
  auto record = make_record(pod, {"neoburst-x", "neoburst-y"});
  record.refusals.push_back({"x", "NoCapacity", "", kNow + std::chrono::seconds(1)});
  const auto snapshot = with_claims({make_claim()}, {make_offer("x"), make_offer("y")});
  PreemptFacts facts;
  facts.record = &record;
  facts.now = kNow;
  EXPECT_TRUE(holds_preemption(pod, snapshot, facts));
}

}  // namespace extender::preempt_test
