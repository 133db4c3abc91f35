#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "market/plan.h"
#include "market/stock.h"

namespace market {

/// How good a plan is; less is better.
struct PlanValue {
  std::int64_t unplaced = 0;
  std::int64_t cost = 0;  ///< micro-units an hour
  auto operator<=>(const PlanValue&) const = default;
};

/// A plan in the making: which pod sits where, and what is still free.
class Batch {
 public:
  struct Option {
    std::int64_t cost = 0;  ///< of the whole pod, micro-units an hour
    std::size_t offer = 0;
    auto operator<=>(const Option&) const = default;
  };
  struct Pod {
    std::int64_t gpus = 0;
    std::vector<Option> options;  ///< cheapest first
    std::size_t kind = 0;         ///< the same for pods that are alike in both
  };
  struct Seat {
    Option option;
    std::size_t node = 0;
  };

  Batch(std::span<const WaitingPod> pods, std::span<const Offer* const> offers);

  std::size_t size() const { return pods_.size(); }
  const Pod& pod(std::size_t i) const { return pods_[i]; }
  const std::optional<Seat>& seat(std::size_t i) const { return seats_[i]; }
  const Stock& stock(std::size_t offer) const { return stocks_[offer]; }
  /// The pods that sit in an offer.
  const std::vector<std::size_t>& sitting_in(std::size_t offer) const { return sitting_[offer]; }
  /// GPUs that are free in all offers together.
  std::int64_t left() const { return left_; }
  const PlanValue& value() const { return value_; }
  bool has_room(std::size_t pod, const Option& option) const {
    return stocks_[option.offer].has_room(pods_[pod].gpus);
  }

  /// Seats an unseated pod on a node with room for it.
  void place(std::size_t pod, const Seat& seat);
  /// Frees the pod's seat, if it has one.
  void free(std::size_t pod);

 private:
  std::vector<Pod> pods_;
  std::vector<std::optional<Seat>> seats_;
  std::vector<Stock> stocks_;
  std::vector<std::vector<std::size_t>> sitting_;  ///< by offer
  std::int64_t left_ = 0;
  PlanValue value_;
};

}  // namespace market
