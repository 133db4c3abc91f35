#include <gtest/gtest.h>

#include "json.h"
#include "schema.h"

namespace api::policy_test {

using nlohmann::json;

ProviderRecord provider(json spec) {
  spec["kubeconfigSecretRef"] = {{"name", "s"}};
  auto record = decode<ProviderRecord>(spec, nullptr, decode_provider);
  EXPECT_TRUE(record) << record.error().text();
  return record ? *record : ProviderRecord{};
}

TEST(Policy, DefaultsAreWhatNeedsNoThought) {
  const ProviderRecord record = provider(json::object());
  EXPECT_EQ(record.policy, burst::PodPolicy{});
  EXPECT_TRUE(record.policy.allow_secrets);
  EXPECT_TRUE(record.policy.allow.empty());
  EXPECT_EQ(record.namespaces, (burst::NamespaceRule{"neoburst", ""}));
}

TEST(Policy, ReadsEverything) {
  const ProviderRecord record = provider({{"remoteNamespacePrefix", "acme-"},
                                          {"policy",
                                           {{"allowSecrets", false},
                                            {"secretTypes", {"Opaque", "example.com/own"}},
                                            {"allow", {"HostNetwork", "Privileged"}},
                                            {"runtimeClasses", {{"gpu", "nvidia"}}},
                                            {"priorityClass", "batch"},
                                            {"storageClasses", {{"fast", "ssd"}}},
                                            {"volumeClaims", {{"team-a/data", "datasets"}}},
                                            {"csiDrivers", {"csi.example.com"}}}}});
  EXPECT_EQ(record.problem, "");
  EXPECT_EQ(record.namespaces.prefix, "acme-");
  const burst::PodPolicy expected{.allow_secrets = false,
                                  .secret_types = {"Opaque", "example.com/own"},
                                  .allow = {burst::HostAccess::kHostNetwork, burst::HostAccess::kPrivileged},
                                  .runtime_classes = {{"gpu", "nvidia"}},
                                  .priority_class = "batch",
                                  .storage_classes = {{"fast", "ssd"}},
                                  .volume_claims = {{"team-a/data", "datasets"}},
                                  .csi_drivers = {"csi.example.com"}};
  EXPECT_EQ(record.policy, expected);
}

TEST(Policy, AnEmptyListOfTypesAllowsNone) {
  EXPECT_TRUE(provider({{"policy", {{"secretTypes", json::array()}}}}).policy.secret_types.empty());
}

TEST(Policy, NoNameStandsForNoneAndForTheDefault) {
  const json classes = {{"runtimeClasses", {{"nvidia", ""}}},
                        {"storageClasses", {{"", "ssd"}, {"slow", ""}}}};
  const ProviderRecord record = provider({{"policy", classes}});
  EXPECT_EQ(record.problem, "");
  EXPECT_EQ(record.policy.runtime_classes, (std::map<std::string, std::string>{{"nvidia", ""}}));
  EXPECT_EQ(record.policy.storage_classes, (std::map<std::string, std::string>{{"", "ssd"}, {"slow", ""}}));
  const YAML::Node schema = load_schema("neocloudproviders")["properties"]["spec"]["properties"]["policy"];
  for (const char* map : {"runtimeClasses", "storageClasses"})
    EXPECT_FALSE(schema["properties"][map]["additionalProperties"]["minLength"]) << map << " takes \"\"";
}

TEST(Policy, WhatIsWrongIsToldAndOpensNothing) {
  struct Row {
    json spec;
    std::string problem;
  };
  const std::vector<Row> rows = {
      {{{"policy", {{"allowSecrets", "false"}}}}, "spec.policy.allowSecrets: must be true or false"},
      {{{"policy", {{"allow", {"HostNetwork", "hostpath"}}}}},
       "spec.policy.allow[1]: \"hostpath\" is not one of"},
      {{{"policy", {{"secretTypes", {"kubernetes.io/service-account-token"}}}}},
       "spec.policy.secretTypes[0]: tokens of this cluster"},
      {{{"policy", {{"volumeClaims", {{"data", "d"}}}}}}, "spec.policy.volumeClaims.data: write the claim"},
      {{{"policy", {{"volumeClaims", {{"a/b/c", "d"}}}}}}, "spec.policy.volumeClaims.a/b/c: write the claim"},
      {{{"policy", {{"volumeClaims", {{"a/b", 7}}}}}}, "spec.policy.volumeClaims.a/b: must be a string"},
      {{{"policy", {{"runtimeClasses", {{"gpu", false}}}}}},
       "spec.policy.runtimeClasses.gpu: must be a string"},
      {{{"policy", {{"runtimeClasses", {{"gpu", nullptr}}}}}}, ""},
      {{{"policy", {{"storageClasses", {{"", 1}}}}}}, "spec.policy.storageClasses: must be a string"},
      {{{"remoteNamespacePrefix", "kube-"}}, "spec.remoteNamespacePrefix: leads into"},
      {{{"remoteNamespacePrefix", "Acme"}}, "spec.remoteNamespacePrefix: use lower-case letters"},
  };
  for (const Row& row : rows) {
    const ProviderRecord record = provider(row.spec);
    EXPECT_TRUE(record.problem.starts_with(row.problem)) << record.problem;
    EXPECT_EQ(record.namespaces.prefix, "");
    EXPECT_TRUE(record.policy.volume_claims.empty());
    EXPECT_TRUE(record.policy.runtime_classes.empty());
    EXPECT_TRUE(record.policy.storage_classes.empty());
    EXPECT_FALSE(record.policy.secret_types.contains(std::string(burst::kTokenSecretType)));
  }
  EXPECT_FALSE(provider(rows[0].spec).policy.allow_secrets) << "meant to be closed";
}

}  // namespace api::policy_test
