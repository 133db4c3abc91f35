#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "market/claim.h"
#include "market/offer.h"

namespace market {

/// Why an offer does not fit a claim: the rule's name and a stable sentence ("country US is not allowed
/// (allowed: FI, SE)"). `rule` empty means it fits.
struct Verdict {
  std::string_view rule;
  std::string reason;
  bool fits() const { return rule.empty(); }
};

/// A hard rule: pure, named, never outweighed by price.
struct Rule {
  std::string_view name;
  /// The reason it fails, or "" when it holds.
  std::string (*check)(const ClaimRules& claim, const Offer& offer);
};
/// All hard rules in the order in which they are told: law before price.
std::span<const Rule> hard_rules();

/// The first hard rule that fails. Does not look at capacity: see has_room.
Verdict judge(const ClaimRules& claim, const Offer& offer);

/// True when `gpus` GPUs of one pod fit on one node of the offer now.
bool has_room(const Offer& offer, std::int64_t gpus);

/// The offers that fit, best first, deterministic: by strategy, then price, then name. Offers without room
/// come after those with room (they may be tried late, never first); offers that are not available are left
/// out.
std::vector<const Offer*> rank(const ClaimRules& claim, std::span<const Offer* const> offers,
                               std::int64_t gpus);

}  // namespace market
