#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "market/claim.h"
#include "market/offer.h"

namespace market {

/// A hard rule: pure, named, never outweighed by a score. An unknown fact does not pass. No rule looks at
/// capacity: that changes with every pod (see has_room).
struct Rule {
  std::string_view name;
  bool (*holds)(const ClaimRules& claim, const Offer& offer);
  /// Why it does not hold, as a stable sentence. Call it only for offers that it rejects.
  std::string (*reason)(const ClaimRules& claim, const Offer& offer);
};

/// All hard rules in the order in which they are reported: law before price.
///
///   provider              is not denied, and is one of those allowed
///   country               of the data centre is one of the claim's
///   operatorJurisdiction  the operator's home is one of the claim's
///   excludedJurisdiction  neither the operator's home nor the ground it stands on is excluded
///   certification         every one asked for is declared
///   distance              at most so many kilometres from the claim's place
///   wholeGPU              neither time-sliced nor partitioned
///   model, memory         of the GPU
///   interconnect          NVLink between all GPUs of a node, or one form of the card
///   capacityType          OnDemand unless the claim says otherwise
///   priceKnown            the price is known: without one nothing can be metered
///   currency              the price can be converted into the claim's currency
///   priceCap              in the claim's currency
std::span<const Rule> hard_rules();

/// The price in the claim's currency; nullopt where a rate between the two is missing.
std::optional<Money> price_in_claim_currency(const ClaimRules& claim, const Price& price);

/// "2.95 USD per GPU-hour", and where the claim counts in another currency "2.50 EUR per GPU-hour (2.95
/// USD)".
std::string price_text(const ClaimRules& claim, const Price& price);

/// True when all GPUs of a node of this kind are joined by NVLink.
bool has_nvlink(const GpuIdentity& gpu);

}  // namespace market
