#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kube/core/json_read.h"
#include "kube/core/meta.h"
#include "kube/core/pod_record.h"

namespace kube {

/// What a controller keeps of a Node: labels (all), extended resources of status.allocatable, readiness,
/// taints, where its kubelet is.
struct NodeRecord {
  ObjectMeta meta;
  std::vector<ResourceAmount> allocatable;  ///< only domain-prefixed names
  bool ready = false;
  bool unschedulable = false;
  struct Taint {
    std::string key;
    std::string value;
    std::string effect;
  };
  std::vector<Taint> taints;
  std::string internal_ip;        ///< the first address of type InternalIP, "" when none
  std::int64_t kubelet_port = 0;  ///< status.daemonEndpoints.kubeletEndpoint.Port
  std::int64_t allocatable_of(std::string_view name) const;
};
base::Result<NodeRecord> decode_node(JsonObject& object);

/// Just the metadata of any object (all annotations kept), e.g. of ConfigMaps.
struct MetaRecord {
  ObjectMeta meta;
};
base::Result<MetaRecord> decode_meta(JsonObject& object);

}  // namespace kube
