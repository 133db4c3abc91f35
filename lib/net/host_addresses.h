#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

#include "base/status.h"

namespace net {

/// The addresses of `host` as text, in the order to try them; never empty on success. An address is its own
/// answer. Blocks; Deadline or Cancelled when the name service did not answer before, Unavailable when the
/// name does not resolve.
base::Result<std::vector<std::string>> host_addresses(const std::string& host,
                                                      std::chrono::steady_clock::time_point deadline,
                                                      std::stop_token stop);

}  // namespace net
