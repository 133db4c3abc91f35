#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/time_text.h"

/// Fields of a JSON object that is written: absent instead of empty, since what is unknown is not written.
namespace api {

inline void put(nlohmann::json& out, const char* key, const std::string& value) {
  if (!value.empty()) out[key] = value;
}

inline void put(nlohmann::json& out, const char* key, const std::optional<base::Time>& time) {
  if (time) out[key] = base::format_micro_time(*time);
}

}  // namespace api
