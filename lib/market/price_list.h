#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/clock.h"
#include "market/offer.h"

namespace market {

/// One line of a price list. Empty texts and zeros mean "every".
struct PriceLine {
  std::string model;  ///< canonical
  std::string form;
  std::int64_t memory_gib = 0;
  std::string region;
  CapacityType capacity_type = CapacityType::kOnDemand;
  Price price;
};

/// The price of GPUs. Among the lines that match them: the most binding kind first, then the line for their
/// own region, then the line that says most about the card; the first of equals. A line that names a form or
/// a size does not match cards whose form or size is unknown. Its `stale` is set from `today` and `max_age`:
/// a contract without a date does not age, any other price without one is stale.
std::optional<Price> pick_price(std::span<const PriceLine> lines, const GpuIdentity& gpu,
                                std::string_view region, CapacityType type, base::Time today,
                                std::chrono::milliseconds max_age);

/// True when a price of `as_of` ("2026-11-01") is older than `max_age`, or has no readable date.
bool is_older(std::string_view as_of, base::Time today, std::chrono::milliseconds max_age);

}  // namespace market
