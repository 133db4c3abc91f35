#include "market/reseat.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace market {
namespace {

/// sums[i][m]: the least that m of the values from the i-th on add up to.
using Sums = std::vector<std::vector<std::int64_t>>;

Sums least_sums(const std::vector<std::int64_t>& values) {
  Sums sums(values.size() + 1);
  for (std::size_t i = 0; i <= values.size(); ++i) {
    std::vector<std::int64_t> rest(values.begin() + static_cast<std::ptrdiff_t>(i), values.end());
    std::ranges::sort(rest);
    sums[i].push_back(0);
    for (const std::int64_t value : rest) sums[i].push_back(sums[i].back() + value);
  }
  return sums;
}

class Search {
 public:
  Search(Batch& batch, std::vector<std::size_t> pods, std::int64_t steps)
      : batch_(batch), pods_(std::move(pods)), best_(batch.value()), steps_(steps) {
    for (const std::size_t pod : pods_) best_seats_.push_back(batch_.seat(pod));
  }

  /// Returns the steps that are left. The pods have the best seats found then.
  std::int64_t run() {
    for (const std::size_t pod : pods_) batch_.free(pod);
    prepare_bounds();
    try_from(0, 0);
    for (std::size_t i = 0; i < pods_.size(); ++i) {
      if (best_seats_[i]) batch_.place(pods_[i], *best_seats_[i]);
    }
    return steps_;
  }

 private:
  const Batch::Pod& pod(std::size_t i) const { return batch_.pod(pods_[i]); }

  void prepare_bounds() {
    std::vector<std::int64_t> costs;
    std::vector<std::int64_t> gpus;
    for (std::size_t i = 0; i < pods_.size(); ++i) {
      const auto roomy = std::ranges::find_if(
          pod(i).options, [&](const Batch::Option& option) { return batch_.has_room(pods_[i], option); });
      costs.push_back(roomy == pod(i).options.end() ? 0 : roomy->cost);
      gpus.push_back(pod(i).gpus);
      twin_.push_back(i > 0 && pod(i).kind == pod(i - 1).kind);
    }
    costs_ = least_sums(costs);
    gpus_ = least_sums(gpus);
  }

  /// The most pods from the i-th on that the free GPUs could hold.
  std::size_t most_from(std::size_t i) const {
    const auto& sums = gpus_[i];
    const auto above = std::ranges::upper_bound(sums, batch_.left());
    return static_cast<std::size_t>(above - sums.begin()) - 1;
  }

  /// A bound: no plan that places `more` pods from the i-th on is better.
  PlanValue bound(std::size_t i, std::size_t more, std::int64_t cost) const {
    return {batch_.value().unplaced - static_cast<std::int64_t>(more),
            batch_.value().cost + cost + costs_[i][more]};
  }

  /// `first`: among equal pods the later takes no option before the earlier's, since that would be the same
  /// plan again.
  void try_from(std::size_t i, std::size_t first) {
    if (--steps_ < 0) return;
    if (batch_.value() < best_) {
      best_ = batch_.value();
      for (std::size_t j = 0; j < pods_.size(); ++j) best_seats_[j] = batch_.seat(pods_[j]);
    }
    if (i == pods_.size()) return;
    const std::size_t most = most_from(i);
    if (bound(i, most, 0) >= best_) return;
    const auto& options = pod(i).options;
    for (std::size_t o = twin_[i] ? first : 0; o < options.size() && most > 0; ++o) {
      const std::size_t others = std::min(most - 1, pods_.size() - i - 1);
      PlanValue least = bound(i + 1, others, options[o].cost);
      least.unplaced -= 1;
      if (least >= best_) break;
      if (batch_.has_room(pods_[i], options[o])) try_option(i, o);
    }
    try_from(i + 1, options.size());
  }

  /// Tries a node of each free size: the choice decides what fits later.
  void try_option(std::size_t i, std::size_t o) {
    const Batch::Option option = pod(i).options[o];
    for (std::int64_t free = pod(i).gpus; free <= Stock::kMostOfNode; ++free) {
      const auto node = batch_.stock(option.offer).node_with(free, pod(i).gpus);
      if (!node) continue;
      batch_.place(pods_[i], {option, *node});
      try_from(i + 1, o);
      batch_.free(pods_[i]);
    }
  }

  Batch& batch_;
  std::vector<std::size_t> pods_;
  PlanValue best_;
  std::vector<std::optional<Batch::Seat>> best_seats_;
  std::int64_t steps_;
  Sums costs_;
  Sums gpus_;
  std::vector<bool> twin_;  ///< equal to the pod before it
};

}  // namespace

bool reseat(Batch& batch, std::vector<std::size_t> pods, std::int64_t& steps) {
  // Large ones first: they have the fewest places. Equal ones side by side, in the order of their arrival.
  std::ranges::sort(pods, [&](std::size_t a, std::size_t b) {
    const auto& x = batch.pod(a);
    const auto& y = batch.pod(b);
    if (x.gpus != y.gpus) return x.gpus > y.gpus;
    return std::tie(x.kind, a) < std::tie(y.kind, b);
  });
  const PlanValue before = batch.value();
  steps = Search(batch, std::move(pods), steps).run();
  return batch.value() < before;
}

}  // namespace market
