#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace kube {

/// The text in `field` of JSON of unknown shape; "" where it is absent or no text, or `object` is no object.
inline std::string text_at(const nlohmann::json& object, const char* field) {
  const auto found = object.find(field);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace kube
