#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "market/offer.h"

namespace op {

struct BurstContext;
struct Gathered;

/// Shares scarce offers out among the pods that wait at the same time, so that no pod takes an offer that
/// only another could use (market::plan_batch). The plan is advice: each pod tries its planned offer first,
/// under the lock of the CommitmentBook, and then the next best when it does not hold. Only claims that want
/// the cheapest take part; the others have an order of their own. Thread-safe; one plan serves all workers
/// for a moment.
class BatchPlanner {
 public:
  /// The planned offer of this pod; "" where there is none, or nothing to plan.
  std::string offer_for(const BurstContext& context, const Gathered& gathered,
                        const std::vector<market::Offer>& offers);

 private:
  struct Plan {
    std::map<std::string, std::string> offers;  ///< by pod UID; "" for a pod that gets none
    base::SteadyTime made{};
  };
  std::mutex mutex_;
  std::map<std::string, Plan> plans_;  ///< by currency: prices in others cannot be compared
};

}  // namespace op
