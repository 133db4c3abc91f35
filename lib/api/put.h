#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/time_text.h"

/// Writes fields of a JSON object: absent instead of empty, because unknown values are not written.
namespace api {

inline void put(nlohmann::json& out, const char* key, const std::string& value) {
  if (!value.empty()) out[key] = value;
}

inline void put(nlohmann::json& out, const char* key, const std::optional<base::Time>& time) {
  if (time) out[key] = base::format_micro_time(*time);
}

}  // namespace api
