#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "market/gpu.h"
#include "market/money.h"
#include "market/place.h"

namespace market {

enum class CapacityType { kOnDemand, kSpot, kReserved };
std::string_view to_string(CapacityType type);  // "OnDemand", "Spot", "Reserved"

/// Where a price comes from, the most binding first: the owner's contract with the provider, the
/// provider's own publication for its tenants, its public API, its public price list.
enum class PriceKind { kContract, kPublished, kFeed, kList };
std::string_view to_string(PriceKind kind);  // "Contract", "Published", "Feed", "List"

struct Price {
  Money per_gpu_hour;
  std::string currency = "USD";
  std::string as_of = {};  ///< date of the price list, "" when unknown
  PriceKind kind = PriceKind::kContract;
  bool stale = false;  ///< older than the staleness limit: shown, but still used
};

/// A property that the nodes of an offer share and other nodes of the provider lack: its twins are held to
/// it.
struct NodeRequirement {
  std::string key;  ///< of a node label
  bool in = true;   ///< the label has one of `values`; false: none of them
  std::vector<std::string> values;
  bool operator==(const NodeRequirement&) const = default;
};

/// GPUs of one model, in one region, of one provider, at one price and capacity type. Missing facts are
/// empty.
struct Offer {
  std::string name;  ///< of the GPUOffer
  std::string provider;
  std::string region;
  std::string country;       ///< ISO code of the data centre, "" unknown
  std::string jurisdiction;  ///< ISO code of the operator's home, "" unknown
  std::vector<std::string> certifications;
  std::optional<Coordinates> coordinates;
  GpuIdentity gpu;
  CapacityType capacity_type = CapacityType::kOnDemand;
  std::optional<Price> price;

  /// Where its twins must go; known to the operator only, not part of the GPUOffer.
  std::vector<NodeRequirement> node_requirements;

  std::int64_t total_gpus = 0;  ///< the offer's limit; allocatable of its burst node
  std::int64_t free_gpus = 0;
  /// How many more pods of k GPUs fit on single nodes, for k = 1..8 (index k-1). Fragmentation is kept here.
  std::array<std::int64_t, 8> free_blocks{};
  bool available = false;  ///< the provider is reachable, authorised, not paused
  std::string unavailable_reason;
};

/// The burst node of an offer: "neoburst-" + the offer's name, cut to 63 characters with a digest where too
/// long.
std::string burst_node_name(std::string_view offer_name);
/// True for the name of any burst node.
bool is_burst_node(std::string_view node_name);
inline constexpr std::string_view kBurstNodePrefix = "neoburst-";
/// provider-region-model-capacitytype as a valid object name.
std::string offer_name(std::string_view provider, std::string_view region, std::string_view model,
                       CapacityType type);

}  // namespace market
