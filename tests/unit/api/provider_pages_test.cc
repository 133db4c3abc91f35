#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "json.h"
#include "profiles/profiles.h"
#include "profiles/yaml_json.h"
#include "schema.h"
#include "support/source_dir.h"

// People copy the example at the end of each page of docs/providers: it must be valid as it stands.

namespace api::provider_pages_test {

using nlohmann::json;

/// The last ```yaml block of a page.
std::string example_of(const std::filesystem::path& page) {
  std::ifstream in(page);
  std::ostringstream out;
  out << in.rdbuf();
  const std::string text = out.str();
  const std::string fence = "```yaml\n";
  const std::size_t at = text.rfind(fence);
  if (at == std::string::npos) return "";
  const std::size_t begin = at + fence.size();
  return text.substr(begin, text.find("```", begin) - begin);
}

TEST(ProviderPages, ExamplesAreValid) {
  const YAML::Node schema = load_schema("neocloudproviders")["properties"]["spec"];
  for (const auto& [name, profile] : profiles::builtin_profiles()) {
    const auto manifest = profiles::yaml_to_json(
        example_of(std::filesystem::path(testing_support::source_dir()) / profile.documentation));
    ASSERT_TRUE(manifest) << name << ": " << manifest.error().text();
    ASSERT_TRUE(manifest->contains("spec")) << name;
    const json& spec = manifest->at("spec");
    for (const std::string& line : misfits(schema, spec, "spec")) ADD_FAILURE() << name << ": " << line;
    const auto record = decode<ProviderRecord>(spec, nullptr, decode_provider);
    ASSERT_TRUE(record) << name << ": " << record.error().text();
    EXPECT_EQ(record->problem, "") << name;
    EXPECT_EQ(record->profile, name);
    EXPECT_FALSE(record->prices.empty()) << name;
    // The page's statement on the law agrees with the profile.
    const std::string home = profile.jurisdiction.empty() ? record->jurisdiction : profile.jurisdiction;
    EXPECT_EQ(record->jurisdiction, home) << name;
    for (const Region& region : record->regions) {
      const auto known = std::ranges::find(profile.regions, region.name, &market::ProfileRegion::name);
      if (profile.regions.empty()) continue;
      ASSERT_NE(known, profile.regions.end()) << name << "/" << region.name;
      EXPECT_EQ(region.country, known->country) << name;
    }
  }
}

}  // namespace api::provider_pages_test
