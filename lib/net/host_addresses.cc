#include "net/host_addresses.h"

#include "net/resolve.h"

namespace net {

base::Result<std::vector<std::string>> host_addresses(const std::string& host,
                                                      std::chrono::steady_clock::time_point deadline,
                                                      std::stop_token stop) {
  const auto endpoints = resolve(host, 0, {deadline, std::move(stop)});
  if (!endpoints) return base::fail(endpoints.error());
  std::vector<std::string> addresses;
  for (const auto& endpoint : *endpoints) addresses.push_back(endpoint.address().to_string());
  return addresses;
}

}  // namespace net
