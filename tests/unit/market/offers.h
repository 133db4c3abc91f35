#pragma once

#include "market/claim.h"
#include "market/match.h"
#include "market/offer.h"

namespace market {

/// An offer about which everything is known, with room.
inline Offer finnish_h100() {
  Offer offer;
  offer.name = "eu-eu-north1-h100-ondemand";
  offer.provider = "eu";
  offer.region = "eu-north1";
  offer.country = "FI";
  offer.jurisdiction = "NL";
  offer.certifications = {"ISO27001", "SOC2"};
  offer.coordinates = Coordinates{60'600, 25'300};
  offer.gpu = {"H100", "SXM", 80, "NVIDIA-H100-80GB-HBM3", false};
  offer.price = Price{{2'950'000}, "USD", "2026-11-01"};
  offer.total_gpus = 16;
  offer.free_gpus = 8;
  offer.free_blocks = {8, 4, 2, 2, 1, 1, 1, 1};
  offer.available = true;
  return offer;
}

}  // namespace market
