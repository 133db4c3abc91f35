#pragma once

#include <chrono>
#include <cstdint>

namespace base {

/// Exponential backoff with full jitter in the upper half: attempt n waits between half and all of
/// min(first * 2^n, longest). Seed 0 draws one from the machine; any other makes the waits repeatable. A
/// value; not thread-safe.
class Backoff {
 public:
  Backoff(std::chrono::milliseconds first, std::chrono::milliseconds longest, std::uint64_t seed = 0);
  /// The next wait; grows with every call.
  std::chrono::milliseconds next();
  void reset() { attempts_ = 0; }
  int attempts() const { return attempts_; }

 private:
  std::chrono::milliseconds first_;
  std::chrono::milliseconds longest_;
  int attempts_ = 0;
  std::uint64_t random_;
};

}  // namespace base
