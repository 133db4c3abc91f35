#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "market/plan.h"

/// Batches small enough to be solved by trying everything, for the test and the benchmark of plan_batch.
/// Shares no code with plan_batch: it works on the nodes themselves, never on a histogram.
namespace testing_support {

struct Instance {
  std::vector<market::WaitingPod> pods;
  std::vector<market::Offer> offers;
  std::vector<std::vector<std::int64_t>> nodes;  ///< GPUs free, by offer

  std::vector<const market::Offer*> pointers() const {
    std::vector<const market::Offer*> out;
    for (const auto& offer : offers) out.push_back(&offer);
    return out;
  }
};

/// An offer with these GPUs free on its nodes.
inline market::Offer offer_of_nodes(const std::vector<std::int64_t>& nodes) {
  market::Offer offer;
  offer.available = true;
  for (const std::int64_t free : nodes) {
    offer.free_gpus += free;
    for (std::size_t k = 1; k <= offer.free_blocks.size(); ++k) {
      offer.free_blocks[k - 1] += free / static_cast<std::int64_t>(k);
    }
  }
  return offer;
}

/// Up to 10 pods of 1 to 8 GPUs and up to 4 offers of up to 3 nodes; mostly there is less than all want, and
/// not every pod may go everywhere. The same for the same seed on every machine.
inline Instance random_instance(std::uint32_t seed) {
  std::mt19937 engine(seed);
  const auto below = [&](std::uint32_t limit) { return static_cast<std::int64_t>(engine() % limit); };
  Instance instance;
  std::vector<std::int64_t> prices;
  const std::int64_t offers = 2 + below(3);
  for (std::int64_t i = 0; i < offers; ++i) {
    std::vector<std::int64_t> nodes;
    for (std::int64_t n = 1 + below(3); n > 0; --n) nodes.push_back(1 + below(8));
    instance.offers.push_back(offer_of_nodes(nodes));
    if (below(4) == 0) instance.offers.back().free_gpus -= below(3);  // a limit below what the nodes have
    instance.nodes.push_back(std::move(nodes));
    prices.push_back(1'200'000 + below(4'000'000));
  }
  const bool own_prices = below(2) == 0;
  const std::int64_t sizes[] = {1, 1, 1, 2, 2, 3, 4, 4, 5, 8};
  const std::int64_t pods = 4 + below(7);
  for (std::int64_t i = 0; i < pods; ++i) {
    market::WaitingPod pod{sizes[below(10)], {}};
    for (std::size_t o = 0; o < prices.size(); ++o) {
      if (below(4) == 0) continue;
      pod.places.push_back({o, {prices[o] + (own_prices ? below(1'000'000) : 0)}});
    }
    instance.pods.push_back(std::move(pod));
  }
  return instance;
}

struct Outcome {
  std::int64_t unplaced = 0;
  std::int64_t cost = 0;  ///< micro-units an hour
  auto operator<=>(const Outcome&) const = default;
};

/// Tries every pod on every node, and nowhere; skips branches that cannot be better.
class ExactPlan {
 public:
  static Outcome solve(const Instance& instance) {
    ExactPlan search(instance);
    search.try_from(0, {});
    return search.best_;
  }

 private:
  explicit ExactPlan(const Instance& instance)
      : instance_(instance),
        nodes_(instance.nodes),
        best_{static_cast<std::int64_t>(instance.pods.size()) + 1, 0} {
    for (const auto& offer : instance.offers) left_.push_back(offer.free_gpus);
  }

  void try_from(std::size_t i, Outcome so_far) {
    if (so_far >= best_) return;
    if (i == instance_.pods.size()) {
      best_ = so_far;
      return;
    }
    const auto& pod = instance_.pods[i];
    for (const auto& place : pod.places) {
      if (left_[place.offer] < pod.gpus) continue;
      for (std::int64_t& free : nodes_[place.offer]) {
        if (free < pod.gpus) continue;
        free -= pod.gpus;
        left_[place.offer] -= pod.gpus;
        try_from(i + 1, {so_far.unplaced, so_far.cost + pod.gpus * place.per_gpu_hour.micros});
        left_[place.offer] += pod.gpus;
        free += pod.gpus;
      }
    }
    try_from(i + 1, {so_far.unplaced + 1, so_far.cost});
  }

  const Instance& instance_;
  std::vector<std::vector<std::int64_t>> nodes_;
  std::vector<std::int64_t> left_;
  Outcome best_;
};

using Plan = std::vector<std::optional<std::size_t>>;

/// What a plan comes to; -1 as cost where a pod goes where it may not.
inline Outcome outcome_of(const Instance& instance, const Plan& plan) {
  Outcome outcome;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    if (!plan[i]) {
      ++outcome.unplaced;
      continue;
    }
    const auto& pod = instance.pods[i];
    const auto place = std::ranges::find(pod.places, *plan[i], &market::Place::offer);
    if (place == pod.places.end()) return {outcome.unplaced, -1};
    outcome.cost += pod.gpus * place->per_gpu_hour.micros;
  }
  return outcome;
}

/// True when pods of these sizes fit on the nodes together.
inline bool fit_on(std::vector<std::int64_t> nodes, std::vector<std::int64_t> sizes) {
  if (sizes.empty()) return true;
  const std::int64_t size = sizes.back();
  sizes.pop_back();
  for (std::int64_t& free : nodes) {
    if (free < size) continue;
    free -= size;
    if (fit_on(nodes, sizes)) return true;
    free += size;
  }
  return false;
}

}  // namespace testing_support
