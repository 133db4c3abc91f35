#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "kube/core/meta.h"

namespace op {

/// Where the pod of a UID lives: reconciles are keyed by UID (identity), stores by name (address).
/// Thread-safe.
class PodIndex {
 public:
  void put(const std::string& uid, kube::ObjectKey pod) {
    std::lock_guard lock(mutex_);
    pods_.insert_or_assign(uid, std::move(pod));
  }
  std::optional<kube::ObjectKey> find(const std::string& uid) const {
    std::lock_guard lock(mutex_);
    auto it = pods_.find(uid);
    return it == pods_.end() ? std::nullopt : std::optional(it->second);
  }
  void erase(const std::string& uid) {
    std::lock_guard lock(mutex_);
    pods_.erase(uid);
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, kube::ObjectKey> pods_;
};

}  // namespace op
