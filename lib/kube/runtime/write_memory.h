#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>

namespace kube {

/// Own writes that the watch has not brought back yet. Without them the next reconcile would decide on a
/// state that we ourselves have replaced. Compares versions for equality only. Thread-safe.
template <typename Record>
class WriteMemory {
 public:
  using Pointer = std::shared_ptr<const Record>;

  /// `after` is the reply to a write that replaced version `replaced`.
  void wrote(const std::string& replaced, Pointer after) {
    std::lock_guard lock(mutex_);
    Entry& entry = entries_[after->meta.uid];
    entry.superseded.insert(replaced);
    entry.latest = std::move(after);
  }
  /// The newer one of the cache's record and our own write.
  Pointer current(Pointer cached) {
    if (!cached) return cached;
    std::lock_guard lock(mutex_);
    auto it = entries_.find(cached->meta.uid);
    if (it == entries_.end()) return cached;
    if (it->second.superseded.contains(cached->meta.resource_version)) return it->second.latest;
    entries_.erase(it);  // the cache has caught up, or someone else wrote after us
    return cached;
  }
  void forget(const std::string& uid) {
    std::lock_guard lock(mutex_);
    entries_.erase(uid);
  }

 private:
  struct Entry {
    std::set<std::string> superseded;
    Pointer latest;
  };
  std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
};

}  // namespace kube
