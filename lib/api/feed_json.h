#pragma once

#include <string_view>

#include "kube/core/json_read.h"
#include "market/feed.h"

/// Shared by the readers of price APIs. Their input is a stranger's: sizes are bounded, names are plain.
namespace api {

/// A price from the digits of a JSON number. Malformed for anything but a number, and for one that is no
/// price.
base::Result<market::Money> read_price(kube::JsonValue value);

/// Up to 100 letters, digits, dots, dashes and underscores: such a name can be shown anywhere.
bool is_plain_name(std::string_view text);

/// Malformed when there are more prices than market::kMaxFeedEntries.
base::Outcome add_entry(market::FeedSnapshot& feed, market::FeedEntry entry);

}  // namespace api
