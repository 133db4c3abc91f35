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

std::string denied_provider(const ClaimRules& claim, const Offer& offer) {
  if (contains(claim.deny_providers, offer.provider)) return "provider " + offer.provider + " is denied";
  if (claim.allow_providers.empty() || contains(claim.allow_providers, offer.provider)) return "";
  return "provider " + offer.provider + " is not allowed (allowed: " + listed(claim.allow_providers) + ")";
}

std::string country(const ClaimRules& claim, const Offer& offer) {
  if (claim.countries.empty() || claim.countries.contains(offer.country)) return "";
  const std::string allowed = " (allowed: " + listed(claim.countries) + ")";
  if (offer.country.empty()) return "the country of the data centre is unknown" + allowed;
  return "country " + offer.country + " is not allowed" + allowed;
}

std::string jurisdiction(const ClaimRules& claim, const Offer& offer) {
  if (claim.operator_jurisdictions.empty() || claim.operator_jurisdictions.contains(offer.jurisdiction))
    return "";
  const std::string allowed = " (allowed: " + listed(claim.operator_jurisdictions) + ")";
  if (offer.jurisdiction.empty()) return "the operator's jurisdiction is unknown" + allowed;
  return "the operator's jurisdiction " + offer.jurisdiction + " is not allowed" + allowed;
}

/// A law reaches a workload through the operator's home and through the ground the data centre stands on.
std::string excluded_jurisdiction(const ClaimRules& claim, const Offer& offer) {
  if (claim.exclude_jurisdictions.empty()) return "";
  const std::string excluded = " (excluded: " + listed(claim.exclude_jurisdictions) + ")";
  if (offer.jurisdiction.empty()) return "the operator's jurisdiction is unknown" + excluded;
  if (offer.country.empty()) return "the country of the data centre is unknown" + excluded;
  if (claim.exclude_jurisdictions.contains(offer.jurisdiction)) {
    return "the operator's jurisdiction " + offer.jurisdiction + " is excluded";
  }
  if (claim.exclude_jurisdictions.contains(offer.country)) {
    return "the data centre is in " + offer.country + ", which is excluded";
  }
  return "";
}

std::string certifications(const ClaimRules& claim, const Offer& offer) {
  for (const std::string& wanted : claim.certifications) {
    if (!contains(offer.certifications, wanted)) return "certification " + wanted + " is not declared";
  }
  return "";
}

std::string distance(const ClaimRules& claim, const Offer& offer) {
  if (claim.max_distance_km <= 0) return "";
  if (!claim.near) return "a maximum distance is set without a place to measure from";
  const std::string limit = " (at most " + std::to_string(claim.max_distance_km) + " km)";
  if (!offer.coordinates) return "the place of the data centre is unknown" + limit;
  const std::int64_t km = distance_km(*claim.near, *offer.coordinates);
  return km <= claim.max_distance_km ? "" : "the data centre is " + std::to_string(km) + " km away" + limit;
}

std::string whole_gpu(const ClaimRules&, const Offer& offer) {
  return offer.gpu.shared ? "its GPUs are shared or partitioned, not whole" : "";
}

std::string model(const ClaimRules& claim, const Offer& offer) {
  if (claim.models.empty()) return "";
  const std::string wanted = " (wanted: " + listed(claim.models) + ")";
  if (offer.gpu.model.empty()) return "the GPU model is unknown" + wanted;
  return contains(claim.models, offer.gpu.model) ? ""
                                                 : "GPU model " + offer.gpu.model + " is not wanted" + wanted;
}

std::string memory(const ClaimRules& claim, const Offer& offer) {
  if (claim.min_memory_gib <= 0 || offer.gpu.memory_gib >= claim.min_memory_gib) return "";
  const std::string least = " (at least " + std::to_string(claim.min_memory_gib) + " GiB)";
  if (offer.gpu.memory_gib <= 0) return "the GPU memory is unknown" + least;
  return "GPU memory of " + std::to_string(offer.gpu.memory_gib) + " GiB is too small" + least;
}

std::string interconnect(const ClaimRules& claim, const Offer& offer) {
  if (claim.interconnect.empty()) return "";
  const bool holds =
      claim.interconnect == "NVLink" ? has_nvlink(offer.gpu) : offer.gpu.form == claim.interconnect;
  if (holds) return "";
  return (offer.gpu.form.empty() ? std::string("the form of the GPU is unknown")
                                 : "the GPU's form is " + offer.gpu.form) +
         " (wanted: " + claim.interconnect + ")";
}

std::string capacity_type(const ClaimRules& claim, const Offer& offer) {
  const bool allowed = claim.capacity_types.empty() ? offer.capacity_type == CapacityType::kOnDemand
                                                    : contains(claim.capacity_types, offer.capacity_type);
  if (allowed) return "";
  return "capacity type " + std::string(to_string(offer.capacity_type)) + " is not allowed";
}

// Without a price nothing could be metered, so that what it cost would be a fabrication.
std::string price_known(const ClaimRules&, const Offer& offer) {
  if (offer.price) return "";
  return "the price is unknown; add it to spec.prices of provider " + offer.provider;
}

std::string currency(const ClaimRules& claim, const Offer& offer) {
  if (!offer.price || offer.price->currency == claim.currency) return "";
  return "the price is in " + offer.price->currency + ", not in " + claim.currency;
}

std::string price_cap(const ClaimRules& claim, const Offer& offer) {
  if (!claim.max_per_gpu_hour) return "";
  if (!offer.price) return "the price is unknown";
  if (offer.price->per_gpu_hour <= *claim.max_per_gpu_hour) return "";
  return "price " + format_money(offer.price->per_gpu_hour) + " " + offer.price->currency +
         " per GPU-hour is above the cap of " + format_money(*claim.max_per_gpu_hour);
}

constexpr std::array kRules{
    Rule{"provider", denied_provider},
    Rule{"country", country},
    Rule{"operatorJurisdiction", jurisdiction},
    Rule{"excludedJurisdiction", excluded_jurisdiction},
    Rule{"certification", certifications},
    Rule{"distance", distance},
    Rule{"wholeGPU", whole_gpu},
    Rule{"model", model},
    Rule{"memory", memory},
    Rule{"interconnect", interconnect},
    Rule{"capacityType", capacity_type},
    Rule{"priceKnown", price_known},
    Rule{"currency", currency},
    Rule{"priceCap", price_cap},
};

}  // namespace

bool has_nvlink(const GpuIdentity& gpu) {
  return gpu.form == "SXM" || gpu.model == "GB200" || gpu.model == "GB300";
}

std::span<const Rule> hard_rules() { return kRules; }

}  // namespace market
