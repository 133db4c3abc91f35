#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <string>

#include "base/clock.h"

namespace op {

/// How many events of providers a pod may get: a handful at once, then one now and then, so that a provider
/// cannot flood home. It also remembers which were written, so that only news is written. Bounded. Not
/// thread-safe.
class EventBudget {
 public:
  /// True when `key` was not written with this count or a higher one.
  bool is_news(const std::string& key, std::int64_t count) const {
    const auto told = told_.find(key);
    return told == told_.end() || told->second < count;
  }
  /// Remembers that it was written with this count.
  void note(const std::string& key, std::int64_t count) {
    const auto [told, fresh] = told_.insert_or_assign(key, count);
    if (!fresh) return;
    order_.push_back(key);
    if (order_.size() <= kMost) return;
    told_.erase(order_.front());
    order_.pop_front();
  }
  /// Takes one event from the pod's budget at `now`; false when it is used up.
  bool take(const std::string& pod_uid, base::SteadyTime now) {
    if (full_at_.size() >= kMost)
      std::erase_if(full_at_, [now](const auto& pod) { return pod.second <= now; });
    // The bucket refills linearly until `full_at`.
    base::SteadyTime& full_at = full_at_.try_emplace(pod_uid, now).first->second;
    if (full_at < now) full_at = now;
    if (full_at + kRefill > now + kRefill * kAtOnce) return false;
    full_at += kRefill;
    return true;
  }

 private:
  static constexpr std::size_t kMost = 8192;
  static constexpr int kAtOnce = 20;
  static constexpr std::chrono::seconds kRefill{15};

  std::map<std::string, std::int64_t> told_;
  std::deque<std::string> order_;  ///< of told_, oldest first
  std::map<std::string, base::SteadyTime> full_at_;
};

}  // namespace op
