#pragma once

#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "kube/core/meta.h"

namespace kube {

/// The current state of a set of objects as slim records. One writer (its Informer), many readers. Readers
/// get shared pointers to const records, never half a list: a relist is swapped in whole.
template <typename Record>
class Store {
 public:
  using Pointer = std::shared_ptr<const Record>;

  Pointer get(const ObjectKey& key) const {
    std::shared_lock lock(mutex_);
    auto it = records_.find(key);
    return it == records_.end() ? nullptr : it->second;
  }
  std::vector<Pointer> all() const {
    std::shared_lock lock(mutex_);
    std::vector<Pointer> out;
    out.reserve(records_.size());
    for (const auto& [key, record] : records_) out.push_back(record);
    return out;
  }
  std::size_t size() const {
    std::shared_lock lock(mutex_);
    return records_.size();
  }

  // For the Informer only.
  /// Returns the record that was there before.
  Pointer put(Pointer record) {
    std::unique_lock lock(mutex_);
    Pointer& slot = records_[record->meta.key()];
    slot.swap(record);
    return record;
  }
  Pointer erase(const ObjectKey& key) {
    std::unique_lock lock(mutex_);
    auto it = records_.find(key);
    if (it == records_.end()) return nullptr;
    Pointer old = std::move(it->second);
    records_.erase(it);
    return old;
  }
  using Map = std::unordered_map<ObjectKey, Pointer>;
  /// Replaces everything at once; returns what was there before.
  Map swap(Map records) {
    std::unique_lock lock(mutex_);
    records_.swap(records);
    return records;
  }

 private:
  mutable std::shared_mutex mutex_;
  Map records_;
};

}  // namespace kube
