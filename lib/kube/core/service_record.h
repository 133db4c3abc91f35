#pragma once

#include <string>

#include "kube/core/json_read.h"
#include "kube/core/meta.h"
#include "kube/core/pod_record.h"

namespace kube {

/// What a controller keeps of a Service: which pods it stands for.
struct ServiceRecord {
  ObjectMeta meta;
  StringMap selector;     ///< empty: its endpoints are somebody else's to say
  bool headless = false;  ///< clusterIP "None"
  bool external = false;  ///< type ExternalName: an alias, whatever its selector says
};
base::Result<ServiceRecord> decode_service(JsonObject& object);

/// True when the pods with `labels` in the Service's namespace are its endpoints.
bool selects(const ServiceRecord& service, const StringMap& labels);

/// True when `pod`, of the same namespace, is an endpoint that others reach by its address. The headless
/// Service that is the pod's own subdomain is not counted: it gives the pod its name.
bool needs_address(const ServiceRecord& service, const PodRecord& pod);

}  // namespace kube
