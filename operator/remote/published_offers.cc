#include "operator/remote/published_offers.h"

#include <algorithm>
#include <utility>

#include "base/time_text.h"
#include "market/price_list.h"

namespace op {
namespace {

// What the schema of GPUOffer allows; a provider's cluster may have another schema, or none.
constexpr std::size_t kLongestReason = 900;
constexpr std::int64_t kMostGpus = 1'000'000;
constexpr std::int64_t kMostMemoryGib = 4'096;

/// As Kubernetes has the values of labels: a region or product becomes one when twins are held to it.
bool is_label_value(std::string_view text) {
  return text.size() <= api::kLongestOfferName && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                  c == '_' || c == '.';
         });
}

bool is_currency(std::string_view text) {
  return text.size() == 3 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool is_printable(std::string_view text, std::size_t longest) {
  return !text.empty() && text.size() <= longest &&
         std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

bool is_sound(const market::Offer& claim) {
  const auto& forms = {"", "SXM", "PCIe", "NVL"};
  return is_label_value(claim.region) && is_label_value(claim.gpu.product) &&
         std::ranges::find(forms, claim.gpu.form) != forms.end() && claim.gpu.memory_gib <= kMostMemoryGib &&
         (!claim.gpu.model.empty() || !claim.gpu.product.empty()) &&
         claim.certifications.size() <= api::kMostCertifications &&
         std::ranges::all_of(claim.certifications,
                             [](const auto& name) { return is_printable(name, api::kLongestOfferName); }) &&
         (!claim.price || is_currency(claim.price->currency));
}

/// Free within the total, blocks within what is free.
void bring_down(market::Offer& claim) {
  claim.total_gpus = std::min(claim.total_gpus, kMostGpus);
  claim.free_gpus = std::min(claim.free_gpus, claim.total_gpus);
  claim.free_blocks[0] = claim.free_gpus;
  for (std::size_t i = 1; i < claim.free_blocks.size(); ++i) {
    const auto fitting = claim.free_gpus / (static_cast<std::int64_t>(i) + 1);
    claim.free_blocks[i] = std::clamp<std::int64_t>(claim.free_blocks[i], 0, fitting);
  }
}

std::string why_outdated(const api::OfferRecord& record, base::Time now) {
  if (!record.observed) return "the provider's published offer does not say when it was seen";
  if (*record.observed > now + kPublishedMaxAge) {
    return "the provider's published offer is from the future (" + base::format_time(*record.observed) +
           "): one of the two clocks is wrong";
  }
  if (now - *record.observed <= kPublishedMaxAge) return {};
  return "the provider's published offer is older than " + base::format_duration(kPublishedMaxAge) + ", of " +
         base::format_time(*record.observed) + ": its publisher does not run";
}

/// The price is as current as the offer, whatever the date of the price list; a given date counts.
void settle_price(market::Price& price, bool outdated, base::Time now, std::chrono::milliseconds max_age) {
  price.kind = market::PriceKind::kPublished;
  if (!base::parse_time(price.as_of + "T00:00:00Z")) price.as_of.clear();
  price.stale = outdated || (!price.as_of.empty() && market::is_older(price.as_of, now, max_age));
}

}  // namespace

std::vector<PublishedOffer> read_published(const OfferRecords& records, base::Time now,
                                           std::chrono::milliseconds price_max_age) {
  OfferRecords sound;
  for (const auto& record : records) {
    if (record->problem.empty() && !record->meta.deleting_since && is_sound(record->offer))
      sound.push_back(record);
  }
  std::ranges::sort(sound, {}, [](const auto& record) -> const std::string& { return record->meta.name; });
  if (sound.size() > kMaxPublishedOffers) sound.resize(kMaxPublishedOffers);

  std::vector<PublishedOffer> out;
  out.reserve(sound.size());
  for (const auto& record : sound) {
    PublishedOffer published{record->offer, why_outdated(*record, now)};
    market::Offer& claim = published.claim;
    bring_down(claim);
    if (claim.price) settle_price(*claim.price, !published.outdated.empty(), now, price_max_age);
    if (!is_printable(claim.unavailable_reason, kLongestReason)) claim.unavailable_reason.clear();
    if (!claim.available && claim.unavailable_reason.empty())
      claim.unavailable_reason = "the provider says that it is not available";
    out.push_back(std::move(published));
  }
  return out;
}

void take_facts(market::Offer& offer, const market::Offer& claim) {
  if (offer.country.empty()) offer.country = claim.country;
  // The coordinates of a place in another country would contradict the owner.
  if (!offer.coordinates && offer.country == claim.country) offer.coordinates = claim.coordinates;
  if (offer.jurisdiction.empty()) offer.jurisdiction = claim.jurisdiction;
  if (offer.certifications.empty()) offer.certifications = claim.certifications;
  if (claim.price && (!offer.price || claim.price->kind < offer.price->kind)) offer.price = claim.price;
}

void take_capacity(market::Offer& offer, const market::Offer& claim, std::int64_t held) {
  offer.total_gpus = std::max(claim.total_gpus, held);
  offer.free_gpus = claim.free_gpus;
  offer.free_blocks = claim.free_blocks;
  if (claim.available || !offer.available) return;
  offer.available = false;
  offer.unavailable_reason = claim.unavailable_reason;
}

void withdraw(market::Offer& offer, const PublishedOffer& published, std::int64_t held) {
  offer.total_gpus = std::max(published.claim.total_gpus, held);
  offer.free_gpus = 0;
  offer.free_blocks = {};
  if (!offer.available) return;
  offer.available = false;
  offer.unavailable_reason = published.outdated;
}

std::string published_selector(std::string_view tenant) {
  const std::string published = std::string(api::kPublishedLabel) + "=true,";
  if (tenant.empty()) return published + "!" + std::string(api::kTenantLabel);
  return published + std::string(api::kTenantLabel) + "=" + std::string(tenant);
}

base::Result<api::OfferRecord> decode_published(kube::JsonObject& object) {
  auto record = api::decode_offer(object);
  if (!record) return record;
  record->status_text = {};
  record->meta.annotations = {};
  record->meta.labels = {};
  return record;
}

}  // namespace op
