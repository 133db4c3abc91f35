#pragma once

#include <cstddef>

#include "net/stream_server.h"

namespace op {

/// How many streams burst nodes may have in a process that may have `descriptors` open. Leases are
/// renewed and providers are watched whatever people do with `kubectl logs -f`.
net::StreamServiceOptions stream_limits(std::size_t descriptors);

}  // namespace op
