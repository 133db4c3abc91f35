#include "burst/references.h"

#include <gtest/gtest.h>

#include "burst/names.h"

namespace burst::references_test {

using nlohmann::json;

std::vector<Reference> references(const char* spec) {
  const auto found = references_of(json{{"spec", json::parse(spec)}});
  EXPECT_TRUE(found) << found.error().message;
  return found ? *found : std::vector<Reference>();
}

TEST(References, EveryPlaceThatNamesAnObject) {
  const auto found = references(R"({
    "initContainers": [{"name": "setup", "envFrom": [{"configMapRef": {"name": "a-init"}}]}],
    "containers": [{"name": "main",
      "env": [{"name": "X", "valueFrom": {"configMapKeyRef": {"name": "b-env", "key": "x"}}},
              {"name": "Y", "valueFrom": {"secretKeyRef": {"name": "s-env", "key": "y"}}}],
      "envFrom": [{"prefix": "P_", "secretRef": {"name": "s-from"}}]}],
    "volumes": [{"name": "v1", "configMap": {"name": "c-volume"}},
                {"name": "v2", "secret": {"secretName": "s-volume"}},
                {"name": "v3", "projected": {"sources": [{"configMap": {"name": "d-projected"}},
                                                         {"secret": {"name": "s-projected"}}]}},
                {"name": "v4", "csi": {"driver": "d", "nodePublishSecretRef": {"name": "s-csi"}}}],
    "imagePullSecrets": [{"name": "s-pull"}, {"name": ""}]})");
  std::vector<std::string> names;
  for (const Reference& r : found) names.push_back(std::string(to_string(r.kind)) + "/" + r.name);
  EXPECT_EQ(names, (std::vector<std::string>{"ConfigMap/a-init", "ConfigMap/b-env", "ConfigMap/c-volume",
                                             "ConfigMap/d-projected", "Secret/s-csi", "Secret/s-env",
                                             "Secret/s-from", "Secret/s-projected", "Secret/s-pull",
                                             "Secret/s-volume"}));
}

TEST(References, KeysAreTheUnionOverThePod) {
  const auto found = references(R"({
    "containers": [{"name": "main", "env": [
      {"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "a"}}},
      {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s", "key": "b", "optional": true}}}]}],
    "volumes": [{"name": "files", "secret": {"secretName": "s", "items": [{"key": "c", "path": "p"}]}}]})");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0], (Reference{.kind = ReferenceKind::kSecret,
                                 .name = "s",
                                 .keys = {"a", "b", "c"},
                                 .required_keys = {"a", "c"},
                                 .optional = false,
                                 .volume = "files",
                                 .container = "main"}));
}

TEST(References, WhoTakesAllTakesAll) {
  const auto found = references(R"({
    "containers": [{"name": "main", "envFrom": [{"configMapRef": {"name": "c", "optional": true}}],
      "env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "a", "optional": true}}}]}]})");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(found[0].keys.empty());
  EXPECT_TRUE(found[0].required_keys.empty());
  EXPECT_TRUE(found[0].optional);
}

TEST(References, APullSecretIsOptionalUnlessUsedOtherwise) {
  const auto found = references(R"({
    "containers": [{"name": "main"}], "imagePullSecrets": [{"name": "a"}, {"name": "b"}],
    "volumes": [{"name": "docker", "secret": {"secretName": "b"}}]})");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_TRUE(found[0].optional && found[0].pull_secret);
  EXPECT_EQ(found[0].keys, (std::set<std::string>{".dockercfg", ".dockerconfigjson"}));
  EXPECT_TRUE(!found[1].optional && found[1].pull_secret && found[1].keys.empty());
}

TEST(References, TheTokenVolumeRefersToNothing) {
  const char* volume = R"({"containers": [{"name": "main", "volumeMounts": [{"name": "kube-api-access-x",
      "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}]}],
    "volumes": [{"name": "kube-api-access-x", "projected": {"sources": [
      {"serviceAccountToken": {"path": "token"}}, {"configMap": {"name": "kube-root-ca.crt"}}]}}]})";
  EXPECT_TRUE(references(volume).empty());
}

TEST(References, AUsersOwnVolumeOfThatNameIsNotSweptAway) {
  EXPECT_EQ(references(R"({"containers": [{"name": "main"}],
    "volumes": [{"name": "kube-api-access-x", "projected": {"sources": [{"secret": {"name": "mine"}}]}}]})")
                .size(),
            1U);
}

TEST(References, EphemeralContainersHaveTheirOwn) {
  const auto found = references_of_ephemeral(json::parse(
      R"({"name": "debugger", "env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "a"}}}]})"));
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().keys, (std::set<std::string>{"a"}));
}

TEST(References, SurvivesDocumentsOfAnyShape) {
  for (const char* text :
       {"{}", "[]", R"({"spec": 1})", R"({"spec": {"volumes": "x"}})", R"({"spec": {"containers": [1]}})",
        R"({"spec": {"containers": [{"env": [{"valueFrom": 3}]}]}})",
        R"({"spec": {"volumes": [{"configMap": {"name": 1}}]}})"}) {
    const auto found = references_of(json::parse(text));
    ASSERT_FALSE(found) << text;
    EXPECT_TRUE(found.error().is(base::Code::kInvalid)) << text;
  }
}

TEST(CopyName, EveryPartOfTheIdentityMatters) {
  const Reference all{.kind = ReferenceKind::kConfigMap, .name = "settings"};
  const Reference secret{.kind = ReferenceKind::kSecret, .name = "settings"};
  const Reference some{.kind = ReferenceKind::kConfigMap, .name = "settings", .keys = {"a", "b"}};
  const Reference one{.kind = ReferenceKind::kConfigMap, .name = "settings", .keys = {"a"}};
  const Reference named{.kind = ReferenceKind::kConfigMap, .name = "settings.v2"};
  const std::set<std::string> names{copy_name("i", "lab", all),  copy_name("j", "lab", all),
                                    copy_name("i", "team", all), copy_name("i", "lab", secret),
                                    copy_name("i", "lab", some), copy_name("i", "lab", one),
                                    copy_name("i", "lab", named)};
  EXPECT_EQ(names.size(), 7U);
  for (const std::string& name : names) {
    EXPECT_TRUE(name.starts_with("settings")) << name;
    EXPECT_LE(name.size(), 63U);
  }
}

TEST(CopyName, WhereAPodNeedsItDoesNotMatter) {
  const Reference a{.name = "c", .keys = {"k"}, .required_keys = {"k"}, .optional = false, .volume = "v"};
  const Reference b{.name = "c", .keys = {"k"}, .container = "main"};
  EXPECT_EQ(copy_name("i", "lab", a), copy_name("i", "lab", b));
}

TEST(Names, RootAndSubdomainAreOfOneNamespace) {
  EXPECT_NE(root_name("i", "a"), root_name("i", "b"));
  EXPECT_NE(root_name("i", "a"), root_name("j", "a"));
  EXPECT_NE(subdomain_value("i", "a", "svc"), subdomain_value("i", "b", "svc"));
  EXPECT_NE(subdomain_value("i", "a", "svc"), subdomain_value("i", "a", "svc2"));
  EXPECT_LE(subdomain_value("i", "a", std::string(63, 'x')).size(), 63U);
}

}  // namespace burst::references_test
