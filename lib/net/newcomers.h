#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "net/http_session.h"

namespace net {

/// The connections that have not sent a whole request yet, the oldest first. When there are too many, the
/// oldest is closed. Honest clients ask at once, so a client that opens connections and stays silent keeps
/// nobody else out. Thread-safe.
class Newcomers {
 public:
  explicit Newcomers(std::size_t max) : max_(max) {}
  /// Adds a connection; `ticket` is for leave(). Returns the one to close for it, mostly null.
  std::shared_ptr<Session> enter(const std::shared_ptr<Session>& session, std::uint64_t& ticket);
  /// Idempotent.
  void leave(std::uint64_t ticket);

 private:
  const std::size_t max_;
  std::mutex mutex_;
  std::uint64_t last_ = 0;
  std::map<std::uint64_t, std::weak_ptr<Session>> by_age_;
};

}  // namespace net
