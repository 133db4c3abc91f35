#pragma once

#include "api/fields.h"
#include "burst/pod_policy.h"

namespace api {

/// What pods may take along to a provider (NeocloudProvider spec.policy). What is not readable is not
/// allowed.
burst::PodPolicy read_policy(const Fields& policy);

}  // namespace api
