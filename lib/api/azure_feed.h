#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/status.h"
#include "market/feed.h"

namespace api {

/// Reads one page of Azure's retail prices (`GET /api/retail/prices`) into `feed` and returns the link to the
/// next page, "" after the last.
///
/// It takes hourly consumption prices of Linux machines with known GPUs in `feed.currency`, in force at
/// `now`; "Spot" ones as Spot. It skips reservations, Windows, Low Priority (a tier of the Batch service),
/// other currencies and higher tiers: they are not prices for us. Odd lines are counted and left
/// out. Malformed when the page is not such a document. Source: Azure Retail Prices API overview.
base::Result<std::string> add_azure_page(std::string_view body, base::Time now, market::FeedSnapshot& feed);

}  // namespace api
