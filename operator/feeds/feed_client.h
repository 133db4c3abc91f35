#pragma once

#include <chrono>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "api/feed_spec.h"
#include "base/clock.h"
#include "base/status.h"
#include "market/feed.h"
#include "operator/feeds/feed_http.h"

namespace op {

/// What to request from a feed.
struct FeedRequest {
  api::FeedSpec spec;
  std::vector<std::string> regions;  ///< AzureRetail: those whose prices are wanted
  std::string api_key;               ///< Lambda; never logged, in no message
};

struct FeedLimits {
  std::chrono::milliseconds timeout = std::chrono::seconds(20);  ///< of one request
  /// Between two requests to one host: Lambda allows one a second, Azure names no limit.
  std::chrono::milliseconds apart = std::chrono::seconds(1);
  /// The limit of one reply; a page of Azure is a thousand prices of some 700 bytes.
  std::size_t max_body_bytes = 8u << 20;
  int max_pages = 200;  ///< of one poll
};

/// Reads a price API over HTTPS. Certificates are verified, redirects and links to other hosts are not
/// followed (the key must reach nobody else), and an answer is taken whole or not at all. Blocks; used by one
/// thread.
class FeedClient {
 public:
  explicit FeedClient(const base::Clock& clock, FeedLimits limits = {}) : clock_(clock), limits_(limits) {}

  /// One poll. Unauthenticated (the key is refused), Throttled, NotFound and Invalid (the address or the
  /// certificates in the spec), Unavailable, Deadline, Malformed (not the documented answer, or too much of
  /// it), Cancelled; with `retry_after` where the server named one. The message names the host.
  base::Result<market::FeedSnapshot> fetch(const FeedRequest& request, std::stop_token stop);

 private:
  struct Connection;
  base::Result<Connection> connect(const FeedRequest& request) const;
  base::Result<std::string> get(Connection& connection, const std::string& target, std::stop_token stop);
  base::Result<market::FeedSnapshot> fetch_lambda(Connection& connection, std::stop_token stop);
  base::Result<market::FeedSnapshot> fetch_azure(Connection& connection, const FeedRequest& request,
                                                 std::stop_token stop);
  /// Waits for the host's turn; false when `stop` came first.
  bool wait_turn(const std::string& host, std::stop_token stop);

  const base::Clock& clock_;
  const FeedLimits limits_;
  std::map<std::string, base::SteadyTime> next_turn_;  ///< by host
};

}  // namespace op
