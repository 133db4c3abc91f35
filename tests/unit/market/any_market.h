#pragma once

#include <rapidcheck.h>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "market/match.h"
#include "offers.h"

/// Random claims and offers for property tests; inside rc::check only.
namespace market {

template <typename T>
T any_of(std::initializer_list<T> values) {
  return *rc::gen::elementOf(std::vector<T>(values));
}
inline bool coin() { return *rc::gen::arbitrary<bool>(); }
inline bool seldom() { return *rc::gen::inRange(0, 5) == 0; }
inline Money any_price() { return {*rc::gen::inRange<std::int64_t>(0, 5'000'000)}; }

/// Forgets one fact of an offer; its number says which.
struct Forget {
  std::string_view fact;
  void (*forget)(Offer& offer);
};
inline const std::vector<Forget>& all_facts() {
  static const std::vector<Forget> facts{
      {"provider", [](Offer& o) { o.provider.clear(); }},
      {"country", [](Offer& o) { o.country.clear(); }},
      {"jurisdiction", [](Offer& o) { o.jurisdiction.clear(); }},
      {"certifications", [](Offer& o) { o.certifications.clear(); }},
      {"coordinates", [](Offer& o) { o.coordinates.reset(); }},
      {"model", [](Offer& o) { o.gpu.model.clear(); }},
      {"form", [](Offer& o) { o.gpu.form.clear(); }},
      {"memory", [](Offer& o) { o.gpu.memory_gib = 0; }},
      {"price", [](Offer& o) { o.price.reset(); }},
      {"currency",
       [](Offer& o) {
         if (o.price) o.price->currency.clear();
       }},
  };
  return facts;
}

/// An offer of which each fact may be unknown.
inline Offer any_offer() {
  Offer offer = finnish_h100();
  offer.provider = any_of<std::string>({"eu", "us", "jp"});
  offer.country = any_of<std::string>({"FI", "US", "JP"});
  offer.jurisdiction = any_of<std::string>({"NL", "US", "JP"});
  if (coin()) offer.certifications.push_back("C5");
  if (coin()) offer.coordinates = Coordinates{40'700, -74'000};
  offer.gpu.model = any_of<std::string>({"H100", "A100", "L40S", "GB200"});
  offer.gpu.form = any_of<std::string>({"SXM", "PCIe", ""});
  offer.gpu.memory_gib = any_of<std::int64_t>({40, 48, 80});
  offer.gpu.shared = seldom();
  offer.capacity_type = any_of({CapacityType::kOnDemand, CapacityType::kSpot, CapacityType::kReserved});
  offer.price = Price{any_price(), any_of<std::string>({"USD", "EUR", "JPY"})};
  for (const Forget& fact : all_facts()) {
    if (seldom() && coin()) fact.forget(offer);
  }
  offer.available = !seldom();
  if (seldom()) offer.free_blocks = {};
  offer.free_blocks[0] = *rc::gen::inRange(0, 9);
  return offer;
}

/// Makes a claim stricter under one rule.
struct Tightening {
  std::string_view rule;
  void (*tighten)(ClaimRules& claim);
};

/// Never down to nothing: an empty list is no rule.
template <typename List>
void start_or_narrow(List& list, List start) {
  if (list.empty()) {
    list = std::move(start);
  } else if (list.size() > 1) {
    list.erase(coin() ? list.begin() : std::prev(list.end()));
  }
}

/// At least one for each rule that a claim can tighten.
inline const std::vector<Tightening>& all_tightenings() {
  using Names = std::vector<std::string>;
  static const std::vector<Tightening> tightenings{
      {"provider",
       [](ClaimRules& c) {
         c.deny_providers.push_back(any_of<std::string>({"eu", "us"}));
       }},
      {"provider",
       [](ClaimRules& c) {
         start_or_narrow(c.allow_providers, Names{"eu", "us"});
       }},
      {"country",
       [](ClaimRules& c) {
         start_or_narrow(c.countries, Countries{"FI", "US"});
       }},
      {"operatorJurisdiction",
       [](ClaimRules& c) {
         start_or_narrow(c.operator_jurisdictions, Countries{"NL", "JP"});
       }},
      {"excludedJurisdiction",
       [](ClaimRules& c) {
         c.exclude_jurisdictions.insert(any_of<std::string>({"US", "JP"}));
       }},
      {"certification",
       [](ClaimRules& c) {
         c.certifications.push_back(any_of<std::string>({"ISO27001", "C5"}));
       }},
      {"distance",
       [](ClaimRules& c) {
         if (!c.near) c.near = Coordinates{60'170, 24'940};
         c.max_distance_km =
             c.max_distance_km == 0 ? 7'000 : std::max<std::int64_t>(c.max_distance_km / 8, 1);
       }},
      {"model",
       [](ClaimRules& c) {
         start_or_narrow(c.models, Names{"H100", "A100", "GB200"});
       }},
      {"memory", [](ClaimRules& c) { c.min_memory_gib += 40; }},
      {"interconnect",
       [](ClaimRules& c) {
         if (c.interconnect.empty()) c.interconnect = any_of<std::string>({"NVLink", "PCIe"});
       }},
      {"capacityType", [](ClaimRules& c) { start_or_narrow(c.capacity_types, {CapacityType::kOnDemand}); }},
      {"currency",
       [](ClaimRules& c) {
         c.rates.erase(any_of<std::string>({"USD", "EUR", "JPY"}));
       }},
      {"priceCap",
       [](ClaimRules& c) {
         const Money cap = any_price();
         c.max_per_gpu_hour = c.max_per_gpu_hour ? std::min(*c.max_per_gpu_hour, cap) : cap;
       }},
  };
  return tightenings;
}

inline void tighten_any(ClaimRules& claim) {
  const Tightening tightening = *rc::gen::elementOf(all_tightenings());
  tightening.tighten(claim);
}

inline ClaimRules any_claim() {
  ClaimRules claim;
  if (coin()) {
    claim.capacity_types = {CapacityType::kOnDemand, CapacityType::kSpot, CapacityType::kReserved};
  }
  claim.currency = any_of<std::string>({"USD", "USD", "EUR"});
  if (coin()) claim.rates = {{"USD", 1'000'000}, {"EUR", 1'100'000}, {"JPY", 6'500}};
  claim.strategy = any_of({Strategy::kCheapest, Strategy::kNearest, Strategy::kFastest});
  if (coin()) claim.near = Coordinates{60'170, 24'940};
  const int rules = *rc::gen::inRange(0, 4);
  for (int i = 0; i < rules; ++i) tighten_any(claim);
  return claim;
}

}  // namespace market
