#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/records.h"
#include "base/clock.h"
#include "market/offer.h"

/// Offers that a provider publishes in its own cluster, as its customers read them. They are claims of
/// somebody else, checked and bounded before they are used. Pure.
namespace op {

/// The most published offers; more of them, in the order of names, are left out.
inline constexpr std::size_t kMaxPublishedOffers = 500;
/// A publisher looks at least every minute; one that is silent for this long is dead or cut off.
inline constexpr std::chrono::milliseconds kPublishedMaxAge = std::chrono::minutes(5);

struct PublishedOffer {
  /// What the provider claims, with a price of the kind Published; its name is that of the object there.
  market::Offer claim;
  /// Why its capacity is not to be believed now, "" when it is.
  std::string outdated;
};

using OfferRecords = std::vector<std::shared_ptr<const api::OfferRecord>>;

/// The usable ones, sorted by name. An offer is left out when it cannot be read, or names no sensible place,
/// card or currency. Numbers that contradict each other are brought down to the least of them.
std::vector<PublishedOffer> read_published(const OfferRecords& records, base::Time now,
                                           std::chrono::milliseconds price_max_age);

/// Fills in `offer` from the provider's word where its owner at home is silent: the owner's own place, law,
/// certifications and contract price stay.
void take_facts(market::Offer& offer, const market::Offer& claim);
/// The provider's word on capacity goes before what was counted. `held` are the GPUs of our live twins there:
/// the total never falls below them.
void take_capacity(market::Offer& offer, const market::Offer& claim, std::int64_t held);
/// Makes an outdated offer unavailable: it keeps its total, so that its burst node has room for its pods.
void withdraw(market::Offer& offer, const PublishedOffer& published, std::int64_t held);

/// Selects the offers at a provider that are for `tenant`, "": those for everybody.
std::string published_selector(std::string_view tenant);
/// decode_offer without the parts that an import does not use: a provider decides how large they are.
base::Result<api::OfferRecord> decode_published(kube::JsonObject& object);

}  // namespace op
