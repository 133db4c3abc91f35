#pragma once

#include <string>

#include "kube/core/json_read.h"
#include "kube/core/meta.h"
#include "kube/core/pod_record.h"

namespace kube {

/// The kept part of a Service: which pods are its endpoints.
struct ServiceRecord {
  ObjectMeta meta;
  StringMap selector;     ///< empty: somebody else manages its endpoints
  bool headless = false;  ///< clusterIP "None"
  bool external = false;  ///< type ExternalName: an alias, whatever its selector says
};
base::Result<ServiceRecord> decode_service(JsonObject& object);

/// True when the pods with `labels` in the Service's namespace are its endpoints.
bool selects(const ServiceRecord& service, const StringMap& labels);

/// True when `pod`, of the same namespace, is an endpoint that others reach by its address. Not for the
/// headless Service that is the pod's own subdomain: that one gives the pod its name.
bool needs_address(const ServiceRecord& service, const PodRecord& pod);

}  // namespace kube
