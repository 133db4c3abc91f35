#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "market/money.h"
#include "market/offer.h"

namespace market {

/// Where a pod may go.
struct Place {
  std::size_t offer = 0;  ///< index into the offers
  Money per_gpu_hour;     ///< in the one currency of the batch
};

/// A pod that waits for GPUs of one node.
struct WaitingPod {
  std::int64_t gpus = 1;  ///< 1 to 8; others are not placed
  std::vector<Place> places;
};

/// Which offer each pod of a batch goes to, as index; nullopt where none is left for it. It is for pods that
/// compete for scarce offers: if each pod took its own best offer, it might take the only offer that another
/// pod can use.
///
/// As many pods as possible are placed; then the cost of all of them per hour is least. `pods` are in the
/// order of their arrival; of pods of the same size at the same price the earlier one is placed. Mind that
/// the count comes first: where not all fit, small pods go before large ones.
///
/// Every plan fits what the offers have free (see Stock for how nodes are derived from the histogram). It is
/// the best for batches of up to 8 pods unless their search is cut short, and near it for larger ones
/// (`hack/bench matching` measures both). Pure and deterministic: work is bounded by steps, never by time.
std::vector<std::optional<std::size_t>> plan_batch(std::span<const WaitingPod> pods,
                                                   std::span<const Offer* const> offers);

}  // namespace market
