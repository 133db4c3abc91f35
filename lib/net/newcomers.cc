#include "net/newcomers.h"

namespace net {

std::shared_ptr<Session> Newcomers::enter(const std::shared_ptr<Session>& session, std::uint64_t& ticket) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<Session> oldest;
  if (by_age_.size() >= max_) {
    oldest = by_age_.begin()->second.lock();
    by_age_.erase(by_age_.begin());
  }
  ticket = ++last_;
  by_age_.emplace(ticket, session);
  return oldest;
}

void Newcomers::leave(std::uint64_t ticket) {
  const std::lock_guard lock(mutex_);
  by_age_.erase(ticket);
}

}  // namespace net
