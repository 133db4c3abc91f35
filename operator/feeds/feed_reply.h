#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "net/http.h"
#include "net/http_client.h"

namespace op {

/// Success for HTTP 200; else the failure that the status means for a feed, with Retry-After (seconds, at
/// most an hour). The message quotes nothing of the body: it is a stranger's.
base::Outcome check_feed_reply(const net::HttpResponse& response);

/// Path and query of `link`, ready to be sent to `endpoint`. Malformed when it leads to another server or
/// away from HTTPS.
base::Result<std::string> target_of_link(std::string_view link, const net::Endpoint& endpoint);

/// The query for Azure's hourly prices of GPU machines in one region.
std::string azure_query(std::string_view region, std::string_view currency);

}  // namespace op
