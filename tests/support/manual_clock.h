#pragma once

#include <chrono>
#include <mutex>

#include "base/clock.h"

namespace testing_support {

/// A clock that goes when a test says so, from the machine's time on. Thread-safe.
class ManualClock : public base::Clock {
 public:
  base::Time now() const override {
    std::lock_guard lock(mutex_);
    return start_ + std::chrono::duration_cast<base::Time::duration>(passed_);
  }
  base::SteadyTime steady_now() const override {
    std::lock_guard lock(mutex_);
    return base::SteadyTime(std::chrono::hours(24)) + passed_;
  }
  void advance(std::chrono::milliseconds by) {
    std::lock_guard lock(mutex_);
    passed_ += by;
  }

 private:
  const base::Time start_ = base::system_clock().now();
  mutable std::mutex mutex_;
  std::chrono::milliseconds passed_{0};
};

}  // namespace testing_support
