#include "market/plan.h"

#include <gtest/gtest.h>

#include <numeric>

#include "support/exact_plan.h"

namespace market::plan_test {

using testing_support::ExactPlan;
using testing_support::Instance;
using testing_support::offer_of_nodes;
using testing_support::Outcome;
using testing_support::Plan;
using testing_support::random_instance;

Plan plan(const Instance& instance) { return plan_batch(instance.pods, instance.pointers()); }

std::string text(const Plan& plan) {
  std::string out;
  for (const auto& offer : plan) out += offer ? std::to_string(*offer) : "-";
  return out;
}

/// All pods may go to all offers at these prices.
Instance instance_of(std::vector<std::int64_t> sizes, std::vector<std::vector<std::int64_t>> nodes,
                     std::vector<std::int64_t> prices) {
  Instance instance;
  instance.nodes = std::move(nodes);
  for (const auto& each : instance.nodes) instance.offers.push_back(offer_of_nodes(each));
  for (const std::int64_t size : sizes) {
    WaitingPod pod{size, {}};
    for (std::size_t o = 0; o < prices.size(); ++o) pod.places.push_back({o, {prices[o] * 1'000'000}});
    instance.pods.push_back(std::move(pod));
  }
  return instance;
}

void expect_possible(const Instance& instance, const Plan& plan, std::uint32_t seed) {
  ASSERT_EQ(plan.size(), instance.pods.size());
  EXPECT_GE(testing_support::outcome_of(instance, plan).cost, 0) << "not allowed there; seed " << seed;
  for (std::size_t o = 0; o < instance.offers.size(); ++o) {
    std::vector<std::int64_t> sizes;
    for (std::size_t i = 0; i < plan.size(); ++i) {
      if (plan[i] == o) sizes.push_back(instance.pods[i].gpus);
    }
    EXPECT_LE(std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0}), instance.offers[o].free_gpus);
    EXPECT_TRUE(testing_support::fit_on(instance.nodes[o], sizes)) << "offer " << o << ", seed " << seed;
  }
}

TEST(PlanBatch, NothingComesOfNothing) {
  EXPECT_EQ(text(plan_batch({}, {})), "");
  EXPECT_EQ(text(plan(instance_of({1, 2}, {}, {}))), "--");
  EXPECT_EQ(text(plan(instance_of({1}, {{}}, {1}))), "-");
}

TEST(PlanBatch, LeavesTheScarceOfferToWhoHasNoOther) {
  Instance instance = instance_of({1, 1}, {{1}, {1}}, {1, 3});
  instance.pods[1].places.pop_back();
  EXPECT_EQ(text(plan(instance)), "10");
}

TEST(PlanBatch, SeesFragmentation) {
  EXPECT_EQ(text(plan(instance_of({4, 4}, {{4, 2, 2}, {8}}, {1, 2}))), "01") << "8 are free, 4 on one node";
  EXPECT_EQ(text(plan(instance_of({3, 2, 2, 2}, {{5, 4}}, {1}))), "0000") << "3 must go to the larger node";
}

TEST(PlanBatch, KeepsToTheLimitOfAnOffer) {
  Instance instance = instance_of({1, 1, 1}, {{8}, {8}}, {1, 2});
  instance.offers[0].free_gpus = 2;
  EXPECT_EQ(text(plan(instance)), "001");
  instance.offers[0].available = false;
  EXPECT_EQ(text(plan(instance)), "111");
}

TEST(PlanBatch, OfEqualsTheFirstToComeIsPlaced) {
  EXPECT_EQ(text(plan(instance_of({2, 2, 2, 2}, {{4}}, {1}))), "00--");
  // Many, so that no single search sees them all.
  EXPECT_EQ(text(plan(instance_of(std::vector<std::int64_t>(20, 1), {{8}, {4}}, {2, 1}))).substr(12),
            std::string(8, '-'));
}

TEST(PlanBatch, AsManyPodsAsPossible) { EXPECT_EQ(text(plan(instance_of({8, 4, 4}, {{8}}, {1}))), "-00"); }

TEST(PlanBatch, BadInputPlacesNothing) {
  Instance instance = instance_of({0, -1, 9, 1}, {{8}}, {1});
  instance.pods[3].places = {{7, {1}}};
  EXPECT_EQ(text(plan(instance)), "----");
  instance = instance_of({1, 8}, {{8, 8}}, {1});
  for (auto& pod : instance.pods)
    pod.places[0].per_gpu_hour.micros = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(text(plan(instance)), "00");
  instance.offers[0].free_blocks.fill(std::numeric_limits<std::int64_t>::max());
  instance.offers[0].free_gpus = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(text(plan(instance)), "00");
  instance.offers[0].free_blocks.fill(-1);
  EXPECT_EQ(text(plan(instance)), "--");
}

TEST(PlanBatch, IsWithinTwoPercentOfTheOptimum) {
  int scarce = 0;
  int larger_than_one_search = 0;
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    const Instance instance = random_instance(seed);
    const Plan planned = plan(instance);
    expect_possible(instance, planned, seed);
    const Outcome best = ExactPlan::solve(instance);
    const Outcome ours = testing_support::outcome_of(instance, planned);
    EXPECT_EQ(ours.unplaced, best.unplaced) << "seed " << seed;
    EXPECT_LE(ours.cost * 100, best.cost * 102) << "seed " << seed;
    EXPECT_EQ(text(plan(instance)), text(planned)) << "seed " << seed;
    scarce += best.unplaced > 0 ? 1 : 0;
    larger_than_one_search += instance.pods.size() > 8 ? 1 : 0;
  }
  EXPECT_GT(scarce, 50) << "the instances are too easy";
  EXPECT_GT(larger_than_one_search, 20);
}

}  // namespace market::plan_test
