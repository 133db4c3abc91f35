#include "cli/offers/search.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include "cli/failing_rules.h"
#include "market/match.h"

namespace cli {
namespace {

constexpr std::string_view kMinFree = "minFree";
constexpr std::int64_t kUnknown = std::numeric_limits<std::int64_t>::max();

/// A claim refuses an offer without a comparable price, because it could not be metered. A user who only
/// looks wants to see it.
bool is_asked(const OfferQuery& query, std::string_view rule) {
  return query.price_matters || (rule != "priceKnown" && rule != "currency");
}

/// The rule that keeps `offer` out, "" when none does. Whole GPUs are checked elsewhere: see can_take_pods.
std::string_view failing_rule(const OfferQuery& query, const market::Offer& offer) {
  for (const market::Verdict& verdict : failing_rules(query.rules, offer)) {
    if (verdict.rule != "wholeGPU" && is_asked(query, verdict.rule)) return verdict.rule;
  }
  return {};
}

bool can_take_pods(const market::Offer& offer) { return offer.available && !offer.gpu.shared; }

bool has_free(const market::Offer& offer, std::int64_t gpus) {
  if (gpus <= 0) return true;
  const auto blocks = static_cast<std::int64_t>(offer.free_blocks.size());
  return gpus <= blocks ? offer.free_blocks[static_cast<std::size_t>(gpus - 1)] > 0 : offer.free_gpus >= gpus;
}

std::optional<std::int64_t> distance_of(const OfferQuery& query, const market::Offer& offer) {
  if (!query.rules.near || !offer.coordinates) return std::nullopt;
  return market::distance_km(*query.rules.near, *offer.coordinates);
}

/// Smaller comes first.
std::int64_t rank_of(OfferSort sort, const FoundOffer& found) {
  switch (sort) {
    case OfferSort::kFree:
      return -found.offer->free_gpus;
    case OfferSort::kDistance:
      return found.km.value_or(kUnknown);
    case OfferSort::kPrice:
    case OfferSort::kName:
      break;
  }
  return 0;
}

void sort_offers(const OfferQuery& query, std::vector<FoundOffer>& found) {
  const auto key = [&](const FoundOffer& each) {
    const auto& price = each.offer->price;
    const bool foreign = price && price->currency != query.rules.currency;
    const bool by_price = query.sort != OfferSort::kName;
    return std::tuple(rank_of(query.sort, each), by_price && !price,
                      by_price && foreign ? price->currency : std::string(),
                      by_price && price ? price->per_gpu_hour.micros : 0, std::string_view(each.offer->name));
  };
  std::ranges::stable_sort(found, [&](const FoundOffer& a, const FoundOffer& b) { return key(a) < key(b); });
}

void count(std::vector<std::pair<std::string_view, std::size_t>>& counts, std::string_view rule) {
  std::ranges::find(counts, rule, &std::pair<std::string_view, std::size_t>::first)->second += 1;
}

}  // namespace

SearchResult search(const OfferQuery& query, std::span<const market::Offer> offers) {
  SearchResult result;
  for (const market::Rule& rule : market::hard_rules()) result.stopped.emplace_back(rule.name, 0);
  result.stopped.emplace_back(kMinFree, 0);
  for (const market::Offer& offer : offers) {
    if (const auto rule = failing_rule(query, offer); !rule.empty()) {
      count(result.stopped, rule);
    } else if (!query.all && !can_take_pods(offer)) {
      ++result.hidden;
    } else if (!has_free(offer, query.min_free)) {
      count(result.stopped, kMinFree);
    } else {
      result.found.push_back({&offer, distance_of(query, offer)});
    }
  }
  std::erase_if(result.stopped, [](const auto& entry) { return entry.second == 0; });
  sort_offers(query, result.found);
  return result;
}

std::int64_t largest_block(const market::Offer& offer) {
  for (std::size_t gpus = offer.free_blocks.size(); gpus > 0; --gpus) {
    if (offer.free_blocks[gpus - 1] > 0) return static_cast<std::int64_t>(gpus);
  }
  return 0;
}

}  // namespace cli
