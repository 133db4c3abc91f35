#include "extender/verdict.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "market/offer.h"
#include "support.h"

namespace extender::verdict_test {

using testing::make_claim;
using testing::make_pod;
using testing::make_record;
using testing::with_claims;
using Nodes = std::vector<std::string_view>;

struct Case {
  std::string name;
  Nodes nodes;
  std::function<void(PodFacts&, api::ClaimRecord&, burst::Burst&)> change;
  bool has_record;
  FilterResult result;
  Nodes kept;
  std::string burst_reason;
  bool wanted;
};

const Nodes kMixed{"home-1", "neoburst-x", "home-2", "neoburst-y"};
const Nodes kBursts{"neoburst-x", "neoburst-y"};
const std::string kWaitingText = "waiting for capacity (claim eu)";

void nothing(PodFacts&, api::ClaimRecord&, burst::Burst&) {}
auto reserve(std::string text) {
  return [text](PodFacts& pod, api::ClaimRecord&, burst::Burst&) { pod.reserved = text; };
}
auto attempt(int number, std::string node, bool released = false) {
  return [=](PodFacts& pod, api::ClaimRecord&, burst::Burst& record) {
    pod.reserved = "neoburst-x/2";
    record.attempt.number = number;
    record.attempt.node = node;
    record.attempt.released = released;
  };
}

std::vector<Case> cases() {
  auto no_gpu = [](PodFacts& pod, api::ClaimRecord&, burst::Burst&) { pod.gpus = 0; };
  auto other = [](PodFacts& pod, api::ClaimRecord&, burst::Burst&) { pod.labels = {{"app", "web"}}; };
  auto other_ns = [](PodFacts& pod, api::ClaimRecord&, burst::Burst&) { pod.ns = "web"; };
  auto spread = [](PodFacts& pod, api::ClaimRecord&, burst::Burst&) { pod.spreads_hard = true; };
  auto never = [](PodFacts&, api::ClaimRecord& c, burst::Burst&) {
    c.rules.when = market::BurstWhen::kNever;
  };
  auto always = [](PodFacts&, api::ClaimRecord& c, burst::Burst&) {
    c.rules.when = market::BurstWhen::kAlways;
  };
  auto always_reserved = [](PodFacts& pod, api::ClaimRecord& c, burst::Burst&) {
    c.rules.when = market::BurstWhen::kAlways;
    pod.reserved = "neoburst-y/1";
  };
  auto always_spread = [](PodFacts& pod, api::ClaimRecord& c, burst::Burst&) {
    c.rules.when = market::BurstWhen::kAlways;
    pod.spreads_hard = true;
  };
  auto problem = [](PodFacts&, api::ClaimRecord& c, burst::Burst&) { c.problem = "spec.price: bad"; };
  auto stopped = [](PodFacts&, api::ClaimRecord& c, burst::Burst&) { c.stopped = "new spending is stopped"; };
  auto stopped_reserved = [](PodFacts& pod, api::ClaimRecord& c, burst::Burst&) {
    c.stopped = "new spending is stopped";
    pod.reserved = "neoburst-y/1";
  };
  auto ended = [](PodFacts& pod, api::ClaimRecord&, burst::Burst& record) {
    pod.reserved = "neoburst-x/2";
    record.attempt.number = 2;
    record.attempt.node = "neoburst-x";
    record.ended_at = base::Time{std::chrono::seconds(1)};
  };
  auto deleting = [](PodFacts& pod, api::ClaimRecord&, burst::Burst& record) {
    pod.reserved = "neoburst-x/1";
    record.deleting = true;
  };
  auto foreign = [](PodFacts& pod, api::ClaimRecord&, burst::Burst& record) {
    pod.reserved = "neoburst-x/1";
    record.pod_uid = "other";
    record.attempt.number = 9;
  };
  auto fewer = [](PodFacts&, api::ClaimRecord&, burst::Burst& record) { record.candidates = {"neoburst-x"}; };
  using enum FilterResult;
  const std::string none = "no GPUCapacityClaim in namespace ml selects this pod";
  const std::string home = "home GPUs are available";
  const std::string spreads = "pod does not burst because it spreads hard over nodes";
  const Nodes homes{"home-1", "home-2"};
  return {
      {"no burst nodes", homes, nothing, false, kNoBurstNodes, homes, "", false},
      {"no nodes", {}, nothing, false, kNoBurstNodes, {}, "", false},
      {"home first", kMixed, nothing, false, kHome, homes, home, false},
      {"home first though reserved", kMixed, reserve("neoburst-x/1"), false, kHome, homes, home, false},
      {"home first without claim", kMixed, other, false, kHome, homes, home, false},
      {"home exhausted", kBursts, nothing, false, kWaiting, {}, kWaitingText, true},
      {"asked already", kBursts, nothing, true, kWaiting, {}, kWaitingText, false},
      {"asked for fewer nodes", kBursts, fewer, true, kWaiting, {}, kWaitingText, true},
      {"asked for more nodes", {"neoburst-x"}, nothing, true, kWaiting, {}, kWaitingText, false},
      {"no GPU", kBursts, no_gpu, false, kNotEligible, {}, none, false},
      {"not selected", kBursts, other, false, kNotEligible, {}, none, false},
      {"other namespace",
       kBursts,
       other_ns,
       false,
       kNotEligible,
       {},
       "no GPUCapacityClaim in namespace web selects this pod",
       false},
      {"never", kBursts, never, false, kNotEligible, {}, "claim eu has burst.when: Never", false},
      {"problem",
       kBursts,
       problem,
       false,
       kNotEligible,
       {},
       "claim eu cannot be used: spec.price: bad",
       false},
      {"stopped", kBursts, stopped, false, kWaiting, {}, "new spending is stopped", true},
      {"stopped, asked before", kBursts, stopped, true, kWaiting, {}, "new spending is stopped", false},
      {"stopped, reserved", kBursts, stopped_reserved, false, kWaiting, {}, "new spending is stopped", true},
      {"stopped, home first", kMixed, stopped, false, kHome, homes, home, false},
      {"spreads hard", kBursts, spread, false, kNotEligible, {}, spreads, false},
      {"always", kMixed, always, false, kWaiting, {}, kWaitingText, true},
      {"always, reserved",
       kMixed,
       always_reserved,
       false,
       kReserved,
       {"neoburst-y"},
       "GPUs are reserved on another node",
       false},
      {"always, but spreads hard", kMixed, always_spread, false, kHome, homes, home, false},
      {"always, no burst node", homes, always, false, kNoBurstNodes, homes, "", false},
      {"reserved, no record yet",
       kBursts,
       reserve("neoburst-y/1"),
       false,
       kReserved,
       {"neoburst-y"},
       "GPUs are reserved on another node",
       false},
      {"reserved, record lags",
       kBursts,
       attempt(1, "neoburst-y"),
       true,
       kReserved,
       {"neoburst-x"},
       "GPUs are reserved on another node",
       false},
      {"reserved, record agrees",
       kBursts,
       attempt(2, "neoburst-x"),
       true,
       kReserved,
       {"neoburst-x"},
       "GPUs are reserved on another node",
       false},
      {"reserved, released",
       kBursts,
       attempt(2, "neoburst-x", true),
       true,
       kWaiting,
       {},
       kWaitingText,
       false},
      {"reserved, next attempt", kBursts, attempt(3, "neoburst-y"), true, kWaiting, {}, kWaitingText, false},
      {"reserved, other node", kBursts, attempt(2, "neoburst-y"), true, kWaiting, {}, kWaitingText, false},
      {"reserved, ended", kBursts, ended, true, kWaiting, {}, "the burst of this pod has ended", false},
      {"reserved, being deleted", kBursts, deleting, true, kWaiting, {}, kWaitingText, false},
      {"record of another pod",
       kBursts,
       foreign,
       true,
       kReserved,
       {"neoburst-x"},
       "GPUs are reserved on another node",
       false},
      {"reserved elsewhere", kBursts, reserve("neoburst-z/1"), false, kWaiting, {}, kWaitingText, true},
      {"reserved on a home node",
       {"neoburst-x"},
       reserve("home-1/1"),
       false,
       kWaiting,
       {},
       kWaitingText,
       true},
      {"reservation without attempt",
       kBursts,
       reserve("neoburst-x"),
       false,
       kWaiting,
       {},
       kWaitingText,
       true},
      {"reservation of attempt 0", kBursts, reserve("neoburst-x/0"), false, kWaiting, {}, kWaitingText, true},
      {"reservation garbage", kBursts, reserve("neoburst-x/1x"), false, kWaiting, {}, kWaitingText, true},
      {"reservation overflow",
       kBursts,
       reserve("neoburst-x/99999999999"),
       false,
       kWaiting,
       {},
       kWaitingText,
       true},
  };
}

TEST(FilterVerdict, Table) {
  for (const auto& row : cases()) {
    SCOPED_TRACE(row.name);
    FilterRequest request{make_pod(), row.nodes};
    auto claim = make_claim();
    auto record = make_record(request.pod, {"neoburst-x", "neoburst-y"});
    row.change(request.pod, *claim, record);
    const auto verdict = judge_filter(request, with_claims({claim}), row.has_record ? &record : nullptr);
    EXPECT_EQ(to_string(verdict.result), to_string(row.result));
    Nodes kept;
    std::copy_if(row.nodes.begin(), row.nodes.end(), std::back_inserter(kept),
                 [&](auto node) { return verdict.keeps(node); });
    EXPECT_EQ(kept, row.kept);
    EXPECT_EQ(verdict.burst_reason, row.burst_reason);
    EXPECT_EQ(verdict.wanted.has_value(), row.wanted);
  }
}

TEST(FilterVerdict, KeepsHomeWhileStarting) {
  FilterRequest request{make_pod(), kMixed};
  request.pod.reserved = "neoburst-x/1";
  const auto verdict = judge_filter(request, make_snapshot(false, {make_claim()}, {}), nullptr);
  EXPECT_TRUE(verdict.keeps("home-1"));
  EXPECT_FALSE(verdict.keeps("neoburst-x"));
  EXPECT_EQ(verdict.reason("neoburst-x"), "Neoburst is starting");
  EXPECT_FALSE(verdict.wanted);
}

TEST(FilterVerdict, AlwaysTellsWhyHomeIsNotTaken) {
  auto claim = make_claim();
  claim->rules.when = market::BurstWhen::kAlways;
  const auto verdict = judge_filter({make_pod(), kMixed}, with_claims({claim}), nullptr);
  EXPECT_EQ(verdict.reason("home-1"), "this claim always bursts (burst.when: Always)");
}

TEST(FilterVerdict, AsksWithSortedCandidatesOnce) {
  FilterRequest request{make_pod(), {"neoburst-y", "neoburst-x", "neoburst-y"}};
  const auto verdict = judge_filter(request, with_claims({make_claim()}), nullptr);
  ASSERT_TRUE(verdict.wanted);
  EXPECT_EQ(verdict.wanted->candidates, (std::vector<std::string>{"neoburst-x", "neoburst-y"}));
  EXPECT_EQ(verdict.wanted->key.text(), "ml/burst-uid-1");
  EXPECT_EQ(verdict.wanted->claim, "eu");
  EXPECT_EQ(verdict.wanted->gpus, 1);
}

TEST(FindClaim, TakesTheFirstUsableByName) {
  auto broken = make_claim("a");
  broken->problem = "spec: bad";
  auto never = make_claim("b");
  never->rules.when = market::BurstWhen::kNever;
  const auto snapshot = with_claims({make_claim("d"), make_claim("c"), never, broken});
  EXPECT_EQ(find_claim(make_pod(), snapshot).claim->meta.name, "c");
  EXPECT_EQ(find_claim(make_pod(), with_claims({never, broken})).reason, "claim a cannot be used: spec: bad");
}

TEST(FindClaim, TellsOfAClaimThatIsBeingDeletedWhereThereIsNoOther) {
  auto going = make_claim("a");
  going->meta.deleting_since = base::Time{};
  auto never = make_claim("b");
  never->rules.when = market::BurstWhen::kNever;
  EXPECT_EQ(find_claim(make_pod(), with_claims({going})).claim, nullptr);
  EXPECT_EQ(find_claim(make_pod(), with_claims({going})).reason, "claim a is being deleted");
  EXPECT_EQ(find_claim(make_pod(), with_claims({going, never})).reason, "claim b has burst.when: Never");
}

// The scheduler writes the reason into the pod's status: it must not move with what else changes.
// The operator holds the request until spending may go on; then the pod needs no wake of its own.
TEST(FindClaim, AStoppedClaimIsStillThePodsClaim) {
  auto stopped = make_claim("a");
  stopped->stopped = "new spending is stopped by NeoburstConfig cluster";
  auto never = make_claim("b");
  never->rules.when = market::BurstWhen::kNever;
  const auto of = [](std::vector<ClaimPointer> claims) {
    return find_claim(make_pod(), with_claims(claims));
  };
  EXPECT_EQ(of({stopped}).claim, stopped.get());
  EXPECT_EQ(of({never, stopped}).claim, stopped.get());
  auto invalid = std::make_shared<api::ClaimRecord>(*stopped);
  invalid->problem = "spec: bad";
  EXPECT_EQ(of({invalid}).claim, nullptr);
  EXPECT_EQ(of({invalid}).reason, "claim a cannot be used: spec: bad");
}

/// Any list of nodes, any claim, any reservation, any record.
struct Any {
  std::vector<std::string> names;
  FilterRequest request;
  std::shared_ptr<api::ClaimRecord> claim;
  burst::Burst record;
  bool has_record = false;
  bool synced = true;
};

Any any_case() {
  Any any;
  const auto count = *rc::gen::inRange(0, 8);
  for (int i = 0; i < count; ++i) {
    any.names.push_back(
        *rc::gen::element<std::string>("a", "b", "c", "neoburst-x", "neoburst-y", "neoburst-z"));
  }
  any.request.pod = make_pod();
  any.request.nodes.assign(any.names.begin(), any.names.end());
  any.request.pod.gpus = *rc::gen::inRange(0, 3);
  any.request.pod.spreads_hard = *rc::gen::weightedElement<bool>({{4, false}, {1, true}});
  any.request.pod.reserved =
      *rc::gen::element<std::string>("", "neoburst-x/1", "neoburst-y/2", "a/1", "neoburst-q/1");
  any.claim = make_claim("eu", *rc::gen::weightedElement<std::string>({{4, "train"}, {1, "web"}}));
  any.claim->problem = *rc::gen::weightedElement<std::string>({{4, ""}, {1, "bad"}});
  any.claim->rules.when = *rc::gen::element(market::BurstWhen::kLocalExhausted, market::BurstWhen::kAlways,
                                            market::BurstWhen::kNever);
  any.record = make_record(any.request.pod, {"neoburst-x"});
  any.record.attempt.number = *rc::gen::inRange(0, 4);
  any.record.attempt.node = *rc::gen::element<std::string>("", "neoburst-x", "neoburst-y");
  any.record.attempt.released = *rc::gen::arbitrary<bool>();
  if (*rc::gen::arbitrary<bool>()) any.record.ended_at = base::Time{std::chrono::seconds(1)};
  any.has_record = *rc::gen::arbitrary<bool>();
  any.synced = *rc::gen::weightedElement<bool>({{4, true}, {1, false}});
  return any;
}

RC_GTEST_PROP(FilterVerdictProperty, KeepsHomeOrOneBurstNode, ()) {
  const auto any = any_case();
  const auto verdict = judge_filter(any.request, make_snapshot(any.synced, {any.claim}, {}),
                                    any.has_record ? &any.record : nullptr);
  std::set<std::string_view> home;
  std::set<std::string_view> bursts;
  bool offered = false;
  for (auto node : any.request.nodes) {
    const bool is_burst = market::is_burst_node(node);
    offered = offered || is_burst;
    if (verdict.keeps(node)) {
      (is_burst ? bursts : home).insert(node);
    } else {
      RC_ASSERT(!verdict.reason(node).empty());  // removed nodes always say why
    }
  }
  RC_ASSERT(home.empty() || bursts.empty());
  RC_ASSERT(bursts.size() <= 1);
  for (auto node : bursts) {  // never without the operator's word, never against a newer one
    RC_ASSERT(any.request.pod.reserved.starts_with(std::string(node) + "/"));
    RC_ASSERT(reserved_node(any.request.pod, any.has_record ? &any.record : nullptr) == node);
    RC_ASSERT(any.synced);
  }
  if (!offered) RC_ASSERT(verdict.keep_home);
  const bool always = any.claim->rules.when == market::BurstWhen::kAlways;
  if (!always) RC_ASSERT(verdict.keep_home || home.empty());
  if (verdict.wanted) {
    RC_ASSERT(bursts.empty());
    for (const auto& node : verdict.wanted->candidates) {
      RC_ASSERT(market::is_burst_node(node));
      RC_ASSERT(std::count(any.names.begin(), any.names.end(), node) > 0);
    }
  }
}

RC_GTEST_PROP(FilterVerdictProperty, SaysTheSameToTheSame, ()) {
  const auto any = any_case();
  const auto snapshot = make_snapshot(any.synced, {any.claim}, {});
  const auto* record = any.has_record ? &any.record : nullptr;
  const auto first = judge_filter(any.request, snapshot, record);
  const auto second = judge_filter(any.request, snapshot, record);
  RC_ASSERT(first.burst_reason == second.burst_reason);
  RC_ASSERT(first.home_reason == second.home_reason);
  // Attempts come and go without a new text: else each would wake the pod.
  auto later = any.record;
  later.attempt.number += 5;
  const auto third = judge_filter(any.request, snapshot, record != nullptr ? &later : nullptr);
  if (third.result == first.result) RC_ASSERT(third.burst_reason == first.burst_reason);
}

}  // namespace extender::verdict_test
