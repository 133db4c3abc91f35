#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "api/records.h"
#include "base/clock.h"
#include "burst/spend_book.h"
#include "market/offer.h"
#include "operator/ledger/ledger_plan.h"

namespace op {

/// What a claim's status is made from.
struct ClaimView {
  const api::ClaimRecord& claim;
  const std::vector<market::Offer>& offers;
  const Bursts& bursts;  ///< of this claim
  const burst::SpendBook& book;
  base::Time now;
};

/// All in the claim's currency.
struct Spend {
  market::Money total;    ///< all that the ledger and the records know
  market::Money running;  ///< the part of attempts that have not ended, up to now
  market::Money period;   ///< spent in the present period of the budget: what the budget is compared with
  std::string problem;    ///< why an amount is missing in the sums, "" when none is
};
Spend spend_of(const ClaimView& view);

/// The claim's whole status: conditions Ready, OffersMatched, WithinBudget; GPUs; spend; and the verdict on
/// each offer (best first, then those that do not fit; at most 64). Texts are stable: no counters that move
/// by themselves, no times. Pure.
nlohmann::json claim_status(const ClaimView& view);

/// True when `after` differs from `before` in more than what running pods cost by now.
bool differs_in_substance(nlohmann::json before, nlohmann::json after);

}  // namespace op
