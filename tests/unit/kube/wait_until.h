#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace kube {

/// Looks again and again until `condition` holds; false after a generous deadline. Only for conditions that
/// nothing signals.
inline bool wait_until(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace kube
