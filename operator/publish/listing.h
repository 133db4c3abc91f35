#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/clock.h"
#include "market/offer.h"
#include "operator/publish/sheet.h"

namespace op {

/// A GPUOffer to publish: one offer as one tenant, or everybody, sees it.
struct Listing {
  std::string name;    ///< of the GPUOffer: the offer's, and ".TENANT" where it is for one
  std::string tenant;  ///< "" for everybody
  market::Offer offer;
};

/// The listings that a provider with this sheet publishes for `offers`, by name: less the reserve, and to
/// each tenant what it may have at its own price. Pure.
std::vector<Listing> make_listings(const Sheet& sheet, const std::vector<market::Offer>& offers,
                                   base::Time now);

/// The labels that mark it as published, and name its tenant.
nlohmann::json listing_labels(const Listing& listing);
/// The object to create; its status follows.
nlohmann::json listing_object(const Listing& listing);
/// Its status but for observedTime.
nlohmann::json listing_status(const Listing& listing);

}  // namespace op
