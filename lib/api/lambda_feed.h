#pragma once

#include <string_view>

#include "base/status.h"
#include "market/feed.h"

namespace api {

/// The reply of Lambda's `GET /api/v1/instance-types`: machines on demand in US cents per machine and hour,
/// the same in every region, and the regions that have some now. Source: Lambda Cloud API 1.x.
///
/// Malformed when the reply is not such a document or names no GPU with its price. A line that is odd, or
/// whose GPU is unknown, is counted and left out. The caller sets `as_of`.
base::Result<market::FeedSnapshot> parse_lambda_instance_types(std::string_view body);

}  // namespace api
