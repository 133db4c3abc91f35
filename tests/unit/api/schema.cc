#include "schema.h"

#include <map>

#include "support/source_dir.h"

namespace api {
namespace {

using nlohmann::json;

/// Valid texts for properties whose rules are in CEL, by their name.
std::string text_for(const std::string& key) {
  static const std::map<std::string, std::string> texts = {{"country", "FI"},
                                                           {"jurisdiction", "NL"},
                                                           {"operatorJurisdiction", "NL"},
                                                           {"countries", "EU"},
                                                           {"operatorJurisdictions", "NL"},
                                                           {"excludeJurisdictions", "US"},
                                                           {"latitude", "60.17"},
                                                           {"longitude", "24.94"},
                                                           {"currency", "USD"},
                                                           {"amount", "100"},
                                                           {"maxPerGPUHour", "3.50"},
                                                           {"perGPUHour", "2.95"},
                                                           {"pricePerGPUHour", "2.95"},
                                                           {"cost", "1.25"},
                                                           {"total", "1"},
                                                           {"perInstanceHour", "23.60"},
                                                           {"claimPricePerGPUHour", "2.95"},
                                                           {"claimCost", "1.25"},
                                                           {"claimCurrency", "USD"},
                                                           {"costSoFar", "1.25"},
                                                           {"worth", "1.08"},
                                                           {"period", "1"},
                                                           {"maxAge", "90d"},
                                                           {"ledgerRetention", "400d"},
                                                           {"running", "1"},
                                                           {"after", "10s"},
                                                           {"startDeadline", "10m"},
                                                           {"provisioningDeadline", "15m"},
                                                           {"lifetime", "24h"},
                                                           {"duration", "336h"},
                                                           {"perHour", "49.24"},
                                                           {"model", "H100"},
                                                           {"neverModels", "GB200"},
                                                           {"deny", "other"},
                                                           {"url", "https://prices.example"},
                                                           {"interval", "15m"}};
  const auto found = texts.find(key);
  return found == texts.end() ? "text" : found->second;
}

/// A valid key for maps whose keys have rules, by the map's name.
std::string key_for(const std::string& map) { return map == "volumeClaims" ? "team-a/data" : "key"; }

json scalar(const YAML::Node& schema, const std::string& key) {
  const auto type = schema["type"].as<std::string>();
  if (schema["enum"]) {
    const auto values = schema["enum"];
    const auto first = values[0].as<std::string>();
    return first.empty() ? values[1].as<std::string>() : first;
  }
  if (type == "integer") return 2;
  if (type == "boolean") return true;
  const std::string format = schema["format"] ? schema["format"].as<std::string>() : "";
  if (format == "date-time") return "2026-11-23T16:00:00.123456Z";
  if (format == "date") return "2026-11-01";
  return text_for(key);
}

std::string type_of(const json& value) {
  if (value.is_string()) return "string";
  if (value.is_boolean()) return "boolean";
  if (value.is_number_integer()) return "integer";
  if (value.is_array()) return "array";
  return value.is_object() ? "object" : "other";
}

void collect(const YAML::Node& schema, const json::json_pointer& at, std::vector<Leaf>& out) {
  const auto type = schema["type"].as<std::string>();
  if (type == "array") return collect(schema["items"], at / 0, out);
  if (schema["additionalProperties"]) {
    return collect(schema["additionalProperties"], at / key_for(at.back()), out);
  }
  if (type != "object") {
    out.push_back({at, type});
    return;
  }
  for (const auto& property : schema["properties"]) {
    collect(property.second, at / property.first.as<std::string>(), out);
  }
}

}  // namespace

YAML::Node load_schema(const std::string& plural) {
  const YAML::Node crd =
      YAML::LoadFile(testing_support::source_dir() + "/crds/neoburst.io_" + plural + ".yaml");
  return crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
}

json full_object(const YAML::Node& schema, const std::string& key) {
  const auto type = schema["type"].as<std::string>();
  if (type == "array") return json::array({full_object(schema["items"], key)});
  if (schema["additionalProperties"]) {
    return {{key_for(key), full_object(schema["additionalProperties"], key)}};
  }
  if (type != "object") return scalar(schema, key);
  json out = json::object();
  for (const auto& property : schema["properties"]) {
    const auto name = property.first.as<std::string>();
    out[name] = full_object(property.second, name);
  }
  return out;
}

std::vector<Leaf> leaves(const YAML::Node& schema) {
  std::vector<Leaf> out;
  collect(schema, json::json_pointer{}, out);
  return out;
}

std::vector<std::string> misfits(const YAML::Node& schema, const json& value, const std::string& path) {
  if (!schema) return {path + " is not in the schema"};
  const auto type = schema["type"].as<std::string>();
  if (type_of(value) != type) return {path + " should be " + type};
  std::vector<std::string> out;
  const auto visit = [&](const YAML::Node& child, const json& element, const std::string& where) {
    for (std::string& line : misfits(child, element, where)) out.push_back(std::move(line));
  };
  if (type == "array") {
    for (const json& element : value) visit(schema["items"], element, path + "[]");
  } else if (type == "object" && !schema["additionalProperties"]) {
    for (const auto& [name, element] : value.items())
      visit(schema["properties"][name], element, path + "." + name);
  } else if (schema["enum"]) {
    bool listed = false;
    for (const auto& allowed : schema["enum"]) listed = listed || allowed.as<std::string>() == value;
    if (!listed) out.push_back(path + ": " + value.dump() + " is not in its enum");
  }
  return out;
}

}  // namespace api
