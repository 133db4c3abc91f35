#pragma once

#include "base/status.h"
#include "extender/wire.h"
#include "kube/core/json_read.h"

namespace extender {

/// Reads a core/v1 Pod. Malformed without namespace, name and UID: a burst is addressed by all three.
base::Result<PodFacts> read_pod(kube::JsonValue value);

}  // namespace extender
