#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace op {

struct RemotePod;

/// Twins as they were last seen before they were removed, for a while: a kubelet writes the last status a
/// moment before it removes the pod. Bounded; lost at a restart. Thread-safe.
class DepartedTwins {
 public:
  void add(const std::string& attempt, std::shared_ptr<const RemotePod> twin) {
    std::lock_guard lock(mutex_);
    if (!twins_.insert_or_assign(attempt, std::move(twin)).second) return;
    order_.push_back(attempt);
    if (order_.size() <= kMost) return;
    twins_.erase(order_.front());
    order_.pop_front();
  }
  /// Null when its removal was not seen.
  std::shared_ptr<const RemotePod> find(const std::string& attempt) const {
    std::lock_guard lock(mutex_);
    const auto it = twins_.find(attempt);
    return it == twins_.end() ? nullptr : it->second;
  }

 private:
  /// At some KB each; their reconciles come within a second.
  static constexpr std::size_t kMost = 1024;

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const RemotePod>> twins_;
  std::deque<std::string> order_;  ///< oldest first
};

}  // namespace op
