#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "market/claim.h"
#include "market/offer.h"

namespace cli {

enum class OfferSort { kPrice, kFree, kDistance, kName };

/// The terms of a search. `rules` are those of a claim, and are judged by the same code: the search shows
/// what a claim with these rules would get.
struct OfferQuery {
  market::ClaimRules rules = {};
  /// Prices are compared: an unknown price, or one in another currency, then fails as it fails a claim's cap.
  bool price_matters = false;
  /// GPUs that must be free now: on one node up to 8, in all beyond. 0: any number, also none.
  std::int64_t min_free = 0;
  bool all = false;  ///< also offers that cannot be used now
  OfferSort sort = OfferSort::kPrice;
};

struct FoundOffer {
  const market::Offer* offer = nullptr;
  std::optional<std::int64_t> km;  ///< from `rules.near`; nullopt where either place is unknown
};

struct SearchResult {
  std::vector<FoundOffer> found;  ///< sorted
  std::size_t hidden = 0;         ///< they fit, but are not available or not whole GPUs
  /// How many offers each rule kept out, in the order of the rules; "minFree" is the last.
  std::vector<std::pair<std::string_view, std::size_t>> stopped;
};

/// Pure: the result holds pointers into `offers`. Sorted as asked, then by price, then by name; unknown
/// values come last. Prices in different currencies are not compared: the wanted currency comes first, then
/// the others by name.
SearchResult search(const OfferQuery& query, std::span<const market::Offer> offers);

/// The most GPUs that one pod could get on one node now, 8 at most.
std::int64_t largest_block(const market::Offer& offer);

}  // namespace cli
