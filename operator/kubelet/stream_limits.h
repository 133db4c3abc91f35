#pragma once

#include <cstddef>

#include "net/stream_server.h"

namespace op {

/// How many streams burst nodes may have in a process that may have `descriptors` open, so that whatever
/// people do with `kubectl logs -f`, leases are renewed and providers are watched.
net::StreamServiceOptions stream_limits(std::size_t descriptors);

}  // namespace op
