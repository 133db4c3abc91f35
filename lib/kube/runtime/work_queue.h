#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "base/backoff.h"
#include "base/clock.h"

namespace kube {

/// Work queue of string keys as in client-go: a key is handled by one worker at a time, and a key added while
/// it is being handled is handled once more afterwards. Nothing is ever dropped and nothing given up.
/// Thread-safe.
///
/// Invariants: `dirty` = needs handling; `processing` = is being handled; `queue` = dirty and not processing,
/// in order.
class WorkQueue {
 public:
  /// `first`..`longest`: backoff of add_after_failure, per key, without jitter surprises in tests (seeded).
  explicit WorkQueue(std::chrono::milliseconds first = std::chrono::milliseconds(20),
                     std::chrono::milliseconds longest = std::chrono::seconds(30));

  void add(const std::string& key);
  /// At the latest after `delay`; an earlier pending delay of the key stays in force.
  void add_after(const std::string& key, std::chrono::milliseconds delay);
  /// After the key's backoff, which grows with each call until forget().
  void add_after_failure(const std::string& key,
                         std::optional<std::chrono::milliseconds> at_least = std::nullopt);
  void forget(const std::string& key);

  /// Blocks for the next key; nullopt after shut_down(), even if keys are left: level-triggered work is found
  /// again.
  std::optional<std::string> take();
  /// Must follow every take().
  void done(const std::string& key);
  void shut_down();
  /// Keys ready to be taken; neither delayed ones nor those being handled.
  std::size_t depth() const;

 private:
  // All three need mutex_ held.
  void add_locked(const std::string& key);
  void add_after_locked(const std::string& key, std::chrono::milliseconds delay);
  void promote_due(std::unique_lock<std::mutex>&);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> queue_;
  std::unordered_set<std::string> dirty_;
  std::unordered_set<std::string> processing_;
  std::multimap<base::SteadyTime, std::string> delayed_;
  std::unordered_map<std::string, base::SteadyTime> due_;
  std::unordered_map<std::string, base::Backoff> backoffs_;
  std::chrono::milliseconds first_;
  std::chrono::milliseconds longest_;
  bool down_ = false;
};

}  // namespace kube
