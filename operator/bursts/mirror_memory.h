#pragma once

#include <mutex>
#include <string>
#include <unordered_map>

namespace op {

/// Digest of the status last written to each bursted pod. Lost on restart: then one more write is made.
/// Thread-safe.
class MirrorMemory {
 public:
  bool same(const std::string& pod_uid, const std::string& digest) const {
    std::lock_guard lock(mutex_);
    auto it = digests_.find(pod_uid);
    return it != digests_.end() && it->second == digest;
  }
  void set(const std::string& pod_uid, std::string digest) {
    std::lock_guard lock(mutex_);
    digests_.insert_or_assign(pod_uid, std::move(digest));
  }
  void forget(const std::string& pod_uid) {
    std::lock_guard lock(mutex_);
    digests_.erase(pod_uid);
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::string> digests_;
};

}  // namespace op
