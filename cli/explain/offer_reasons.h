#pragma once

#include <vector>

#include "cli/explain/explanation.h"
#include "cli/explain/facts.h"

namespace cli {

/// The pod or claim that looks for an offer.
struct Candidate {
  const api::ClaimRecord* claim = nullptr;  ///< never null
  std::int64_t gpus = 1;
  const burst::Burst* burst = nullptr;  ///< its record, if there is one: where it may go, and who refused it
};

/// Every offer with all that keeps the candidate from it: each rule of the claim that fails (the operator's
/// own, from market::hard_rules), then what stops it at present. Those that could be taken come first, then
/// those that fit, in the order of the claim's strategy as far as the market ranks them, then the rest by
/// name.
std::vector<JudgedOffer> judge_offers(const Facts& facts, const Candidate& candidate);

/// True when no rule of the claim stands against the offer.
bool fits_claim(const JudgedOffer& judged);

}  // namespace cli
