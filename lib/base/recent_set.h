#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

#include "base/clock.h"

namespace base {

/// Names of things done a moment ago that caches may not show yet. Thread-safe.
class RecentSet {
 public:
  explicit RecentSet(std::chrono::milliseconds keep) : keep_(keep) {}
  void add(const std::string& name) {
    std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    std::erase_if(names_, [&](const auto& entry) { return now - entry.second > keep_; });
    names_[name] = now;
  }
  bool contains(const std::string& name) const {
    std::lock_guard lock(mutex_);
    auto it = names_.find(name);
    return it != names_.end() && std::chrono::steady_clock::now() - it->second <= keep_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, SteadyTime> names_;
  std::chrono::milliseconds keep_;
};

}  // namespace base
