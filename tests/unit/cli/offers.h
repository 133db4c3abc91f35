#pragma once

#include <string>
#include <vector>

#include "market/offer.h"

namespace cli {

/// A small market with many known facts: Milan, Paris and Virginia, one stale price, one in euros, one
/// unknown.
inline std::vector<market::Offer> market_offers() {
  market::Offer milan;
  milan.name = "alpha-milan-h100-ondemand";
  milan.provider = "alpha";
  milan.region = "milan";
  milan.country = "IT";
  milan.jurisdiction = "NL";
  milan.certifications = {"ISO27001", "SOC2"};
  milan.coordinates = market::Coordinates{45'460, 9'190};
  milan.gpu = {"H100", "SXM", 80, "NVIDIA-H100-80GB-HBM3", false};
  milan.price = market::Price{{2'950'000}, "USD", "2026-11-01", market::PriceKind::kContract, false};
  milan.total_gpus = 32;
  milan.free_gpus = 20;
  milan.free_blocks = {20, 10, 4, 4, 2, 2, 2, 2};
  milan.available = true;

  market::Offer paris = milan;
  paris.name = "beta-paris-h100-spot";
  paris.provider = "beta";
  paris.region = "paris";
  paris.country = "FR";
  paris.jurisdiction = "US";
  paris.certifications = {};
  paris.coordinates = market::Coordinates{48'860, 2'350};
  paris.capacity_type = market::CapacityType::kSpot;
  paris.price = market::Price{{1'500'000}, "USD", "2026-06-01", market::PriceKind::kList, true};
  paris.free_gpus = 6;
  paris.free_blocks = {6, 3, 1, 1, 0, 0, 0, 0};

  market::Offer euros = milan;
  euros.name = "gamma-oslo-h200-ondemand";
  euros.provider = "gamma";
  euros.region = "oslo";
  euros.country = "NO";
  euros.jurisdiction = "NO";
  euros.coordinates = market::Coordinates{59'910, 10'750};
  euros.gpu = {"H200", "SXM", 141, "NVIDIA-H200", false};
  euros.price = market::Price{{2'000'000}, "EUR", "", market::PriceKind::kPublished, false};

  market::Offer unknown;
  unknown.name = "delta-nowhere";
  unknown.provider = "delta";
  unknown.available = true;
  unknown.gpu.model = "H100";
  unknown.total_gpus = 8;
  unknown.free_gpus = 8;
  unknown.free_blocks.fill(1);

  market::Offer down = milan;
  down.name = "alpha-virginia-h100-ondemand";
  down.region = "virginia";
  down.country = "US";
  down.available = false;
  down.unavailable_reason = "Unreachable: no answer";
  return {milan, paris, euros, unknown, down};
}

}  // namespace cli
