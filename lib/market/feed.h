#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "market/gpu.h"
#include "market/money.h"
#include "market/offer.h"

namespace market {

/// The price of one kind of machine in a provider's public price API.
struct FeedEntry {
  std::string instance;  ///< the provider's name of the machine ("gpu_8x_h100_sxm5")
  GpuIdentity gpu;
  std::string region;  ///< "" = the price holds in every region
  CapacityType capacity_type = CapacityType::kOnDemand;
  std::int64_t gpus_per_instance = 1;
  Money per_gpu_hour;  ///< the machine's price over its GPUs, rounded up
  /// Regions that sell such a machine right now; nullopt where the API does not say.
  std::optional<std::vector<std::string>> available_in = std::nullopt;
};

/// One complete answer of a price API, with all its pages.
struct FeedSnapshot {
  std::string currency = "USD";
  base::Time as_of{};  ///< when it was fetched
  std::vector<FeedEntry> entries;
  std::int64_t unreadable = 0;  ///< lines that do not match the API's documentation
  std::int64_t unknown = 0;     ///< lines for machines whose GPUs Neoburst does not know
};

/// A feed that sends more prices than this fails: no price list is that long.
inline constexpr std::size_t kMaxFeedEntries = 10'000;

/// A number as JSON writes it ("6.98", "1.5e-3") as money, rounded up to the micro-unit. Works on the
/// digits, never on a double. nullopt for anything else, for negative numbers, and from 10^12 on.
std::optional<Money> parse_price_number(std::string_view number);

/// The feed's price of one such GPU in `region`. The dearest of the machines it may come in, so that a price
/// that holds only for another size does not pass a price cap. nullopt where the feed has none, and for
/// a part of a GPU.
std::optional<Price> feed_price(const FeedSnapshot& feed, const GpuIdentity& gpu, std::string_view region,
                                CapacityType type);

}  // namespace market
