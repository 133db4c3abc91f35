#include <gtest/gtest.h>

#include "burst/names.h"
#include "burst/references.h"
#include "burst/translate.h"

namespace burst::translate_references_test {

using nlohmann::json;

constexpr const char* kPod = R"({
  "metadata": {"name": "web-0", "namespace": "lab", "uid": "u-1",
    "labels": {"app": "web", "apps.kubernetes.io/pod-index": "0"},
    "annotations": {"note": "costs $(HOME) \"five\"", "batch.kubernetes.io/job-completion-index": "3",
                    "neoburst.io/offer": "x"}},
  "spec": {"subdomain": "web", "serviceAccountName": "trainer",
    "imagePullSecrets": [{"name": "registry"}, {"name": ""}],
    "initContainers": [{"name": "setup", "image": "i", "envFrom": [{"secretRef": {"name": "token"}}]}],
    "containers": [{"name": "main", "image": "i", "env": [
      {"name": "A", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "a"}}},
      {"name": "INDEX", "valueFrom": {"fieldRef": {"fieldPath":
          "metadata.annotations['batch.kubernetes.io/job-completion-index']"}}},
      {"name": "NOTE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.annotations['note']"}}},
      {"name": "NONE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['none']"}}},
      {"name": "ACCOUNT", "valueFrom": {"fieldRef": {"fieldPath": "spec.serviceAccountName"}}},
      {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
      {"name": "CPUS", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}}]}],
    "volumes": [
      {"name": "settings", "projected": {"sources": [
        {"configMap": {"name": "settings", "items": [{"key": "b", "path": "b"}]}},
        {"downwardAPI": {"items": [{"path": "uid", "fieldRef": {"fieldPath": "metadata.uid"}}]}}]}},
      {"name": "info", "downwardAPI": {"items": [
        {"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}},
        {"path": "notes", "fieldRef": {"fieldPath": "metadata.annotations"}},
        {"path": "uid", "fieldRef": {"fieldPath": "metadata.uid"}},
        {"path": "cpus", "resourceFieldRef": {"containerName": "main", "resource": "limits.cpu"}}]}}]}})";

TwinContext context() {
  TwinContext c;
  c.installation = "inst";
  c.burst.ns = "lab";
  c.burst.pod_name = "web-0";
  c.burst.attempt.name = "web-0-abc-1";
  c.burst.attempt.remote_namespace = "neoburst";
  return c;
}

json twin() {
  const auto made = make_twin(json::parse(kPod), context());
  EXPECT_TRUE(made) << made.error().message;
  return made ? *made : json();
}

std::string copy(ReferenceKind kind, const char* name, std::set<std::string> keys = {}) {
  return copy_name("inst", "lab", {.kind = kind, .name = name, .keys = std::move(keys)});
}

TEST(TranslateReferences, NamesTheCopiesNotTheOriginals) {
  const json spec = twin()["spec"];
  const std::string settings = copy(ReferenceKind::kConfigMap, "settings", {"a", "b"});
  EXPECT_EQ(spec["containers"][0]["env"][0]["valueFrom"]["configMapKeyRef"]["name"], settings);
  EXPECT_EQ(spec["volumes"][0]["projected"]["sources"][0]["configMap"]["name"], settings);
  EXPECT_EQ(spec["initContainers"][0]["envFrom"][0]["secretRef"]["name"],
            copy(ReferenceKind::kSecret, "token"));
  const std::string registry = copy(ReferenceKind::kSecret, "registry", {".dockercfg", ".dockerconfigjson"});
  EXPECT_EQ(spec["imagePullSecrets"], json::array({{{"name", registry}}}));
  EXPECT_EQ(spec["volumes"].back()["configMap"]["name"], go_name("web-0-abc-1"));
}

TEST(TranslateReferences, TheTwinListsTheCopiesThatItUses) {
  const std::string listed = twin()["metadata"]["annotations"][std::string(kCopiesAnnotation)];
  EXPECT_EQ(listed, copy(ReferenceKind::kConfigMap, "settings", {"a", "b"}) + "," +
                        copy(ReferenceKind::kSecret, "registry", {".dockercfg", ".dockerconfigjson"}) + "," +
                        copy(ReferenceKind::kSecret, "token"));
}

TEST(TranslateReferences, APolicyMayKeepSecretsAtHome) {
  TwinContext c = context();
  c.policy.allow_secrets = false;
  const auto refused = make_twin(json::parse(kPod), c);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(base::Code::kForbidden));
  EXPECT_NE(refused.error().message.find("Secret token"), std::string::npos) << refused.error().message;
  EXPECT_EQ(refused.error().message.find("settings"), std::string::npos) << refused.error().message;
}

TEST(TranslateDownward, VariablesHaveTheHomePodsValues) {
  const json twin_pod = twin();
  std::map<std::string, json> env;
  for (const json& v : twin_pod["spec"]["containers"][0]["env"]) env[v["name"]] = v;
  EXPECT_EQ(env["INDEX"], (json{{"name", "INDEX"}, {"value", "3"}}));
  EXPECT_EQ(env["NOTE"]["value"], "costs $$(HOME) \"five\"");  // a kubelet would expand it otherwise
  EXPECT_EQ(env["NONE"]["value"], "");
  EXPECT_EQ(env["ACCOUNT"]["value"], "trainer");
  EXPECT_EQ(env["NODE"]["valueFrom"]["fieldRef"]["fieldPath"], "spec.nodeName");
  EXPECT_EQ(env["CPUS"]["valueFrom"]["resourceFieldRef"]["resource"], "limits.cpu");
}

TEST(TranslateDownward, FilesReadAnnotationsOfTheTwin) {
  const json made = twin();
  const auto seen = [&](const json& item) {
    const std::string path = item["fieldRef"]["fieldPath"];
    const std::string key = path.substr(22, path.size() - 24);  // metadata.annotations['key']
    return made["metadata"]["annotations"].value(key, "missing: " + path);
  };
  const json& items = made["spec"]["volumes"][1]["downwardAPI"]["items"];
  EXPECT_EQ(seen(items[0]), "app=\"web\"\napps.kubernetes.io/pod-index=\"0\"");
  EXPECT_EQ(seen(items[1]),
            "batch.kubernetes.io/job-completion-index=\"3\"\nnote=\"costs $(HOME) \\\"five\\\"\"");
  EXPECT_EQ(seen(items[2]), "u-1");
  EXPECT_EQ(items[3]["resourceFieldRef"]["containerName"], "main");
  const json& projected = made["spec"]["volumes"][0]["projected"]["sources"][1]["downwardAPI"]["items"];
  EXPECT_EQ(projected[0], items[2]);
}

TEST(TranslateNetwork, ATwinIsFoundUnderThePodsName) {
  const json made = twin();
  EXPECT_EQ(made["spec"]["hostname"], "web-0");
  EXPECT_EQ(made["spec"]["subdomain"], "web");
  EXPECT_EQ(made["metadata"]["labels"][std::string(kSubdomainLabel)], subdomain_value("inst", "lab", "web"));
}

TEST(TranslateNetwork, AHostnameIsALabelWhateverThePodIsCalled) {
  const std::map<std::string, std::string> cases = {{"a.b", "a-b"},
                                                    {std::string(70, 'x'), std::string(63, 'x')},
                                                    {std::string(62, 'x') + ".y", std::string(62, 'x')}};
  for (const auto& [name, hostname] : cases) {
    json pod = json::parse(kPod);
    pod["metadata"]["name"] = name;
    EXPECT_EQ(make_twin(pod, context())->at("spec").at("hostname"), hostname);
    pod["spec"]["hostname"] = "own";
    EXPECT_EQ(make_twin(pod, context())->at("spec").at("hostname"), "own");
  }
}

TEST(TranslateEphemeral, AddsWhatTheTwinLacks) {
  json pod = json::parse(kPod);
  pod["spec"]["ephemeralContainers"] = json::parse(R"([
    {"name": "old", "image": "i"},
    {"name": "debugger", "image": "busybox", "targetContainerName": "main", "stdin": true, "tty": true,
     "env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "a"}}},
             {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]},
    {"name": "root", "image": "i", "securityContext": {"privileged": true}}])");
  const auto carried = carry_ephemeral_containers(pod, {"old"}, context());
  ASSERT_EQ(carried.add.size(), 1U);
  const json& debugger = carried.add[0];
  EXPECT_EQ(debugger["targetContainerName"], "main");
  EXPECT_EQ(debugger["env"][1]["value"], "web-0");
  EXPECT_EQ(debugger["volumeMounts"],
            json::array({{{"name", "neoburst-go"}, {"mountPath", kGoMountPath}, {"readOnly", true}}}));
  // Not the copy of the pod, which has more keys.
  EXPECT_EQ(carried.copies, (std::vector<std::string>{copy(ReferenceKind::kConfigMap, "settings", {"a"})}));
  EXPECT_EQ(debugger["env"][0]["valueFrom"]["configMapKeyRef"]["name"], carried.copies[0]);
  ASSERT_EQ(carried.refused.size(), 1U);
  EXPECT_EQ(carried.refused[0].first, "root");
  EXPECT_TRUE(carried.refused[0].second.is(base::Code::kForbidden));
}

TEST(TranslateEphemeral, ComeLaterThanTheTwin) {
  json pod = json::parse(kPod);
  pod["spec"]["ephemeralContainers"] = json::array({{{"name", "debugger"}, {"image", "i"}}});
  EXPECT_FALSE(make_twin(pod, context())->at("spec").contains("ephemeralContainers"));
}

}  // namespace burst::translate_references_test
