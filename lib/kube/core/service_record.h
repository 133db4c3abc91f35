#pragma once

#include <string>

#include "kube/core/json_read.h"
#include "kube/core/meta.h"

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

}  // namespace kube
