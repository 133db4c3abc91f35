#pragma once

#include <string>
#include <vector>

#include "market/offer.h"

/// An offer that cannot be read now counts as it was last. Pure.
namespace op {

/// Adds to `offers` those of `last` that they lack, as unavailable for `reason`: an offer that cannot be read
/// now is not gone. Pure.
void keep_unread(std::vector<market::Offer>& offers, std::vector<market::Offer> last,
                 const std::string& reason);

/// Gives offers without a price the feed price they had in `last`, as stale: an operator that has just
/// started must not forget prices because the feed does not answer. Pure.
void keep_feed_prices(std::vector<market::Offer>& offers, const std::vector<market::Offer>& last);

}  // namespace op
