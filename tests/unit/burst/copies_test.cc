#include "burst/copies.h"

#include <gtest/gtest.h>

#include "burst/names.h"

namespace burst::copies_test {

using nlohmann::json;

const CopyPlace kPlace{"inst", "team-a", "neoburst"};

json config_map(json data, json binary = json::object()) {
  return {{"kind", "ConfigMap"}, {"data", std::move(data)}, {"binaryData", std::move(binary)}};
}

json secret(const std::string& type, json data) {
  return {{"kind", "Secret"},
          {"type", type},
          {"immutable", true},
          {"metadata", {{"name", "s"}, {"annotations", {{"last-applied", "stringData of all keys"}}}}},
          {"data", std::move(data)}};
}

Copy copy_of(CopyKind kind, std::set<std::string> keys = {}) { return {kind, "s-abc", "s", std::move(keys)}; }

TEST(Copies, OnlyReferredKeysGoAlong) {
  const json source = secret("Opaque", {{"wanted", "dg=="}, {"other", "bm8="}});
  const auto copy = copy_object(kPlace, "root-uid", copy_of(CopyKind::kSecret, {"wanted", "absent"}), source);
  ASSERT_TRUE(copy);
  EXPECT_EQ(copy->at("data"), json({{"wanted", "dg=="}}));
  EXPECT_EQ(copy->dump().find("bm8="), std::string::npos);
  EXPECT_EQ(copy->dump().find("last-applied"), std::string::npos) << "annotations may repeat the values";
  EXPECT_FALSE(copy->contains("immutable")) << "a copy must follow a source that was made anew";
}

TEST(Copies, AllKeysAndBinaryDataOfAWholeConfigMap) {
  const auto copy = copy_object(kPlace, "root-uid", copy_of(CopyKind::kConfigMap),
                                config_map({{"a", "1"}}, {{"b", "AAEC"}}));
  ASSERT_TRUE(copy);
  EXPECT_EQ(copy->at("data"), json({{"a", "1"}}));
  EXPECT_EQ(copy->at("binaryData"), json({{"b", "AAEC"}}));
  const json& owner = copy->at("metadata").at("ownerReferences").at(0);
  EXPECT_EQ(owner.at("name"), root_name("inst", "team-a"));
  EXPECT_EQ(owner.at("uid"), "root-uid");
  EXPECT_EQ(copy->at("metadata").at("labels").at("neoburst.io/installation"), "inst");
}

TEST(Copies, OnlyPullSecretsKeepTheirType) {
  struct Case {
    std::string type;
    std::string key;
    std::set<std::string> keys;
    std::string copied;
  };
  const std::vector<Case> cases = {
      {"kubernetes.io/dockerconfigjson", ".dockerconfigjson", {}, "kubernetes.io/dockerconfigjson"},
      {"kubernetes.io/dockerconfigjson",
       ".dockerconfigjson",
       {".dockerconfigjson", ".dockercfg"},
       "kubernetes.io/dockerconfigjson"},
      {"kubernetes.io/dockercfg", ".dockercfg", {}, "kubernetes.io/dockercfg"},
      {"kubernetes.io/dockerconfigjson", ".dockerconfigjson", {"another"}, "Opaque"},
      {"kubernetes.io/tls", "tls.crt", {"tls.crt"}, "Opaque"},
      {"Opaque", "a", {}, "Opaque"}};
  for (const Case& c : cases) {
    const auto copy =
        copy_object(kPlace, "u", copy_of(CopyKind::kSecret, c.keys), secret(c.type, {{c.key, "e30="}}));
    EXPECT_EQ(copy->at("type"), c.copied) << c.type << " " << c.keys.size();
  }
}

json service(const std::string& cluster_ip) {
  return {{"kind", "Service"},
          {"spec",
           {{"clusterIP", cluster_ip},
            {"selector", {{"app", "job"}}},
            {"publishNotReadyAddresses", true},
            {"ports", {{{"name", "rdzv"}, {"port", 29500}, {"targetPort", 29500}, {"nodePort", 31000}}}}}}};
}

TEST(Copies, AHeadlessServiceSelectsOurTwins) {
  const json pod = {{"spec", {{"subdomain", "job"}}}};
  const auto wanted = service_of(pod);
  ASSERT_TRUE(wanted);
  EXPECT_EQ(wanted->name, "job") << "other pods resolve it by this name";
  const auto copy = copy_object(kPlace, "u", *wanted, service("None"));
  ASSERT_TRUE(copy);
  const json& spec = copy->at("spec");
  EXPECT_EQ(spec.at("clusterIP"), "None");
  EXPECT_EQ(spec.at("publishNotReadyAddresses"), true);
  EXPECT_EQ(spec.at("selector"), json({{"neoburst.io/subdomain", subdomain_value("inst", "team-a", "job")}}));
  EXPECT_EQ(spec.at("ports"), json::parse(R"([{"name":"rdzv","port":29500,"targetPort":29500}])"));
  EXPECT_FALSE(copy_object(kPlace, "u", *wanted, service("10.0.0.7"))) << "not headless";
  EXPECT_FALSE(is_headless(json()));
  EXPECT_FALSE(service_of({{"spec", json::object()}}));
}

TEST(Copies, ServicesOfTwoHomeNamespacesAreToldApart) {
  const CopyPlace other{"inst", "team-b", "neoburst"};
  const Copy job{CopyKind::kService, "job", "job"};
  const auto mine = copy_object(kPlace, "u", job, service("None"));
  const auto theirs = copy_object(other, "u", job, service("None"));
  EXPECT_NE(mine->at("metadata").at("labels"), theirs->at("metadata").at("labels"));
}

TEST(Root, ListsWhatIsNeededToMakeACopyAgain) {
  const std::vector<Copy> copies = {{CopyKind::kConfigMap, "cfg-abc", "cfg", {}},
                                    {CopyKind::kSecret, "cfg-abc", "cfg", {"a", "b"}},
                                    {CopyKind::kService, "job", "job", {}}};
  json root = make_root(kPlace);
  for (const Copy& copy : copies) root["data"].update(json::object({root_entry(copy)}));
  EXPECT_EQ(listed_copies(root), copies);
  EXPECT_TRUE(listed_copies(make_root(kPlace)).empty());
}

TEST(Root, WhatCannotBeReadIsNotACopy) {
  json root = make_root(kPlace);
  root["data"] = {{"configmap.a", "no json"},          {"configmap.b", "[]"},
                  {"configmap.", R"({"source":"c"})"}, {"pod.d", R"({"source":"d"})"},
                  {"plain", R"({"source":"e"})"},      {"secret.f", R"({"source":"f","keys":["a",7]})"},
                  {"secret.g", R"({"source":7})"},     {"secret.good", R"({"source":"good","keys":["a"]})"}};
  const auto listed = listed_copies(root);
  ASSERT_EQ(listed.size(), 1u) << "a key that is not readable must not widen a copy";
  EXPECT_EQ(listed[0], (Copy{CopyKind::kSecret, "good", "good", {"a"}}));
}

TEST(Copies, NamesAreThoseOfTheTwin) {
  const Reference reference{.kind = ReferenceKind::kSecret, .name = "s", .keys = {"a"}};
  const auto copies = copies_of(kPlace, {reference});
  ASSERT_EQ(copies.size(), 1u);
  EXPECT_EQ(copies[0].name, copy_name("inst", "team-a", reference));
  EXPECT_EQ(copies[0].kind, CopyKind::kSecret);
  EXPECT_EQ(copies[0].keys, reference.keys);
}

Reference required(ReferenceKind kind, std::string volume, std::string container,
                   std::set<std::string> keys = {}) {
  return {.kind = kind,
          .name = "x",
          .keys = keys,
          .required_keys = keys,
          .optional = false,
          .volume = std::move(volume),
          .container = std::move(container)};
}

TEST(Missing, IsSaidAsAKubeletSaysIt) {
  const json empty = config_map(json::object());
  struct Case {
    Reference reference;
    const json* source;
    std::string reason;
    std::string event;
  };
  using enum ReferenceKind;
  const std::vector<Case> cases = {
      {required(kConfigMap, "cfg", ""), nullptr, "FailedMount",
       R"(MountVolume.SetUp failed for volume "cfg" : configmap "x" not found)"},
      {required(kSecret, "", "main"), nullptr, "Failed", R"(Error: secret "x" not found)"},
      {required(kConfigMap, "cfg", "", {"k"}), &empty, "FailedMount",
       R"(MountVolume.SetUp failed for volume "cfg" : configmap references non-existent config key: k)"},
      {required(kSecret, "cfg", "", {"k"}), &empty, "FailedMount",
       R"(MountVolume.SetUp failed for volume "cfg" : references non-existent secret key: k)"},
      {required(kSecret, "", "main", {"k"}), &empty, "Failed",
       "Error: couldn't find key k in Secret team-a/x"},
  };
  for (const Case& c : cases) {
    const auto missing = missing_part(c.reference, "team-a", c.source);
    ASSERT_TRUE(missing) << c.event;
    EXPECT_EQ(missing->event_reason, c.reason);
    EXPECT_EQ(missing->event_message, c.event);
  }
}

TEST(Missing, OptionalAndPresentIsNot) {
  Reference optional{.kind = ReferenceKind::kConfigMap, .name = "x", .keys = {"k"}, .optional = true};
  EXPECT_FALSE(missing_part(optional, "team-a", nullptr));
  const json there = config_map({{"k", "v"}});
  EXPECT_FALSE(missing_part(required(ReferenceKind::kConfigMap, "v", "", {"k"}), "team-a", &there));
  const json binary = config_map(json::object(), {{"k", "AA=="}});
  EXPECT_FALSE(missing_part(required(ReferenceKind::kConfigMap, "v", "", {"k"}), "team-a", &binary));
}

TEST(SecretTypes, TokensNeverOthersByPolicy) {
  PodPolicy policy;
  EXPECT_EQ(type_refusal(policy, "s", "Opaque"), "");
  EXPECT_NE(type_refusal(policy, "s", "example.com/own").find("spec.policy.secretTypes"), std::string::npos);
  policy.secret_types = {"example.com/own", std::string(kTokenSecretType)};
  EXPECT_EQ(type_refusal(policy, "s", "example.com/own"), "");
  EXPECT_NE(type_refusal(policy, "s", "Opaque"), "");
  EXPECT_NE(type_refusal(policy, "s", kTokenSecretType), "") << "whatever a policy says";
  EXPECT_NE(type_refusal(policy, "s", kBootstrapTokenType), "");
}

}  // namespace burst::copies_test
