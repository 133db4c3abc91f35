#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "kube/core/pod_record.h"
#include "kube/core/service_record.h"
#include "kube/runtime/informer.h"

namespace op {

/// The Services of the home cluster by namespace, so that a pod is compared only with those of its own
/// namespace. Thread-safe.
class ServiceIndex {
 public:
  void apply(const kube::Change<kube::ServiceRecord>& change);
  /// The first Service by name that needs this pod's address (kube::needs_address), "" when none does.
  std::string selecting(const kube::PodRecord& pod) const;

 private:
  using Services = std::map<std::string, std::shared_ptr<const kube::ServiceRecord>>;
  mutable std::mutex mutex_;
  std::map<std::string, Services> namespaces_;
};

}  // namespace op
