#pragma once

#include <memory>

#include "api/records.h"
#include "profiles/profiles.h"

namespace op {

/// The provider, completed from its profile where its own spec is silent: jurisdiction, regions, public list
/// prices (after all others), an autoscaler's deadline; and `facts`, the profile with spec.overrides over it.
/// Where the profile is not known or the overrides do not fit, `problem` says so. Pure.
api::ProviderRecord under_profile(api::ProviderRecord provider, const profiles::Profiles& known);

}  // namespace op
