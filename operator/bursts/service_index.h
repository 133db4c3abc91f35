#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "kube/core/pod_record.h"
#include "kube/core/service_record.h"
#include "kube/runtime/informer.h"

namespace op {

/// True when `pod` would be an endpoint of `service` that nobody at home can reach once it has burst. The
/// headless Service that is the pod's own subdomain goes along with it and is not counted. Both are of one
/// namespace. Pure.
bool needs_home_address(const kube::ServiceRecord& service, const kube::PodRecord& pod);

/// The Services of the home cluster by namespace, so that a pod is compared with those of its own only.
/// Thread-safe.
class ServiceIndex {
 public:
  void apply(const kube::Change<kube::ServiceRecord>& change);
  /// The first Service by name that needs this pod's address (needs_home_address), "" when none does.
  std::string selecting(const kube::PodRecord& pod) const;

 private:
  using Services = std::map<std::string, std::shared_ptr<const kube::ServiceRecord>>;
  mutable std::mutex mutex_;
  std::map<std::string, Services> namespaces_;
};

}  // namespace op
