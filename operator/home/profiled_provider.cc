#include "operator/home/profiled_provider.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "api/profile_codec.h"

namespace op {
namespace {

base::Result<market::Profile> profile_of(const api::ProviderRecord& provider,
                                         const profiles::Profiles& known) {
  const auto base = known.find(provider.profile);
  if (base == known.end()) {
    std::string names;
    for (const auto& [name, profile] : known) names += (names.empty() ? "" : ", ") + name;
    return base::fail(base::Code::kInvalid,
                      "spec.profile: \"" + provider.profile + "\" is not one of " + names);
  }
  if (provider.overrides_text.empty()) return base->second;
  const auto overrides = nlohmann::json::parse(provider.overrides_text, nullptr, false);
  return api::overlay_profile(base->second, overrides, "spec.overrides");
}

/// Once the provider's own list names a region, it alone decides which regions exist; the profile completes
/// the missing fields.
void add_regions(api::ProviderRecord& provider, const market::Profile& profile) {
  const bool listed = !provider.regions.empty();
  for (const auto& known : profile.regions) {
    const auto own = std::ranges::find(provider.regions, known.name, &api::Region::name);
    if (own == provider.regions.end()) {
      if (!listed) provider.regions.push_back({known.name, known.country, known.coordinates});
      continue;
    }
    if (own->country.empty()) own->country = known.country;
    if (!own->coordinates && own->country == known.country) own->coordinates = known.coordinates;
  }
}

void add_list_prices(api::ProviderRecord& provider, const market::Profile& profile) {
  for (const auto& line : profile.prices) {
    provider.prices.push_back({.model = line.model,
                               .form = line.form,
                               .memory_gib = line.memory_gib,
                               .region = line.region,
                               .capacity_type = line.capacity_type,
                               .price = {.per_gpu_hour = market::per_gpu_hour(line),
                                         .currency = line.currency,
                                         .as_of = line.as_of,
                                         .kind = market::PriceKind::kList}});
  }
}

}  // namespace

api::ProviderRecord under_profile(api::ProviderRecord provider, const profiles::Profiles& known) {
  auto profile = profile_of(provider, known);
  if (!profile) {
    if (provider.problem.empty()) provider.problem = std::move(profile.error().message);
    return provider;
  }
  if (provider.jurisdiction.empty()) provider.jurisdiction = profile->jurisdiction;
  add_regions(provider, *profile);
  add_list_prices(provider, *profile);
  if (provider.capacity_mode == api::CapacityMode::kAutoscaling &&
      provider.provisioning_deadline.count() == 0) {
    provider.provisioning_deadline = profile->autoscaling.provisioning_deadline;
  }
  provider.facts = std::make_shared<const market::Profile>(std::move(*profile));
  return provider;
}

}  // namespace op
