#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/clock.h"

namespace op {

/// When this operator first saw something, for times that a provider gives by its own clock.
/// Bounded; lost at a restart. Thread-safe.
class FirstSeen {
 public:
  /// The moment of the first call for `name`, by the `now` of that call.
  base::Time note(const std::string& name, base::Time now) {
    std::lock_guard lock(mutex_);
    const auto [seen, fresh] = seen_.try_emplace(name, now);
    const base::Time first = seen->second;
    if (!fresh) return first;
    order_.push_back(name);
    if (order_.size() > kMost) {
      seen_.erase(order_.front());
      order_.pop_front();
    }
    return first;
  }

 private:
  static constexpr std::size_t kMost = 8192;

  std::mutex mutex_;
  std::unordered_map<std::string, base::Time> seen_;
  std::deque<std::string> order_;  ///< oldest first
};

}  // namespace op
