#pragma once

#include <vector>

#include "kube/core/json_read.h"
#include "kube/core/pod_record.h"

namespace kube {

/// Adds up the extended resources of a pod's containers as the scheduler does (component-helpers
/// PodRequests):
///   max(containers + sidecars, peak of the init containers) + overhead,
/// where a sidecar is an init container with restartPolicy Always, and an init container's peak includes the
/// sidecars started before it. Filled while the spec is read, in whatever order its fields come. Not
/// thread-safe.
class PodResourceSum {
 public:
  base::Outcome read_containers(JsonValue containers);
  base::Outcome read_init_containers(JsonValue containers);
  base::Outcome read_overhead(JsonValue overhead);
  std::vector<ResourceAmount> total() const;

 private:
  std::vector<ResourceAmount> containers_;  ///< sum
  std::vector<ResourceAmount> sidecars_;    ///< sum
  std::vector<ResourceAmount> peak_;        ///< of init containers
  std::vector<ResourceAmount> overhead_;
};

/// Reads a ResourceList; keeps only domain-prefixed names.
base::Result<std::vector<ResourceAmount>> read_extended_resources(JsonValue list);
/// The amount of `name`, 0 when absent.
std::int64_t amount_of(const std::vector<ResourceAmount>& amounts, std::string_view name);

}  // namespace kube
