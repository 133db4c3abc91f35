#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "net/stream_server.h"

namespace net {

/// The addresses of servers. No call waits: the caller is called back. One thread at a time looks up each
/// name, for all callers that ask for it. So a name service that does not answer costs one thread and holds
/// up only the callers that want that name. Found addresses are used again for a while, and when a later
/// lookup fails. Thread-safe.
class AddressBook : public std::enable_shared_from_this<AddressBook> {
 public:
  using Addresses = std::vector<boost::asio::ip::tcp::endpoint>;
  /// Addresses in the order to try them, never empty; or Unavailable. Must not block: hand over and return.
  using Found = std::function<void(base::Result<Addresses>)>;

  /// Null for the machine's own resolver.
  explicit AddressBook(NameLookup look_up) : look_up_(std::move(look_up)) {}
  /// Calls `found` once: before it returns when the addresses are known, else after the lookup.
  void find(const std::string& host, std::uint16_t port, Found found);
  /// No caller is called back after this.
  void close();

 private:
  using Name = std::pair<std::string, std::uint16_t>;
  struct Entry {
    Addresses addresses = {};  ///< the last good ones
    base::SteadyTime found_at{};
    bool is_looked_up = false;  ///< a lookup is under way
    std::vector<Found> waiting = {};
  };

  void start_lookup(const Name& name);
  base::Result<Addresses> ask(const Name& name) const;
  void answer(const Name& name, base::Result<Addresses> found);

  const NameLookup look_up_;
  std::mutex mutex_;
  bool closed_ = false;
  std::map<Name, Entry> entries_;
};

}  // namespace net
