#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "base/status.h"

namespace net {

/// Until when a call may block, and what ends it early.
struct Limit {
  std::chrono::steady_clock::time_point deadline;
  std::stop_token stop;
};

/// The addresses of `host` as the machine's resolver orders them; never empty on success. Blocks for as long
/// as that takes. Unavailable when the name does not resolve.
base::Result<std::vector<boost::asio::ip::tcp::endpoint>> look_up(const std::string& host,
                                                                  std::uint16_t port);

/// The addresses of `host` in the order to try them; never empty on success. Blocks until `limit`;
/// Unavailable when the name does not resolve.
base::Result<std::vector<boost::asio::ip::tcp::endpoint>> resolve(const std::string& host, std::uint16_t port,
                                                                  const Limit& limit);

}  // namespace net
