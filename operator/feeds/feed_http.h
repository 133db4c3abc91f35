#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>

#include "base/status.h"
#include "net/http.h"
#include "net/http_client.h"

namespace op {

struct FeedHttpOptions {
  net::Endpoint endpoint;  ///< with TLS; its path prefix is left out of account
  /// PEM text of the only certificates to trust; empty means the machine's trust store.
  std::string ca_pem = {};
  /// To look the name up, to connect, and for the TLS handshake; within `timeout`.
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
  std::chrono::milliseconds timeout = std::chrono::seconds(20);  ///< of one request with its reply
  std::size_t max_body_bytes = 8u << 20;                         ///< of one reply
};

/// GETs at one server of a public REST API, by cpprestsdk; its connection is kept from one to the next.
/// Redirects are not followed. The size of a reply is bounded as it arrives, also where the library gathers
/// it unseen. Calls block; one thread at a time. The library's two threads start with the first request of
/// the process and last until its end.
class FeedHttp {
 public:
  virtual ~FeedHttp() = default;
  /// `target` is path and query, percent-encoded. Any HTTP status is a success here. Unavailable (refused,
  /// reset, TLS failure with the reason), Deadline, Cancelled at once when `stop` is requested, Malformed
  /// (not HTTP, too large), Invalid (the request could smuggle in another). No message repeats a header's
  /// value or anything of the reply.
  virtual base::Result<net::HttpResponse> get(const std::string& target, const net::Headers& headers,
                                              std::stop_token stop) = 0;
};

/// Invalid when the PEM text does not parse, without repeating it.
base::Result<std::unique_ptr<FeedHttp>> make_feed_http(FeedHttpOptions options);

}  // namespace op
