#include "api/may_burst.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace api {
namespace {

/// A claim of namespace "ml" that selects pods with app=train.
ClaimRecord claim_named(const std::string& name) {
  ClaimRecord claim;
  claim.meta.ns = "ml";
  claim.meta.name = name;
  claim.selector.requirements = {{"app", kube::LabelSelector::Operator::kIn, {"train"}}};
  return claim;
}

ClaimRecord going(ClaimRecord claim) {
  claim.meta.deleting_since = base::Time{};
  return claim;
}
ClaimRecord invalid(ClaimRecord claim) {
  claim.problem = "spec.lifetime: must be more than 0";
  return claim;
}
ClaimRecord off(ClaimRecord claim) {
  claim.rules.when = market::BurstWhen::kNever;
  return claim;
}
ClaimRecord stopped(ClaimRecord claim) {
  claim.stopped = "new spending is stopped by NeoburstConfig cluster";
  return claim;
}
ClaimRecord elsewhere(ClaimRecord claim) {
  claim.meta.ns = "web";
  return claim;
}
ClaimRecord for_others(ClaimRecord claim) {
  claim.selector.requirements.front().values = {"serve"};
  return claim;
}

struct ChoiceCase {
  std::string name;
  std::vector<ClaimRecord> claims;
  std::string claim;     ///< that wins, "" for none
  std::string unusable;  ///< whose reason is told, "" for none
};

const kube::StringMap kLabels = {{"app", "train"}};

TEST(MayBurst, WhichClaimCounts) {
  const auto a = claim_named("a");
  const auto b = claim_named("b");
  const auto c = claim_named("c");
  const std::vector<ChoiceCase> cases = {
      {"no claim", {}, "", ""},
      {"one", {a}, "a", ""},
      {"the first by name", {a, b, c}, "a", ""},
      {"another namespace", {elsewhere(a), b}, "b", ""},
      {"other labels", {for_others(a), b}, "b", ""},
      {"none selects it", {elsewhere(a), for_others(b), for_others(off(c))}, "", ""},
      {"a stopped claim is still the pod's", {stopped(a), b}, "a", ""},
      {"those that are not usable do not count", {off(a), invalid(b), c}, "c", ""},
      {"nor one that is being deleted", {going(a), b}, "b", ""},
      {"switched off", {off(a)}, "", "a"},
      {"the first that is not usable is told", {invalid(a), off(b)}, "", "a"},
      {"one that stays before one that goes", {going(a), going(b), off(c)}, "", "c"},
      {"of those that go, the first", {going(a), going(b)}, "", "a"},
      {"what does not select it is not told", {for_others(off(a)), off(b)}, "", "b"},
      {"stopped and switched off", {off(stopped(a))}, "", "a"},
  };
  for (const ChoiceCase& row : cases) {
    SCOPED_TRACE(row.name);
    std::vector<int> order(row.claims.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
    do {  // the order in which claims are shown does not matter
      ClaimChoice choice({.ns = "ml", .labels = kLabels, .gpus = 1});
      const ClaimRecord* best = nullptr;
      for (const int i : order) {
        const ClaimRecord& claim = row.claims[static_cast<std::size_t>(i)];
        if (choice.consider(claim)) best = &claim;
      }
      EXPECT_EQ(choice.claim(), best);
      EXPECT_EQ(choice.claim() ? choice.claim()->meta.name : "", row.claim);
      EXPECT_EQ(choice.unusable() ? choice.unusable()->meta.name : "", row.unusable);
    } while (std::ranges::next_permutation(order).found);
  }
}

TEST(MayBurst, NoClaimSelectsAPodWithoutGpus) {
  const auto claim = claim_named("a");
  EXPECT_TRUE(selects(claim, {.ns = "ml", .labels = kLabels, .gpus = 1}));
  EXPECT_FALSE(selects(claim, {.ns = "ml", .labels = kLabels, .gpus = 0}));
}

TEST(MayBurst, WhyAClaimIsNotUsable) {
  const auto a = claim_named("a");
  EXPECT_EQ(why_unusable(a), std::nullopt);
  EXPECT_EQ(why_unusable(stopped(a)), std::nullopt);
  EXPECT_EQ(why_unusable(off(a)), Unusable::kSwitchedOff);
  EXPECT_EQ(why_unusable(invalid(a)), Unusable::kInvalid);
  EXPECT_EQ(why_unusable(going(a)), Unusable::kBeingDeleted);
  // Of several, the one that is hardest to undo.
  EXPECT_EQ(why_unusable(off(invalid(a))), Unusable::kInvalid);
  EXPECT_EQ(why_unusable(off(invalid(going(a)))), Unusable::kBeingDeleted);
  EXPECT_FALSE(is_usable(off(a)));
  EXPECT_TRUE(is_usable(a));
}

TEST(MayBurst, APodToleratesBurstNodes) {
  const std::string taint = "neoburst.io/burst";
  const std::vector<std::pair<kube::Toleration, bool>> cases = {
      {{taint, "Exists", "", "NoSchedule"}, true},
      {{taint, "Exists", "", ""}, true},
      {{taint, "Equal", "", "NoSchedule"}, true},
      {{taint, "", "", ""}, true},
      {{taint, "Equal", "x", ""}, false},
      {{taint, "Exists", "", "NoExecute"}, false},
      {{"", "Exists", "", ""}, true},
      {{"", "Exists", "", "NoExecute"}, false},
      {{"", "Equal", "", ""}, false},
      {{"nvidia.com/gpu", "Exists", "", ""}, false}};
  for (const auto& [toleration, tolerates] : cases) {
    kube::PodRecord pod;
    pod.tolerations = {toleration};
    EXPECT_EQ(tolerates_burst_nodes(pod), tolerates)
        << toleration.key << " " << toleration.op << " " << toleration.value << " " << toleration.effect;
  }
  EXPECT_FALSE(tolerates_burst_nodes({}));
}

TEST(MayBurst, PodsOfADaemonSetDoNot) {
  kube::PodRecord pod;
  EXPECT_FALSE(is_of_daemon_set(pod));
  pod.meta.owners.emplace_back().kind = "ReplicaSet";
  EXPECT_FALSE(is_of_daemon_set(pod));
  pod.meta.owners.emplace_back().kind = "DaemonSet";
  EXPECT_TRUE(is_of_daemon_set(pod));
}

}  // namespace
}  // namespace api
