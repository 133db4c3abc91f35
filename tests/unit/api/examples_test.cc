#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "api/config.h"
#include "json.h"
#include "profiles/yaml_json.h"
#include "schema.h"
#include "support/source_dir.h"

// The files of crds/examples are applied as they are.

namespace api::examples_test {

using nlohmann::json;

template <typename Record>
std::string problem_of(const json& spec, kube::Decoder<Record> decoder) {
  const auto record = decode<Record>(spec, json::object(), decoder);
  return record ? record->problem : record.error().text();
}

TEST(Examples, AreValid) {
  const std::map<std::string, std::pair<std::string, std::string (*)(const json&)>> kinds = {
      {"GPUCapacityClaim",
       {"gpucapacityclaims", [](const json& o) { return problem_of<ClaimRecord>(o, decode_claim); }}},
      {"NeocloudProvider",
       {"neocloudproviders", [](const json& o) { return problem_of<ProviderRecord>(o, decode_provider); }}},
      {"NeoburstConfig",
       {"neoburstconfigs", [](const json& o) { return problem_of<ConfigRecord>(o, decode_config); }}},
  };
  std::map<std::string, int> seen;
  const auto folder = std::filesystem::path(testing_support::source_dir()) / "crds" / "examples";
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    std::ifstream in(file.path());
    std::ostringstream text;
    text << in.rdbuf();
    const auto object = profiles::yaml_to_json(text.str());
    ASSERT_TRUE(object) << file.path() << ": " << object.error().text();
    const std::string kind = object->value("kind", "");
    ++seen[kind];
    const auto known = kinds.find(kind);
    if (known == kinds.end()) continue;
    const auto& [plural, problem] = known->second;
    const YAML::Node schema = load_schema(plural)["properties"]["spec"];
    for (const auto& line : misfits(schema, object->at("spec"), "spec")) {
      ADD_FAILURE() << file.path() << ": " << line;
    }
    EXPECT_EQ(problem(object->at("spec")), "") << file.path();
  }
  for (const auto& [kind, reader] : kinds) EXPECT_GE(seen[kind], 1) << "no example of a " << kind;
}

}  // namespace api::examples_test
