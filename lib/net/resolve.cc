#include "net/resolve.h"

#include <netdb.h>

#include <boost/asio/ip/address.hpp>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

namespace net {
namespace {

using boost::asio::ip::tcp;
using Addresses = base::Result<std::vector<tcp::endpoint>>;

/// Shared by the asking thread and the lookup thread; lives as long as the slower one.
struct Lookup {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::optional<Addresses> answer;
};

}  // namespace

base::Result<std::vector<tcp::endpoint>> look_up(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(list, [](addrinfo* p) {
    if (p != nullptr) ::freeaddrinfo(p);
  });
  std::vector<tcp::endpoint> endpoints;
  for (const addrinfo* entry = list; error == 0 && entry != nullptr; entry = entry->ai_next) {
    tcp::endpoint endpoint;
    if (entry->ai_addrlen > endpoint.capacity()) continue;
    std::memcpy(endpoint.data(), entry->ai_addr, entry->ai_addrlen);
    endpoint.resize(entry->ai_addrlen);
    endpoints.push_back(endpoint);
  }
  if (endpoints.empty()) {
    return base::fail(base::Code::kUnavailable, "cannot resolve " + host + ": " + ::gai_strerror(error));
  }
  return endpoints;
}

base::Result<std::vector<tcp::endpoint>> resolve(const std::string& host, std::uint16_t port,
                                                 const Limit& limit) {
  boost::system::error_code not_numeric;
  const auto address = boost::asio::ip::make_address(host, not_numeric);
  if (!not_numeric) return std::vector{tcp::endpoint(address, port)};

  auto lookup = std::make_shared<Lookup>();
  try {
    // Detached, because getaddrinfo cannot be interrupted: it ends by the resolver's own timeouts, and no
    // caller should wait for that. (Asio's resolver would be joined by the connection's destructor.)
    std::thread([lookup, host, port] {
      auto answer = look_up(host, port);
      const std::lock_guard lock(lookup->mutex);
      lookup->answer = std::move(answer);
      lookup->changed.notify_all();
    }).detach();
  } catch (const std::system_error& error) {
    return base::fail(base::Code::kUnavailable, "cannot start a name lookup: " + std::string(error.what()));
  }
  std::unique_lock lock(lookup->mutex);
  lookup->changed.wait_until(lock, limit.stop, limit.deadline, [&] { return lookup->answer.has_value(); });
  if (lookup->answer) return std::move(*lookup->answer);
  if (limit.stop.stop_requested()) return base::fail(base::Code::kCancelled, "cancelled");
  return base::fail(base::Code::kDeadline, "no answer from the name service for " + host);
}

}  // namespace net
