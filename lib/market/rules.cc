#include "market/rules.h"

#include <algorithm>
#include <array>

namespace market {
namespace {

constexpr std::size_t kListed = 12;  // a sentence for people, not the whole ISO list

template <typename List>
std::string listed(const List& list) {
  std::string out;
  std::size_t count = 0;
  for (const auto& entry : list) {
    if (count == kListed) return out + " and " + std::to_string(list.size() - kListed) + " more";
    if (count++ > 0) out += ", ";
    out += entry;
  }
  return out;
}

template <typename List>
bool contains(const List& list, const auto& value) {
  return std::ranges::find(list, value) != list.end();
}

// One struct per rule: its check and its sentence stand side by side.

struct Provider {
  static bool holds(const ClaimRules& claim, const Offer& offer) {
    if (claim.deny_providers.empty() && claim.allow_providers.empty()) return true;
    return !offer.provider.empty() && !contains(claim.deny_providers, offer.provider) &&
           (claim.allow_providers.empty() || contains(claim.allow_providers, offer.provider));
  }
  static std::string reason(const ClaimRules& claim, const Offer& offer) {
    if (offer.provider.empty()) return "the provider is unknown";
    if (contains(claim.deny_providers, offer.provider)) return "provider " + offer.provider + " is denied";
    return "provider " + offer.provider + " is not allowed (allowed: " + listed(claim.allow_providers) + ")";
  }
};

struct Country {
  static bool holds(const ClaimRules& claim, const Offer& offer) {
    return claim.countries.empty() || (!offer.country.empty() && claim.countries.contains(offer.country));
  }
  static std::string reason(const ClaimRules& claim, const Offer& offer) {
    const std::string allowed = " (allowed: " + listed(claim.countries) + ")";
    if (offer.country.empty()) return "the country of the data centre is unknown" + allowed;
    return "country " + offer.country + " is not allowed" + allowed;
  }
};

struct OperatorJurisdiction {
  static bool holds(const ClaimRules& claim, const Offer& offer) {
    return claim.operator_jurisdictions.empty() ||
           (!offer.jurisdiction.empty() && claim.operator_jurisdictions.contains(offer.jurisdiction));
  }
  static std::string reason(const ClaimRules& claim, const Offer& offer) {
    const std::string allowed = " (allowed: " + listed(claim.operator_jurisdictions) + ")";
    if (offer.jurisdiction.empty()) return "the operator's jurisdiction is unknown" + allowed;
    return "the operator's jurisdiction " + offer.jurisdiction + " is not allowed" + allowed;
  }
};

/// A law reaches a workload through the operator's home and through the ground the data centre stands on.
struct ExcludedJurisdiction {
  static bool holds(const ClaimRules& claim, const Offer& offer) {
    const auto& excluded = claim.exclude_jurisdictions;
    if (excluded.empty()) return true;
    return !offer.jurisdiction.empty() && !offer.country.empty() && !excluded.contains(offer.jurisdiction) &&
           !excluded.contains(offer.country);
  }
  static std::string reason(const ClaimRules& claim, const Offer& offer) {
    if (claim.exclude_jurisdictions.contains(offer.jurisdiction)) {
      return "the operator's jurisdiction " + offer.jurisdiction + " is excluded";
    }
    if (claim.exclude_jurisdictions.contains(offer.country)) {
      return "the data centre is in " + offer.country + ", which is excluded";
    }
    const std::string excluded = " (excluded: " + listed(claim.exclude_jurisdictions) + ")";
    if (offer.jurisdiction.empty()) return "the operator's jurisdiction is unknown" + excluded;
    return "the country of the data centre is unknown" + excluded;
  }
};

struct Certification {
  static const std::string* missing(const ClaimRules& claim, const Offer& offer) {
    const auto found = std::ranges::find_if(claim.certifications, [&](const std::string& wanted) {
      return !contains(offer.certifications, wanted);
    });
    return found == claim.certifications.end() ? nullptr : &*found;
  }
  static bool holds(const ClaimRules& claim, const Offer& offer) { return missing(claim, offer) == nullptr; }
  static std::string reason(const ClaimRules& claim, const Offer& offer) {
    return "certification " + *missing(claim, offer) + " is not declared";
  }
};

struct MaxDistance {
  static bool holds(const ClaimRules& claim, const Offer& offer) {
    if (claim.max_distance_km <= 0) return true;
    return claim.near && offer.coordinates &&
           distance_km(*claim.near, *offer.coordinates) <= claim.max_distance_km;
  }
  static std::string reason(const ClaimRules& claim, const Offer& offer) {
    if (!claim.near) return "a maximum distance is set without a place to measure from";
    const std::string limit = " (at most " + std::to_string(claim.max_distance_km) + " km)";
    if (!offer.coordinates) return "the place of the data centre is unknown" + limit;
    const std::int64_t km = distance_km(*claim.near, *offer.coordinates);
    return "the data centre is " + std::to_string(km) + " km away" + limit;
  }
};

struct WholeGpu {
  static bool holds(const ClaimRules& claim, const Offer& offer) {
    return claim.allow_shared || !offer.gpu.shared;
  }
  static std::string reason(const ClaimRules&, const Offer&) {
    return "its GPUs are shared or partitioned, not whole";
  }
};

struct Model {
  static bool holds(const ClaimRules& claim, const Offer& offer) {
    return claim.models.empty() || (!offer.gpu.model.empty() && contains(claim.models, offer.gpu.model));
  }
  static std::string reason(const ClaimRules& claim, const Offer& offer) {
    const std::string wanted = " (wanted: " + listed(claim.models) + ")";
    if (offer.gpu.model.empty()) return "the GPU model is unknown" + wanted;
    return "GPU model " + offer.gpu.model + " is not wanted" + wanted;
  }
};

struct Memory {
  static bool holds(const ClaimRules& claim, const Offer& offer) {
    return claim.min_memory_gib <= 0 || offer.gpu.memory_gib >= claim.min_memory_gib;
  }
  static std::string reason(const ClaimRules& claim, const Offer& offer) {
    const std::string least = " (at least " + std::to_string(claim.min_memory_gib) + " GiB)";
    if (offer.gpu.memory_gib <= 0) return "the GPU memory is unknown" + least;
    return "GPU memory of " + std::to_string(offer.gpu.memory_gib) + " GiB is too small" + least;
  }
};

struct Interconnect {
  static bool holds(const ClaimRules& claim, const Offer& offer) {
    if (claim.interconnect.empty()) return true;
    return claim.interconnect == "NVLink" ? has_nvlink(offer.gpu) : offer.gpu.form == claim.interconnect;
  }
  static std::string reason(const ClaimRules& claim, const Offer& offer) {
    return (offer.gpu.form.empty() ? std::string("the form of the GPU is unknown")
                                   : "the GPU's form is " + offer.gpu.form) +
           " (wanted: " + claim.interconnect + ")";
  }
};

struct Capacity {
  static bool holds(const ClaimRules& claim, const Offer& offer) {
    return claim.capacity_types.empty() ? offer.capacity_type == CapacityType::kOnDemand
                                        : contains(claim.capacity_types, offer.capacity_type);
  }
  static std::string reason(const ClaimRules&, const Offer& offer) {
    return "capacity type " + std::string(to_string(offer.capacity_type)) + " is not allowed";
  }
};

// Without a price its cost would be a fabrication.
struct PriceKnown {
  static bool holds(const ClaimRules&, const Offer& offer) { return offer.price.has_value(); }
  static std::string reason(const ClaimRules&, const Offer& offer) {
    return "the price is unknown; add it to spec.prices of provider " + offer.provider;
  }
};

/// Passes an offer without a price: PriceKnown reports that once.
struct Currency {
  static bool holds(const ClaimRules& claim, const Offer& offer) {
    return !offer.price || price_in_claim_currency(claim, *offer.price);
  }
  static std::string reason(const ClaimRules& claim, const Offer& offer) {
    return "the price is in " + offer.price->currency + ", and no rate to " + claim.currency +
           " is configured";
  }
};

struct PriceCap {
  static bool holds(const ClaimRules& claim, const Offer& offer) {
    if (!claim.max_per_gpu_hour) return true;
    if (!offer.price) return false;
    const auto price = price_in_claim_currency(claim, *offer.price);
    return price && *price <= *claim.max_per_gpu_hour;
  }
  static std::string reason(const ClaimRules& claim, const Offer& offer) {
    const std::string cap = "the cap of " + format_money(*claim.max_per_gpu_hour) + " " + claim.currency;
    if (!offer.price) return "an unknown price cannot be held against " + cap;
    const std::string price = "price " + price_text(claim, *offer.price);
    if (price_in_claim_currency(claim, *offer.price)) return price + " is above " + cap;
    return price + " cannot be held against " + cap;
  }
};

template <typename T>
constexpr Rule rule(std::string_view name) {
  return {name, T::holds, T::reason};
}

constexpr std::array kRules{
    rule<Provider>("provider"),
    rule<Country>("country"),
    rule<OperatorJurisdiction>("operatorJurisdiction"),
    rule<ExcludedJurisdiction>("excludedJurisdiction"),
    rule<Certification>("certification"),
    rule<MaxDistance>("distance"),
    rule<WholeGpu>("wholeGPU"),
    rule<Model>("model"),
    rule<Memory>("memory"),
    rule<Interconnect>("interconnect"),
    rule<Capacity>("capacityType"),
    rule<PriceKnown>("priceKnown"),
    rule<Currency>("currency"),
    rule<PriceCap>("priceCap"),
};

}  // namespace

std::span<const Rule> hard_rules() { return kRules; }

std::optional<Money> price_in_claim_currency(const ClaimRules& claim, const Price& price) {
  return convert(price.per_gpu_hour, price.currency, claim.currency, claim.rates);
}

std::string price_text(const ClaimRules& claim, const Price& price) {
  const std::string text = format_money(price.per_gpu_hour) + " " + price.currency + " per GPU-hour";
  if (price.currency == claim.currency) return text;
  const auto converted = price_in_claim_currency(claim, price);
  return converted ? text + " (" + format_money(*converted) + " " + claim.currency + ")" : text;
}

bool has_nvlink(const GpuIdentity& gpu) {
  return gpu.form == "SXM" || gpu.model == "GB200" || gpu.model == "GB300";
}

}  // namespace market
