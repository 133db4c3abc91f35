#pragma once

#include <yaml-cpp/yaml.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace api {

/// The schema of `plural`'s v1alpha1 as the repository's CRD file has it.
YAML::Node load_schema(const std::string& plural);

/// An object with every property of the schema set to a value that is valid there.
nlohmann::json full_object(const YAML::Node& schema, const std::string& key = {});

/// A property that holds no others, as a JSON pointer into full_object() ("/spec/regions/0/name") and its
/// type.
struct Leaf {
  nlohmann::json::json_pointer pointer;
  std::string type;
};
std::vector<Leaf> leaves(const YAML::Node& schema);

/// The parts of `value` that the schema does not allow (unknown fields, wrong types, unlisted values), one
/// line each.
std::vector<std::string> misfits(const YAML::Node& schema, const nlohmann::json& value,
                                 const std::string& path);

}  // namespace api
