#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/backoff.h"
#include "base/clock.h"

namespace kube {

/// What goes first when more is ready than there are workers.
enum class Urgency : std::uint8_t {
  kNormal,
  kLow,  ///< bookkeeping: one turn in kTurnsForLow while anything else is ready, and few at once
};

/// Work queue of string keys as in client-go: a key is handled by one worker at a time, and a key added while
/// it is being handled is handled once more afterwards. No key is ever dropped.
/// Thread-safe.
///
/// Invariants: `dirty` = needs handling, and how urgently; `processing` = is being handled; every key that is
/// dirty and not processing stands in the lane of its urgency. A key that became more urgent leaves its old
/// place behind; take() skips such places.
class WorkQueue {
 public:
  /// `first`..`longest`: backoff of add_after_failure, per key, without jitter surprises in tests (seeded).
  /// `low_at_once`: how many keys of low urgency are handled at a time, at least 1.
  explicit WorkQueue(std::chrono::milliseconds first = std::chrono::milliseconds(20),
                     std::chrono::milliseconds longest = std::chrono::seconds(30),
                     std::size_t low_at_once = std::numeric_limits<std::size_t>::max());

  /// A key that is already waiting keeps the higher urgency.
  void add(const std::string& key, Urgency urgency = Urgency::kNormal);
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

  static constexpr unsigned kTurnsForLow = 8;

 private:
  using Lane = std::deque<std::string>;

  // All need mutex_ held.
  void add_locked(const std::string& key, Urgency urgency);
  void make_ready(const std::string& key, Urgency urgency);
  /// Moves the next key of this lane that still belongs there to `processing`.
  std::optional<std::string> pop(Urgency urgency);
  std::optional<std::string> next_ready();
  void add_after_locked(const std::string& key, std::chrono::milliseconds delay);
  void promote_due(std::unique_lock<std::mutex>&);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::array<Lane, 2> lanes_;  ///< by Urgency
  std::size_t ready_ = 0;
  unsigned turn_ = 0;
  std::unordered_map<std::string, Urgency> dirty_;
  std::unordered_map<std::string, Urgency> processing_;
  std::size_t low_in_processing_ = 0;
  std::multimap<base::SteadyTime, std::string> delayed_;
  std::unordered_map<std::string, base::SteadyTime> due_;
  std::unordered_map<std::string, base::Backoff> backoffs_;
  std::chrono::milliseconds first_;
  std::chrono::milliseconds longest_;
  std::size_t low_at_once_;
  bool down_ = false;
};

}  // namespace kube
