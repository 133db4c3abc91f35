#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "api/records.h"
#include "base/clock.h"
#include "operator/feeds/feed_table.h"
#include "operator/home/trouble.h"
#include "operator/providers/heartbeat.h"
#include "operator/remote/remote_cluster.h"

namespace op {

/// The result of one round of probes. Parts that were not reached are absent.
struct ProbeResult {
  Trouble credentials;  ///< no connection can even be tried
  Trouble unreachable;  ///< tried, no answer
  std::string server;   ///< host:port that answered
  std::string version;
  std::chrono::milliseconds round_trip{0};
  Trouble rejected;  ///< the provider refuses our credentials
  std::optional<Permissions> permissions;
  HeartbeatVerdict heartbeat = HeartbeatVerdict::kOurs;
  Trouble heartbeat_trouble;
  std::int64_t gpus_total = 0;
  std::int64_t gpus_free = 0;
  std::size_t published_offers = 0;  ///< that the provider publishes for us
  Trouble removal;                   ///< what the deletion of this provider waits for
  std::optional<FeedState> feed;     ///< of its price feed, once that was asked

  bool reached() const { return !credentials && !unreachable; }
};

/// Why the provider refuses our credentials, from the failure of a request.
Trouble explain_rejection(const base::Status& status, const kube::ObjectKey& secret);
/// Why no answer came.
Trouble explain_unreachable(const base::Status& status, const std::string& server);

/// The conditions Reachable, Authorised, Ready and FeedHealthy after `probe`, as changes of `before`.
std::vector<api::Condition> provider_conditions(const api::ProviderRecord& provider, const ProbeResult& probe,
                                                const std::vector<api::Condition>& before, base::Time now);

/// The whole status to write; nullopt when nothing of substance differs from `written` (the canonical text of
/// the last status): round-trip time and last contact alone are no reason to write.
std::optional<nlohmann::json> provider_status(const api::ProviderRecord& provider, const ProbeResult& probe,
                                              base::Time now);

}  // namespace op
