#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "market/claim.h"
#include "market/offer.h"
#include "market/rules.h"
#include "market/scores.h"

namespace market {

/// Why an offer does not fit a claim: the rule's name and a stable sentence ("country US is not allowed
/// (allowed: FI, SE)"). `rule` empty means it fits.
struct Verdict {
  std::string_view rule;
  std::string reason;
  bool fits() const { return rule.empty(); }
};

/// True when every hard rule holds. Builds no text: use it for many pairs.
bool fits(const ClaimRules& claim, const Offer& offer);

/// The first hard rule that fails. Does not look at capacity: see has_room.
Verdict judge(const ClaimRules& claim, const Offer& offer);

/// Every hard rule that fails, in the order of hard_rules(); empty when the offer fits.
std::vector<Verdict> explain(const ClaimRules& claim, const Offer& offer);

/// The offers that fit, best first, deterministic: by the strategy's soft_scores, then name. Offers that are
/// not available are left out.
std::vector<const Offer*> rank(const ClaimRules& claim, std::span<const Offer* const> offers,
                               std::int64_t gpus);

/// rank() for offers already known to fit: judges none of them again.
std::vector<const Offer*> rank_fitting(const ClaimRules& claim, std::span<const Offer* const> fitting,
                                       std::int64_t gpus);

}  // namespace market
