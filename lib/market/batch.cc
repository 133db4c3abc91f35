#include "market/batch.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

namespace market {
namespace {

/// Clamped so that no sum over the batch overflows.
std::int64_t hourly_cost(const Place& place, std::int64_t gpus, std::size_t pods) {
  const std::int64_t most = std::numeric_limits<std::int64_t>::max() / static_cast<std::int64_t>(pods + 1);
  return std::min(cost_of(place.per_gpu_hour, gpus, std::chrono::hours(1)).micros, most);
}

}  // namespace

Batch::Batch(std::span<const WaitingPod> pods, std::span<const Offer* const> offers)
    : seats_(pods.size()), sitting_(offers.size()) {
  for (const Offer* offer : offers) {
    stocks_.emplace_back(*offer, static_cast<std::int64_t>(pods.size()));
    left_ += stocks_.back().left();
  }
  std::map<std::pair<std::int64_t, std::vector<Option>>, std::size_t> kinds;
  for (const WaitingPod& waiting : pods) {
    Pod& pod = pods_.emplace_back();
    pod.gpus = waiting.gpus;
    if (waiting.gpus < 1 || waiting.gpus > Stock::kMostOfNode) continue;
    for (const Place& place : waiting.places) {
      if (place.offer >= offers.size() || !stocks_[place.offer].has_room(pod.gpus)) continue;
      pod.options.push_back({hourly_cost(place, pod.gpus, pods.size()), place.offer});
    }
    std::ranges::sort(pod.options);
    pod.kind = kinds.try_emplace({pod.gpus, pod.options}, kinds.size()).first->second;
  }
  value_.unplaced = static_cast<std::int64_t>(pods.size());
}

void Batch::place(std::size_t pod, const Seat& seat) {
  stocks_[seat.option.offer].take(seat.node, pods_[pod].gpus);
  left_ -= pods_[pod].gpus;
  value_.unplaced -= 1;
  value_.cost += seat.option.cost;
  seats_[pod] = seat;
  sitting_[seat.option.offer].push_back(pod);
}

void Batch::free(std::size_t pod) {
  if (!seats_[pod]) return;
  stocks_[seats_[pod]->option.offer].give_back(seats_[pod]->node, pods_[pod].gpus);
  left_ += pods_[pod].gpus;
  value_.unplaced += 1;
  value_.cost -= seats_[pod]->option.cost;
  auto& sitting = sitting_[seats_[pod]->option.offer];
  sitting.erase(std::next(std::find(sitting.rbegin(), sitting.rend(), pod)).base());
  seats_[pod].reset();
}

}  // namespace market
