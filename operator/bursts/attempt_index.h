#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "burst/burst.h"
#include "kube/core/meta.h"

namespace op {

/// The home pod behind an attempt's name: the present attempt of each record, also after it has ended.
/// Thread-safe.
class AttemptIndex {
 public:
  struct Entry {
    kube::ObjectKey pod;
    std::string pod_uid;
    std::string provider;
    std::string remote_namespace;
  };
  void note(const burst::Burst& burst) {
    const burst::Attempt& a = burst.attempt;
    if (a.name.empty()) return;
    std::lock_guard lock(mutex_);
    std::string& name = names_[burst.uid];
    if (name != a.name) attempts_.erase(name);
    name = a.name;
    attempts_.insert_or_assign(
        name, Entry{{burst.ns, burst.pod_name}, burst.pod_uid, a.provider, a.remote_namespace});
  }
  void erase(const std::string& burst_uid) {
    std::lock_guard lock(mutex_);
    const auto name = names_.find(burst_uid);
    if (name == names_.end()) return;
    attempts_.erase(name->second);
    names_.erase(name);
  }
  std::optional<Entry> find(const std::string& attempt) const {
    std::lock_guard lock(mutex_);
    const auto it = attempts_.find(attempt);
    return it == attempts_.end() ? std::nullopt : std::optional(it->second);
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string> names_;  ///< attempt by UID of the PodBurst
  std::map<std::string, Entry> attempts_;
};

}  // namespace op
