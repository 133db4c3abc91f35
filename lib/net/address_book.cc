#include "net/address_book.h"

#include <boost/asio/ip/address.hpp>
#include <system_error>
#include <thread>

#include "net/resolve.h"

namespace net {
namespace {

/// Addresses of API servers change by the hour at most, but a new stream should soon see it.
constexpr std::chrono::seconds kFresh{30};
/// Until then no caller waits for a lookup: the old addresses are used while it goes on.
constexpr std::chrono::minutes kUsable{5};

}  // namespace

void AddressBook::find(const std::string& host, std::uint16_t port, Found found) {
  boost::system::error_code not_numeric;
  const auto numeric = boost::asio::ip::make_address(host, not_numeric);
  if (!not_numeric) return found(Addresses{{numeric, port}});
  const Name name{host, port};
  Addresses known;
  bool is_first = false;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    Entry& entry = entries_[name];
    const auto age = base::system_clock().steady_now() - entry.found_at;
    const bool is_old = entry.addresses.empty() || age > kFresh;
    is_first = is_old && !entry.is_looked_up;
    entry.is_looked_up = entry.is_looked_up || is_first;
    if (!entry.addresses.empty() && age <= kUsable) {
      known = entry.addresses;
    } else {
      entry.waiting.push_back(std::move(found));
    }
  }
  if (!known.empty()) found(std::move(known));
  if (is_first) start_lookup(name);
}

void AddressBook::start_lookup(const Name& name) {
  try {
    // Detached, because getaddrinfo cannot be interrupted: it ends by the resolver's own timeouts.
    std::thread([self = shared_from_this(), name] { self->answer(name, self->ask(name)); }).detach();
  } catch (const std::system_error& error) {
    answer(name,
           base::fail(base::Code::kUnavailable, "cannot start a name lookup: " + std::string(error.what())));
  }
}

base::Result<AddressBook::Addresses> AddressBook::ask(const Name& name) const {
  const auto& [host, port] = name;
  if (!look_up_) return look_up(host, port);
  const auto texts = look_up_(host);
  if (!texts) return base::fail(texts.error());
  Addresses addresses;
  for (const std::string& text : *texts) {
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(text, error);
    if (!error) addresses.emplace_back(address, port);
  }
  if (addresses.empty()) return base::fail(base::Code::kUnavailable, "cannot resolve " + host);
  return addresses;
}

void AddressBook::answer(const Name& name, base::Result<Addresses> found) {
  // Called under the lock, so that no caller is called after close(). They only hand over.
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  Entry& entry = entries_[name];
  entry.is_looked_up = false;
  if (found) {
    entry.addresses = *found;
    entry.found_at = base::system_clock().steady_now();
  } else if (!entry.addresses.empty()) {
    found = entry.addresses;
  }
  for (const Found& waiting : std::exchange(entry.waiting, {})) waiting(found);
}

void AddressBook::close() {
  std::map<Name, Entry> dropped;
  const std::lock_guard lock(mutex_);
  closed_ = true;
  dropped.swap(entries_);
}

}  // namespace net
