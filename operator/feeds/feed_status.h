#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "api/records.h"
#include "operator/feeds/feed_table.h"

namespace op {

/// Sets the condition FeedHealthy; removes it where the provider has no feed. Does nothing before the first
/// poll.
void set_feed_condition(const api::ProviderRecord& provider, const std::optional<FeedState>& feed,
                        std::vector<api::Condition>& conditions, base::Time now);

/// Sets `feed` in a provider's status from the last good answer; null, which a merge patch takes for
/// "remove", where the provider has no feed any more.
void set_feed_status(const api::ProviderRecord& provider, const std::optional<FeedState>& feed,
                     nlohmann::json& status);

}  // namespace op
