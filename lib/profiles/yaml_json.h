#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "base/status.h"

namespace profiles {

/// One YAML document as JSON, so that files and API objects have one reader. Plain true, false and whole
/// numbers become JSON values. Every other scalar stays the text that was written: 1.50 is not a double, NO
/// is Norway. Invalid with the line on a syntax error, a duplicate key, more than one document, and
/// more nesting or values than a profile can need.
base::Result<nlohmann::json> yaml_to_json(std::string_view text);

}  // namespace profiles
