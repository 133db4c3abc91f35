#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"

namespace program {

/// Where a server of ours listens.
struct ListenAddress {
  std::string address = {};
  std::uint16_t port = 0;  ///< 0: any free one
};

/// Reads "127.0.0.1:9090", "[::1]:0" or ":9090" (every IPv4 address). Invalid with the fix in the message.
/// An IPv6 address without brackets is refused, because "::1:80" can be read in two ways.
base::Result<ListenAddress> parse_listen_address(const std::string& text);

}  // namespace program
