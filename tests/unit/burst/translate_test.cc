#include "burst/translate.h"

#include <gtest/gtest.h>

#include "burst/names.h"

namespace burst {
namespace {

using nlohmann::json;

json pod() {
  return json::parse(R"({
    "metadata": {"name": "train-0", "namespace": "lab", "uid": "p-1",
      "labels": {"app": "train", "batch.kubernetes.io/job-name": "train"},
      "annotations": {"team": "vision", "neoburst.io/reserved": "x/1", "kubernetes.io/limit-ranger": "y"}},
    "spec": {"restartPolicy": "Never", "nodeName": "neoburst-eu", "schedulerName": "default-scheduler",
      "serviceAccountName": "default", "nodeSelector": {"a": "b"}, "priority": 5,
      "containers": [{"name": "main", "image": "i", "resources": {"limits": {"nvidia.com/gpu": "1"}},
        "env": [{"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                {"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}],
        "volumeMounts": [{"name": "scratch", "mountPath": "/s"},
          {"name": "kube-api-access-x", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}]}],
      "volumes": [{"name": "scratch", "emptyDir": {}},
        {"name": "kube-api-access-x", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}]}})");
}

TwinContext context() {
  TwinContext c;
  c.installation = "inst";
  c.nodes = {{"nvidia.com/gpu.product", true, {"NVIDIA-H100-80GB-HBM3"}},
             {"topology.kubernetes.io/region", true, {"eu-north1"}}};
  c.burst.ns = "lab";
  c.burst.name = "burst-p-1";
  c.burst.pod_name = "train-0";
  c.burst.pod_uid = "p-1";
  c.burst.attempt.name = "train-0-abc-1";
  c.burst.attempt.number = 1;
  c.burst.attempt.anchor_uid = "anchor-uid";
  c.burst.attempt.remote_namespace = "neoburst";
  c.burst.attempt.region = "eu-north1";
  c.burst.attempt.limit_seconds = 3600;
  return c;
}

TEST(TranslateTest, CarriesWhatMeansTheSameAndNothingElse) {
  const auto twin = make_twin(pod(), context());
  ASSERT_TRUE(twin) << twin.error().message;
  const json& spec = (*twin)["spec"];
  for (const char* home_only : {"nodeName", "schedulerName", "serviceAccountName", "priority", "affinity"}) {
    EXPECT_FALSE(spec.contains(home_only)) << home_only;
  }
  EXPECT_EQ(spec["restartPolicy"], "Never");
  EXPECT_EQ(spec["nodeSelector"], (json{{"nvidia.com/gpu.product", "NVIDIA-H100-80GB-HBM3"},
                                        {"topology.kubernetes.io/region", "eu-north1"}}));
  EXPECT_EQ(spec["containers"][0]["resources"]["limits"]["nvidia.com/gpu"], "1");
  EXPECT_EQ((*twin)["metadata"]["labels"]["app"], "train");
  EXPECT_FALSE((*twin)["metadata"]["labels"].contains("batch.kubernetes.io/job-name"));
  EXPECT_EQ((*twin)["metadata"]["annotations"]["team"], "vision");
  EXPECT_FALSE((*twin)["metadata"]["annotations"].contains("neoburst.io/reserved"));
}

TEST(TranslateTest, NeverCarriesServiceAccountTokens) {
  const auto twin = make_twin(pod(), context());
  ASSERT_TRUE(twin);
  EXPECT_EQ(twin->dump().find("kube-api-access"), std::string::npos);
  EXPECT_EQ(twin->dump().find("serviceAccountToken\":{"), std::string::npos);
  EXPECT_EQ((*twin)["spec"]["automountServiceAccountToken"], false);
}

TEST(TranslateTest, EveryContainerWaitsForGo) {
  json with_init = pod();
  with_init["spec"]["initContainers"] = json::array({{{"name", "init"}, {"image", "i"}}});
  const auto twin = make_twin(with_init, context());
  ASSERT_TRUE(twin);
  const json& spec = (*twin)["spec"];
  for (const char* list : {"initContainers", "containers"}) {
    EXPECT_EQ(spec[list][0]["volumeMounts"].back()["mountPath"], kGoMountPath) << list;
  }
  const json& go = spec["volumes"].back();
  EXPECT_EQ(go["configMap"]["name"], go_name("train-0-abc-1"));
  EXPECT_EQ(go["configMap"]["optional"], false);
}

TEST(TranslateTest, IsOwnedByTheRecordedAnchorOnly) {
  const auto twin = make_twin(pod(), context());
  ASSERT_TRUE(twin);
  const json& owner = (*twin)["metadata"]["ownerReferences"][0];
  EXPECT_EQ(owner["uid"], "anchor-uid");
  EXPECT_EQ(owner["controller"], true);
  EXPECT_FALSE(owner.contains("blockOwnerDeletion"));
}

TEST(TranslateTest, SpendingStopsByItself) {
  auto deadline = [](const json& from) {
    return (*make_twin(from, context()))["spec"]["activeDeadlineSeconds"];
  };
  auto limit = [](const json& from) {
    return make_twin(from, context())->at("metadata").at("annotations").value("neoburst.io/limit", "");
  };
  json p = pod();
  EXPECT_EQ(deadline(p), 3565);  // the default grace of 30 s and 5 s: gone after an hour
  EXPECT_EQ(limit(p), "LifetimeEnded");
  p["spec"]["activeDeadlineSeconds"] = 60;
  EXPECT_EQ(deadline(p), 60);
  EXPECT_EQ(limit(p), "");
  p["spec"]["activeDeadlineSeconds"] = 7200;
  EXPECT_EQ(deadline(p), 3565);
}

TEST(TranslateTest, TheMarginForEndingNeverEatsUpAShortLimit) {
  EXPECT_EQ(twin_deadline(3600, 30), 3565);
  EXPECT_EQ(twin_deadline(3600, -1), 3595);
  EXPECT_EQ(twin_deadline(60, 30), 45);
  EXPECT_EQ(twin_deadline(1, 30), 1);
}

TEST(TranslateTest, SeveralValuesAndForbiddenOnesBecomeAffinity) {
  TwinContext c = context();
  c.nodes = {{"a", true, {"x", "y"}}, {"spot", false, {"true"}}};
  const json spec = (*make_twin(pod(), c))["spec"];
  EXPECT_FALSE(spec.contains("nodeSelector"));
  const auto terms =
      "/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms"_json_pointer;
  EXPECT_EQ(spec.at(terms),
            json::parse(R"([{"matchExpressions": [{"key": "a", "operator": "In", "values": ["x", "y"]},
                                                  {"key": "spot", "operator": "NotIn", "values": ["true"]}]}])"));
}

TEST(TranslateTest, FieldReferencesKeepTheirMeaning) {
  const auto twin = make_twin(pod(), context());
  const json& env = (*twin)["spec"]["containers"][0]["env"];
  EXPECT_EQ(env[0]["value"], "train-0");
  EXPECT_FALSE(env[0].contains("valueFrom"));
  EXPECT_EQ(env[1]["valueFrom"]["fieldRef"]["fieldPath"], "status.podIP");
}

TEST(TranslateTest, SaysWhatItCannotCarryYet) {
  const std::map<std::string, std::pair<std::string, json>> cases = {
      {"hostNetwork", {"/spec/hostNetwork", true}},
      {"is privileged", {"/spec/containers/0/securityContext", {{"privileged", true}}}},
      {"volume data", {"/spec/volumes/0", {{"name", "data"}, {"hostPath", {{"path", "/"}}}}}},
      {"envFrom", {"/spec/containers/0/envFrom", json::array({{{"secretRef", {{"name", "s"}}}}})}},
      {"resourceClaims", {"/spec/resourceClaims", json::array({{{"name", "gpu"}}})}},
  };
  for (const auto& [want, change] : cases) {
    json p = pod();
    p[json::json_pointer(change.first)] = change.second;
    const auto twin = make_twin(p, context());
    ASSERT_FALSE(twin) << want;
    EXPECT_NE(twin.error().message.find(want), std::string::npos) << twin.error().message;
  }
}

TEST(TranslateTest, SurvivesDocumentsOfAnyShape) {
  for (const char* text :
       {"{}", "[]", R"({"metadata": 1, "spec": []})", R"({"metadata": {}, "spec": {"containers": [1]}})",
        R"({"metadata": {}, "spec": {"containers": [{"volumeMounts": 3}], "volumes": "x"}})"}) {
    EXPECT_FALSE(make_twin(json::parse(text), context())) << text;
  }
}

}  // namespace
}  // namespace burst
