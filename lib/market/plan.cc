#include "market/plan.h"

#include <algorithm>
#include <array>
#include <limits>
#include <tuple>
#include <utility>

#include "market/batch.h"
#include "market/reseat.h"

namespace market {
namespace {

constexpr std::size_t kWindow = 8;         ///< pods that are re-seated together
constexpr std::size_t kOptionsLooked = 4;  ///< options of a pod whose pods may be re-seated with it
constexpr std::int64_t kStepsOfWindow = 20'000;
constexpr std::int64_t kStepsOfPlan = 200'000;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

enum class Order { kRegret, kSmallest, kCheapest };

/// A pod that is not seated yet, with the two cheapest options that still have room. While pods are only
/// added, room never comes back, so both options only move on.
struct Next {
  std::size_t pod;
  std::size_t first = 0;
  std::size_t second = 0;
};

std::size_t with_room(const Batch& batch, std::size_t pod, std::size_t from) {
  const auto& options = batch.pod(pod).options;
  while (from < options.size() && !batch.has_room(pod, options[from])) ++from;
  return from;
}

/// Least first.
std::tuple<std::int64_t, std::int64_t> urgency(const Batch& batch, const Next& next, Order order) {
  const auto& pod = batch.pod(next.pod);
  const std::int64_t cost = pod.options[next.first].cost;
  // The extra cost if its first choice is taken.
  const std::int64_t regret =
      next.second < pod.options.size() ? pod.options[next.second].cost - cost : kNever;
  switch (order) {
    case Order::kRegret:
      return {-regret, pod.gpus};
    case Order::kSmallest:
      return {pod.gpus, -regret};
    case Order::kCheapest:
      return {cost, -regret};
  }
  return {};
}

/// Seats one pod after the other where it is cheapest for it.
void seat_all(Batch& batch, Order order) {
  std::vector<Next> waiting;
  for (std::size_t i = 0; i < batch.size(); ++i) waiting.push_back({.pod = i});
  while (!waiting.empty()) {
    std::erase_if(waiting, [&](Next& next) {
      next.first = with_room(batch, next.pod, next.first);
      next.second = with_room(batch, next.pod, std::max(next.first + 1, next.second));
      return next.first >= batch.pod(next.pod).options.size();
    });
    const auto most =
        std::ranges::min_element(waiting, {}, [&](const Next& next) { return urgency(batch, next, order); });
    if (most == waiting.end()) return;
    const auto& pod = batch.pod(most->pod);
    const auto& option = pod.options[most->first];
    batch.place(most->pod, {option, *batch.stock(option.offer).best_node(pod.gpus)});
    waiting.erase(most);
  }
}

/// The cost of moving the pod out of its offer.
std::int64_t loss(const Batch& batch, std::size_t pod) {
  const auto& seat = *batch.seat(pod);
  for (const auto& option : batch.pod(pod).options) {
    if (option.offer != seat.option.offer) return option.cost - seat.option.cost;
  }
  return kNever;
}

/// Some of the pods in an offer: those that could best go elsewhere.
std::vector<std::size_t> readiest_to_leave(const Batch& batch, std::size_t offer, std::size_t most) {
  std::vector<std::pair<std::int64_t, std::size_t>> found;
  for (const std::size_t pod : batch.sitting_in(offer)) found.emplace_back(loss(batch, pod), pod);
  std::ranges::sort(found);
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < std::min(found.size(), most); ++i) out.push_back(found[i].second);
  return out;
}

/// The pod, the pods that sit where it would rather be, the pods that sit where these would go, and so on;
/// then the next pods in order.
std::vector<std::size_t> window_around(const Batch& batch, std::size_t pod, std::size_t of_each_offer) {
  std::vector<std::size_t> window{pod};
  const auto add = [&](std::size_t other) {
    if (window.size() < kWindow && std::ranges::find(window, other) == window.end()) window.push_back(other);
  };
  for (std::size_t at = 0; at < window.size() && window.size() < kWindow; ++at) {
    const auto& options = batch.pod(window[at]).options;
    for (std::size_t o = 0; o < std::min(options.size(), kOptionsLooked); ++o) {
      const auto& seat = batch.seat(window[at]);
      if (seat && seat->option.offer == options[o].offer) continue;
      for (const std::size_t other : readiest_to_leave(batch, options[o].offer, of_each_offer)) add(other);
    }
  }
  for (std::size_t i = 1; i < batch.size() && window.size() < kWindow; ++i) add((pod + i) % batch.size());
  return window;
}

bool could_do_better(const Batch& batch, std::size_t pod) {
  const auto& options = batch.pod(pod).options;
  if (options.empty()) return false;
  return !batch.seat(pod) || options.front().cost < batch.seat(pod)->option.cost;
}

/// Re-seats once around each pod that could do better; true when that helped.
bool improve_around_each(Batch& batch, std::size_t of_each_offer, std::int64_t& steps) {
  bool better = false;
  for (std::size_t i = 0; i < batch.size() && steps > 0; ++i) {
    if (of_each_offer > 0 && !could_do_better(batch, i)) continue;
    const std::int64_t most = std::min(steps, kStepsOfWindow);
    std::int64_t left = most;
    better = reseat(batch, window_around(batch, i, of_each_offer), left) || better;
    steps -= most - left;
  }
  return better;
}

void improve(Batch& batch) {
  std::int64_t steps = kStepsOfPlan;
  // Near and wide, far and narrow, and the next in order: what one misses another finds.
  constexpr std::array<std::size_t, 4> kWidths{2, 1, 4, 0};
  for (std::size_t without = 0, at = 0; without < kWidths.size(); at = (at + 1) % kWidths.size()) {
    without = improve_around_each(batch, kWidths[at], steps) ? 0 : without + 1;
  }
}

/// Among pods of one size at one price, the earliest ones are seated.
void seat_first_come(Batch& batch) {
  for (std::size_t early = 0; early < batch.size(); ++early) {
    if (batch.seat(early)) continue;
    const auto& pod = batch.pod(early);
    for (std::size_t late = batch.size() - 1; late > early; --late) {
      const auto seat = batch.seat(late);
      if (!seat || batch.pod(late).gpus != pod.gpus || !std::ranges::binary_search(pod.options, seat->option))
        continue;
      batch.free(late);
      batch.place(early, *seat);
      break;
    }
  }
}

}  // namespace

std::vector<std::optional<std::size_t>> plan_batch(std::span<const WaitingPod> pods,
                                                   std::span<const Offer* const> offers) {
  // 1. Seat one after the other, in each of a few orders; keep the best.
  const Batch empty(pods, offers);
  Batch best = empty;
  for (const Order order : {Order::kRegret, Order::kSmallest, Order::kCheapest}) {
    Batch batch = empty;
    seat_all(batch, order);
    if (batch.value() < best.value()) best = std::move(batch);
  }
  // 2. Re-seat a few together for as long as that helps.
  improve(best);
  // 3. Fairness between equals.
  seat_first_come(best);
  std::vector<std::optional<std::size_t>> plan;
  for (std::size_t i = 0; i < best.size(); ++i) {
    plan.push_back(best.seat(i) ? std::optional(best.seat(i)->option.offer) : std::nullopt);
  }
  return plan;
}

}  // namespace market
