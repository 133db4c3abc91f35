#include "operator/offers/last_offers.h"

#include <algorithm>
#include <utility>

#include "operator/offers/offer_builder.h"

namespace op {

void keep_unread(std::vector<market::Offer>& offers, std::vector<market::Offer> last,
                 const std::string& reason) {
  for (auto& offer : last) {
    if (std::ranges::find(offers, offer.name, &market::Offer::name) != offers.end()) continue;
    offer.available = false;
    offer.unavailable_reason = reason;
    limit_free(offer, 0);
    offers.push_back(std::move(offer));
  }
}

void keep_feed_prices(std::vector<market::Offer>& offers, const std::vector<market::Offer>& last) {
  for (auto& offer : offers) {
    if (offer.price) continue;
    const auto before = std::ranges::find(last, offer.name, &market::Offer::name);
    if (before == last.end() || !before->price || before->price->kind != market::PriceKind::kFeed) continue;
    offer.price = before->price;
    offer.price->stale = true;
  }
}

}  // namespace op
