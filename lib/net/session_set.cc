#include "net/http_session.h"

namespace net {

bool SessionSet::add(const std::shared_ptr<Session>& session) {
  const std::lock_guard lock(mutex_);
  if (closed_ || sessions_.size() >= max_) return false;
  sessions_.emplace(session.get(), session);
  return true;
}

void SessionSet::remove(const Session* session) {
  const std::lock_guard lock(mutex_);
  sessions_.erase(session);
  if (sessions_.empty()) emptied_.notify_all();
}

std::map<const Session*, std::weak_ptr<Session>> SessionSet::copy() {
  const std::lock_guard lock(mutex_);
  return sessions_;
}

void SessionSet::finish_all() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  for (const auto& [key, weak] : copy()) {
    if (const auto session = weak.lock()) session->finish();
  }
}

void SessionSet::abort_all() {
  for (const auto& [key, weak] : copy()) {
    if (const auto session = weak.lock()) session->abort();
  }
}

bool SessionSet::wait_until_empty(std::chrono::milliseconds wait) {
  std::unique_lock lock(mutex_);
  return emptied_.wait_for(lock, wait, [this] { return sessions_.empty(); });
}

}  // namespace net
