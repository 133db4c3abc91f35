#pragma once

#include <string_view>

#include "api/fields.h"
#include "market/profile.h"

/// Provider profiles as documents: profiles/NAME.yaml, and spec.overrides of a NeocloudProvider. One reader
/// for both; profiles/README.md describes every field.
namespace api {

/// A whole profile. Invalid names the place and the fix ("regions[2].country: \"UK\" is not ...").
base::Result<market::Profile> decode_profile(const nlohmann::json& document);

/// `base` with its fields replaced by those of `overrides`. Lists are replaced whole, except that a region
/// is merged into the base's region of the same name. The name cannot be overridden. `path` is where
/// `overrides` is, for messages.
base::Result<market::Profile> overlay_profile(const market::Profile& base, const nlohmann::json& overrides,
                                              std::string_view path);

/// Reads the fields of `fields` into `profile` and reports what is wrong with each. Rules between fields
/// (a price of a region that is not there) need the whole document: decode_ and overlay_profile
/// check them.
void read_profile_fields(const Fields& fields, market::Profile& profile);

}  // namespace api
