#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "api/records.h"
#include "base/clock.h"
#include "burst/spend_book.h"
#include "market/offer.h"
#include "operator/ledger/ledger_plan.h"

namespace op {

/// The input for a claim's status.
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
  market::Money period;   ///< spent in the present period of the budget: compared with the budget
  std::string problem;    ///< why an amount is missing in the sums, "" when none is
};
Spend spend_of(const ClaimView& view);

/// The claim's whole status: conditions Ready, OffersMatched, WithinBudget; GPUs; spend; and the verdict on
/// each offer (best first, then those that do not fit; at most 64). Texts are stable: no counters that move
/// by themselves, no times. Pure.
nlohmann::json claim_status(const ClaimView& view);

/// Why the claim's running pods are to be ended now, "" otherwise: its onExhausted is Terminate, and
/// its own condition says that the budget of the period of `now` is spent. A condition of an
/// earlier period, or an unknown spend, ends nothing: pods have their limits.
std::string why_terminate(const api::ClaimRecord& claim, base::Time now);

/// True when `after` differs from `before` in more than the present cost of running pods.
bool differs_in_substance(nlohmann::json before, nlohmann::json after);

}  // namespace op
