#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "support/exact_plan.h"

namespace market::plan_large_test {

using testing_support::Instance;
using testing_support::Outcome;

constexpr std::int64_t kFar = std::numeric_limits<std::int64_t>::max() / 4;

/// Pods of one GPU each: then the optimum of a large batch is known too, as a flow of least cost.
Instance pods_of_one_gpu(std::uint32_t seed, std::size_t pods, std::size_t offers) {
  std::mt19937 engine(seed);
  const auto below = [&](std::uint32_t limit) { return static_cast<std::int64_t>(engine() % limit); };
  Instance instance;
  std::vector<std::int64_t> prices;
  for (std::size_t o = 0; o < offers; ++o) {
    instance.nodes.push_back({1 + below(8)});
    instance.offers.push_back(testing_support::offer_of_nodes(instance.nodes.back()));
    prices.push_back(1'200'000 + below(4'000'000));
  }
  for (std::size_t i = 0; i < pods; ++i) {
    WaitingPod pod;
    for (std::size_t o = 0; o < offers; ++o) {
      if (below(3) != 0) pod.places.push_back({o, {prices[o] + below(800'000)}});
    }
    instance.pods.push_back(std::move(pod));
  }
  return instance;
}

/// Successive shortest paths: each seats one pod more at the least cost, moving others on its way.
class LeastCostFlow {
 public:
  explicit LeastCostFlow(const Instance& instance)
      : instance_(instance), at_(instance.pods.size()), used_(instance.offers.size()) {}

  Outcome solve() {
    Outcome outcome{static_cast<std::int64_t>(at_.size()), 0};
    while (const auto end = cheapest_path()) {
      outcome.cost += steps_[*end].cost;
      outcome.unplaced -= 1;
      ++used_[*end];
      for (std::optional<std::size_t> offer = end; offer;) {
        const Step step = steps_[*offer];
        at_[step.pod] = *offer;
        offer = step.from;
      }
    }
    return outcome;
  }

 private:
  /// The cheapest way found to add a pod to an offer: this pod comes, from its seat in another.
  struct Step {
    std::int64_t cost = kFar;
    std::size_t pod = 0;
    std::optional<std::size_t> from;
  };

  bool relax(std::size_t pod) {
    std::int64_t before = 0;
    if (at_[pod]) {
      if (steps_[*at_[pod]].cost == kFar) return false;
      before = steps_[*at_[pod]].cost - price(pod, *at_[pod]);
    }
    bool better = false;
    for (const Place& place : instance_.pods[pod].places) {
      Step& step = steps_[place.offer];
      if (before + place.per_gpu_hour.micros >= step.cost) continue;
      step = {before + place.per_gpu_hour.micros, pod, at_[pod]};
      better = true;
    }
    return better;
  }

  std::int64_t price(std::size_t pod, std::size_t offer) const {
    return std::ranges::find(instance_.pods[pod].places, offer, &Place::offer)->per_gpu_hour.micros;
  }

  std::optional<std::size_t> cheapest_path() {
    steps_.assign(used_.size(), {});
    for (bool better = true; better;) {
      better = false;
      for (std::size_t pod = 0; pod < at_.size(); ++pod) better = relax(pod) || better;
    }
    std::optional<std::size_t> end;
    for (std::size_t o = 0; o < used_.size(); ++o) {
      if (steps_[o].cost == kFar || used_[o] >= instance_.offers[o].free_gpus) continue;
      if (!end || steps_[o].cost < steps_[*end].cost) end = o;
    }
    return end;
  }

  const Instance& instance_;
  std::vector<std::optional<std::size_t>> at_;
  std::vector<std::int64_t> used_;
  std::vector<Step> steps_;
};

TEST(PlanBatch, LargeOnesStayNearTheOptimum) {
  for (std::uint32_t seed = 0; seed < 10; ++seed) {
    const Instance instance = pods_of_one_gpu(seed, 80, 16);
    const Outcome best = LeastCostFlow(instance).solve();
    const Outcome ours =
        testing_support::outcome_of(instance, plan_batch(instance.pods, instance.pointers()));
    EXPECT_EQ(ours.unplaced, best.unplaced) << "seed " << seed;
    EXPECT_LE(best.cost, ours.cost) << "the optimum is none, seed " << seed;
    EXPECT_LE(ours.cost * 100, best.cost * 103) << "seed " << seed;
  }
}

}  // namespace market::plan_large_test
