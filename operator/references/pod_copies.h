#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "burst/copy_plan.h"
#include "kube/client/client.h"
#include "kube/core/pod_record.h"

namespace op {

/// The references of home's pods, by UID. A pod's references never change, except for ephemeral containers
/// that are added, so each pod is read once. Thread-safe.
class PodCopies {
 public:
  PodCopies(kube::Client& home, std::string installation)
      : home_(home), installation_(std::move(installation)) {}

  /// needs_of this very pod; empty when it is gone or another pod has its name by now. A Status when that
  /// cannot be known.
  base::Result<std::vector<burst::Copy>> of(const kube::PodRecord& pod,
                                            const std::set<std::string>& ephemeral);
  /// The document has just been read anyway.
  void note(const nlohmann::json& pod);
  /// The copies of the pod and their names at home, as far as they are known: sends no request.
  std::vector<std::pair<std::string, std::string>> names(const std::string& pod_uid) const;
  /// Forgets all other pods.
  void keep_only(const std::set<std::string>& pod_uids);

 private:
  struct Known {
    std::set<std::string> ephemeral;
    std::vector<burst::Copy> copies;
  };
  std::vector<burst::Copy> take(const nlohmann::json& pod, const std::set<std::string>& ephemeral);

  kube::Client& home_;
  const std::string installation_;
  mutable std::mutex mutex_;
  std::map<std::string, Known> known_;
};

}  // namespace op
