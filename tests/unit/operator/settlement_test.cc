#include "operator/claims/settlement.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "operator/claims/claim_status.h"

namespace op {
namespace {

using std::chrono::hours;

const base::Time kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + hours(12);

std::shared_ptr<api::BurstRecord> ended(const std::string& uid, std::int64_t cost, base::Time when) {
  auto record = std::make_shared<api::BurstRecord>();
  record->meta.uid = uid;
  record->meta.name = uid;
  record->burst.uid = uid;
  record->burst.cost = {cost};
  record->burst.ended_at = when;
  return record;
}

bool no_pod(const burst::Burst&) { return false; }

TEST(Settlement, OnlyOldEndedAndUnlistedRecordsOfGonePodsAreCandidates) {
  api::ClaimRecord claim;
  claim.settled_bursts = {"listed"};
  auto running = std::make_shared<api::BurstRecord>();
  running->burst.uid = "running";
  auto broken = ended("broken", 1, kNow - hours(48));
  broken->problem = "status.cost: not an amount";
  const Bursts bursts{ended("old", 1, kNow - hours(25)), ended("young", 1, kNow - hours(23)), running, broken,
                      ended("listed", 1, kNow - hours(48))};
  const auto found = settle_candidates(claim, bursts, kNow, hours(24), no_pod);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0]->burst.uid, "old");
  EXPECT_TRUE(settle_candidates(claim, bursts, kNow, hours(24), [](const auto&) { return true; }).empty());
}

TEST(Settlement, RecordsOfTheBudgetsPeriodAreKept) {
  api::ClaimRecord claim;
  claim.rules.budget = market::Budget{{100}, market::BudgetPeriod::kMonth, market::OnExhausted::kStopNew};
  const Bursts bursts{ended("this-month", 1, kNow - hours(24 * 10)),
                      ended("last-month", 1, kNow - hours(24 * 30))};
  const auto found = settle_candidates(claim, bursts, kNow, hours(24), no_pod);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0]->burst.uid, "last-month");
}

TEST(Settlement, AddsOnceAndDropsWhatIsGone) {
  api::ClaimRecord claim;
  claim.settled = {100};
  claim.settled_bursts = {"a", "b"};
  const std::set<std::string> existing{"b", "c"};
  const auto after = settle(claim, {ended("b", 7, kNow), ended("c", 5, kNow)}, &existing);
  EXPECT_EQ(after.amount.micros, 105);
  EXPECT_EQ(after.bursts, (std::vector<std::string>{"b", "c"}));
}

/// The API server as far as settling can see it: the claim with its version, the records, and what an
/// informer showed at some time in the past.
struct World {
  struct State {
    api::ClaimRecord claim;
    int version = 0;
    std::map<std::string, std::int64_t> records;  // ended, old enough
  };
  State live;
  std::vector<State> past;

  void remember() { past.push_back(live); }
  Bursts as_bursts(const std::map<std::string, std::int64_t>& records) const {
    Bursts out;
    for (const auto& [uid, cost] : records) out.push_back(ended(uid, cost, kNow - hours(100)));
    return out;
  }
  std::int64_t spent() const {
    const auto bursts = as_bursts(live.records);
    const std::vector<market::Offer> none;
    const auto spend = spend_of({live.claim, none, bursts, kNow});
    return (live.claim.settled + spend.ended).micros;
  }
};

/// One reconcile as the controller does it, from caches that lag by `claim_lag` and `burst_lag` states, dying
/// after `steps` requests. Each request is checked against the live state, as preconditions do.
void reconcile(World& world, std::size_t claim_lag, std::size_t burst_lag, int steps) {
  const auto at = [&](std::size_t lag) {
    return world.past[world.past.size() - 1 - std::min(lag, world.past.size() - 1)];
  };
  const auto claim_cache = at(claim_lag);
  const auto bursts = world.as_bursts(at(burst_lag).records);
  for (const auto& record : settled_records(claim_cache.claim, bursts)) {
    if (steps-- <= 0) return;
    world.live.records.erase(record->burst.uid);
    world.remember();
  }
  Bursts confirmed;
  for (const auto& candidate : settle_candidates(claim_cache.claim, bursts, kNow, hours(24), no_pod)) {
    const auto there = world.live.records.find(candidate->burst.uid);  // the live GET
    if (there != world.live.records.end())
      confirmed.push_back(ended(there->first, there->second, kNow - hours(100)));
  }
  std::set<std::string> existing;  // the live list
  for (const auto& [uid, cost] : world.live.records) existing.insert(uid);
  const auto after = settle(claim_cache.claim, confirmed, &existing);
  if (steps-- <= 0 || claim_cache.version != world.live.version) return;  // 409
  world.live.claim.settled = after.amount;
  world.live.claim.settled_bursts = after.bursts;
  ++world.live.version;
  world.remember();
}

RC_GTEST_PROP(SettlementProperty, NothingIsLostOrCountedTwiceOverCrashesAndStaleCaches, ()) {
  World world;
  std::int64_t sum = 0;
  const auto costs = *rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(0, 1000));
  for (std::size_t i = 0; i < costs.size(); ++i) {
    world.live.records["burst-" + std::to_string(i)] = costs[i];
    sum += costs[i];
  }
  world.remember();
  const auto rounds = *rc::gen::inRange(0, 40);
  for (int i = 0; i < rounds; ++i) {
    reconcile(world, *rc::gen::inRange<std::size_t>(0, 4), *rc::gen::inRange<std::size_t>(0, 12),
              *rc::gen::inRange(0, 12));
    RC_ASSERT(world.spent() == sum);
  }
  // Left alone it comes to rest: all settled, nothing listed, no record.
  for (int i = 0; i < 4; ++i) reconcile(world, 0, 0, 1000);
  RC_ASSERT(world.live.records.empty());
  RC_ASSERT(world.live.claim.settled_bursts.empty());
  RC_ASSERT(world.live.claim.settled.micros == sum);
}

}  // namespace
}  // namespace op
