#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace kube {

/// Builds an RFC 6902 JSON patch. `test` operations make it a compare-and-set.
class JsonPatch {
 public:
  JsonPatch& test(std::string_view pointer, nlohmann::json value);
  JsonPatch& add(std::string_view pointer, nlohmann::json value);
  JsonPatch& replace(std::string_view pointer, nlohmann::json value);
  JsonPatch& remove(std::string_view pointer);
  std::string body() const { return operations_.dump(); }
  /// Escapes one reference token ("a/b" -> "a~1b").
  static std::string escape(std::string_view token);

 private:
  nlohmann::json operations_ = nlohmann::json::array();
};

}  // namespace kube
