#pragma once

#include <chrono>

namespace base {

/// Wall-clock time in UTC, microsecond resolution: what Kubernetes writes as MicroTime.
using Time = std::chrono::sys_time<std::chrono::microseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;

/// The only door to the time of day. Tests pass a ManualClock. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
  /// Monotonic: for timeouts, leases and backoff, never compared between machines.
  virtual SteadyTime steady_now() const = 0;
};

/// The machine's clock; lives for the whole process.
const Clock& system_clock();

}  // namespace base
