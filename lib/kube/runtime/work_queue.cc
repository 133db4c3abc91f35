#include "kube/runtime/work_queue.h"

#include <algorithm>
#include <functional>

namespace kube {

WorkQueue::WorkQueue(std::chrono::milliseconds first, std::chrono::milliseconds longest,
                     std::size_t low_at_once)
    : first_(first), longest_(longest), low_at_once_(std::max<std::size_t>(low_at_once, 1)) {}

void WorkQueue::add(const std::string& key, Urgency urgency) {
  std::lock_guard lock(mutex_);
  add_locked(key, urgency);
}

void WorkQueue::add_locked(const std::string& key, Urgency urgency) {
  if (down_) return;
  auto [known, fresh] = dirty_.try_emplace(key, urgency);
  if (!fresh && known->second <= urgency) return;
  known->second = urgency;
  if (processing_.contains(key)) return;  // done() will queue it
  if (!fresh) --ready_;                   // its place in the other lane no longer counts
  make_ready(key, urgency);
}

void WorkQueue::make_ready(const std::string& key, Urgency urgency) {
  lanes_[static_cast<std::size_t>(urgency)].push_back(key);
  ++ready_;
  changed_.notify_one();
}

std::optional<std::string> WorkQueue::pop(Urgency urgency) {
  if (urgency == Urgency::kLow && low_in_processing_ >= low_at_once_) return std::nullopt;
  Lane& lane = lanes_[static_cast<std::size_t>(urgency)];
  while (!lane.empty()) {
    std::string key = std::move(lane.front());
    lane.pop_front();
    const auto it = dirty_.find(key);
    if (it == dirty_.end() || it->second != urgency || processing_.contains(key)) continue;
    dirty_.erase(it);
    --ready_;
    processing_.emplace(key, urgency);
    if (urgency == Urgency::kLow) ++low_in_processing_;
    return key;
  }
  return std::nullopt;
}

std::optional<std::string> WorkQueue::next_ready() {
  const bool turn_of_low = ++turn_ % kTurnsForLow == 0;
  const Urgency first = turn_of_low ? Urgency::kLow : Urgency::kNormal;
  const Urgency second = turn_of_low ? Urgency::kNormal : Urgency::kLow;
  auto key = pop(first);
  return key ? key : pop(second);
}

void WorkQueue::add_after(const std::string& key, std::chrono::milliseconds delay) {
  std::lock_guard lock(mutex_);
  add_after_locked(key, delay);
}

void WorkQueue::add_after_locked(const std::string& key, std::chrono::milliseconds delay) {
  if (down_) return;
  if (delay <= std::chrono::milliseconds(0)) {
    add_locked(key, Urgency::kNormal);
    return;
  }
  // Bounded, so that a delay of "for ever" cannot overflow the clock.
  const auto due = std::chrono::steady_clock::now() +
                   std::min<std::chrono::milliseconds>(delay, std::chrono::hours(24 * 365));
  auto [known, fresh] = due_.try_emplace(key, due);
  if (!fresh) {
    if (known->second <= due) return;
    auto [first, last] = delayed_.equal_range(known->second);
    delayed_.erase(std::find_if(first, last, [&](const auto& entry) { return entry.second == key; }));
    known->second = due;
  }
  const bool earliest = delayed_.empty() || due < delayed_.begin()->first;
  delayed_.emplace(due, key);
  // All: every waiting worker must know the new deadline, since a single one may be busy when it comes.
  if (earliest) changed_.notify_all();
}

void WorkQueue::add_after_failure(const std::string& key, std::optional<std::chrono::milliseconds> at_least) {
  std::lock_guard lock(mutex_);
  if (down_) return;
  // Seeded by the key: different keys spread, one key behaves the same in each run. 0 would mean a random
  // seed.
  const std::uint64_t seed = std::hash<std::string>{}(key) | 1u;
  auto& backoff = backoffs_.try_emplace(key, first_, longest_, seed).first->second;
  add_after_locked(key, std::max(backoff.next(), at_least.value_or(std::chrono::milliseconds(0))));
}

void WorkQueue::forget(const std::string& key) {
  std::lock_guard lock(mutex_);
  backoffs_.erase(key);
}

void WorkQueue::promote_due(std::unique_lock<std::mutex>&) {
  const auto now = std::chrono::steady_clock::now();
  while (!delayed_.empty() && delayed_.begin()->first <= now) {
    const std::string key = std::move(delayed_.begin()->second);
    delayed_.erase(delayed_.begin());
    due_.erase(key);
    add_locked(key, Urgency::kNormal);
  }
}

std::optional<std::string> WorkQueue::take() {
  std::unique_lock lock(mutex_);
  while (!down_) {
    promote_due(lock);
    if (auto key = next_ready()) return key;
    if (delayed_.empty()) {
      changed_.wait(lock);
    } else {
      const auto next = delayed_.begin()->first;  // a copy: the entry may go while we wait
      changed_.wait_until(lock, next);
    }
  }
  return std::nullopt;
}

void WorkQueue::done(const std::string& key) {
  std::lock_guard lock(mutex_);
  if (const auto it = processing_.find(key); it != processing_.end()) {
    const bool was_low = it->second == Urgency::kLow;
    processing_.erase(it);
    // A worker may have skipped the low lane because of this key.
    if (was_low && low_in_processing_-- == low_at_once_) changed_.notify_one();
  }
  if (const auto it = dirty_.find(key); it != dirty_.end()) make_ready(key, it->second);
}

void WorkQueue::shut_down() {
  std::lock_guard lock(mutex_);
  down_ = true;
  changed_.notify_all();
}

std::size_t WorkQueue::depth() const {
  std::lock_guard lock(mutex_);
  return ready_;
}

}  // namespace kube
