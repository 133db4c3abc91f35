#include "operator/publish/listing.h"

#include <algorithm>
#include <span>
#include <utility>

#include "api/write.h"
#include "market/price_list.h"
#include "operator/offers/offer_builder.h"

namespace op {
namespace {

std::optional<market::Price> price_in(std::span<const market::PriceLine> lines, const market::Offer& offer,
                                      const Sheet& sheet, base::Time now) {
  return market::pick_price(lines, offer.gpu, offer.region, offer.capacity_type, now,
                            sheet.provider.price_max_age);
}

void keep_back(market::Offer& offer, const Sheet& sheet) {
  const auto reserve = sheet.reserve.find(offer.gpu.model);
  if (reserve == sheet.reserve.end()) return;
  offer.total_gpus = std::max<std::int64_t>(offer.total_gpus - reserve->second, 0);
  limit_free(offer, std::max<std::int64_t>(offer.free_gpus - reserve->second, 0));
}

Listing list_for(const Tenant& tenant, market::Offer offer, const Sheet& sheet, base::Time now) {
  if (auto own = price_in(tenant.prices, offer, sheet, now)) offer.price = std::move(own);
  if (tenant.max_gpus) {
    offer.total_gpus = std::min(offer.total_gpus, *tenant.max_gpus);
    limit_free(offer, *tenant.max_gpus);
  }
  // No offer's name has a dot, so that no two listings share a name.
  return {offer.name + "." + tenant.name, tenant.name, std::move(offer)};
}

bool may_have(const Tenant& tenant, const market::Offer& offer) {
  return tenant.models.empty() || std::ranges::find(tenant.models, offer.gpu.model) != tenant.models.end();
}

}  // namespace

std::vector<Listing> make_listings(const Sheet& sheet, const std::vector<market::Offer>& offers,
                                   base::Time now) {
  std::vector<Listing> out;
  for (market::Offer offer : offers) {
    keep_back(offer, sheet);
    if (sheet.tenants.empty()) {
      out.push_back({offer.name, {}, std::move(offer)});
      continue;
    }
    for (const Tenant& tenant : sheet.tenants) {
      if (may_have(tenant, offer)) out.push_back(list_for(tenant, offer, sheet, now));
    }
  }
  std::ranges::sort(out, {}, &Listing::name);
  return out;
}

nlohmann::json listing_labels(const Listing& listing) {
  nlohmann::json labels{{api::kPublishedLabel, "true"}};
  if (!listing.tenant.empty()) labels[api::kTenantLabel] = listing.tenant;
  return labels;
}

nlohmann::json listing_object(const Listing& listing) {
  return {{"apiVersion", api::kOffers.api_version()},
          {"kind", api::kOffers.kind},
          {"metadata", {{"name", listing.name}, {"labels", listing_labels(listing)}}},
          {"spec", api::offer_spec(listing.offer)}};
}

nlohmann::json listing_status(const Listing& listing) {
  nlohmann::json status = api::offer_status(listing.offer);
  status.erase("node");  // burst nodes are the customers'
  return status;
}

}  // namespace op
