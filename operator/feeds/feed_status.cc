#include "operator/feeds/feed_status.h"

#include <string>
#include <utility>

#include "api/write.h"
#include "base/time_text.h"

namespace op {
namespace {

constexpr const char* kFeedHealthy = "FeedHealthy";
/// As many as the schema allows.
constexpr std::size_t kMostAvailable = 64;

/// What a failure means for prices, for people who wonder.
std::string consequence(const FeedState& feed) {
  if (!feed.snapshot) return "; until it answers, GPUs without another price keep the last one they had";
  return "; the prices of " + base::format_time(feed.snapshot->as_of) + " stay" +
         (feed.stale ? ", marked as stale" : "");
}

nlohmann::json available(const market::FeedSnapshot& snapshot) {
  nlohmann::json out = nlohmann::json::array();
  for (const auto& entry : snapshot.entries) {
    if (!entry.available_in) continue;
    for (const auto& region : *entry.available_in) {
      if (out.size() < kMostAvailable) out.push_back(entry.instance + " in " + region);
    }
  }
  return out;
}

}  // namespace

void set_feed_condition(const api::ProviderRecord& provider, const std::optional<FeedState>& feed,
                        std::vector<api::Condition>& conditions, base::Time now) {
  if (!provider.feed) {
    std::erase_if(conditions, [](const api::Condition& c) { return c.type == kFeedHealthy; });
    return;
  }
  if (!feed) return;
  api::Condition condition;
  condition.type = kFeedHealthy;
  condition.status = feed->trouble ? "False" : "True";
  condition.reason = feed->trouble ? feed->trouble.reason : "Answered";
  condition.message = feed->trouble ? feed->trouble.message + consequence(*feed) : "the price feed answers";
  condition.observed_generation = provider.meta.generation;
  api::set_condition(conditions, std::move(condition), now);
}

void set_feed_status(const api::ProviderRecord& provider, const std::optional<FeedState>& feed,
                     nlohmann::json& status) {
  if (!provider.feed) {
    if (status.contains("feed")) status["feed"] = nullptr;
    return;
  }
  if (!feed || !feed->snapshot) return;
  const auto& snapshot = *feed->snapshot;
  status["feed"] = {{"asOf", base::format_time(snapshot.as_of)},
                    {"prices", snapshot.entries.size()},
                    {"skipped", snapshot.unreadable + snapshot.unknown},
                    {"available", available(snapshot)}};
}

}  // namespace op
