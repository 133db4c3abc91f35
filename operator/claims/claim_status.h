#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "api/records.h"
#include "base/clock.h"
#include "market/offer.h"
#include "operator/claims/settlement.h"

namespace op {

/// What a claim's status is made from.
struct ClaimView {
  const api::ClaimRecord& claim;
  const std::vector<market::Offer>& offers;
  const Bursts& bursts;  ///< of this claim
  base::Time now;
};

struct Spend {
  market::Money ended;    ///< records that are not in `settled` yet
  market::Money running;  ///< so far
  market::Money period;   ///< spent in the present period of the budget: what the budget is compared with
};
Spend spend_of(const ClaimView& view);

/// What a burst that has not ended has cost so far: its earlier attempts, and the present one from the moment
/// its twin held GPUs.
market::Money running_cost(const burst::Burst& burst, base::Time now);

/// The claim's whole status: conditions Ready, OffersMatched, WithinBudget; GPUs; spend; and the verdict on
/// each offer (best first, then those that do not fit; at most 64). Texts are stable: no counters that move
/// by themselves, no times. Pure.
nlohmann::json claim_status(const ClaimView& view, const Settled& settled);

/// True when `after` differs from `before` in more than what running pods cost by now.
bool differs_in_substance(nlohmann::json before, nlohmann::json after);

}  // namespace op
