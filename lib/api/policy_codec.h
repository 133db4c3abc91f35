#pragma once

#include "api/fields.h"
#include "burst/pod_policy.h"

namespace api {

/// What pods may take along to a provider (NeocloudProvider spec.policy). An unreadable field allows
/// nothing.
burst::PodPolicy read_policy(const Fields& policy);

}  // namespace api
