#include "burst/translate.h"

#include <gtest/gtest.h>

#include "burst/names.h"

namespace burst::translate_test {

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

/// How long a pod stays on a lost node, however its tolerations say it.
TEST(TranslateTest, TolerationsOfALostNodeKeepTheirMeaning) {
  const auto tolerations_of = [](const char* own) {
    json p = pod();
    p["spec"]["tolerations"] = json::parse(own);
    TwinContext c = context();
    c.tolerations = {};
    return make_twin(p, c)->at("spec").at("tolerations");
  };
  const std::vector<std::pair<const char*, const char*>> rows = {
      {R"([{"key": "dedicated", "operator": "Exists", "effect": "NoExecute"}])", "[]"},
      {R"([{"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoSchedule"}])", "[]"},
      {R"([{"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute",
            "tolerationSeconds": 9}])",
       R"([{"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute",
            "tolerationSeconds": 9}])"},
      {R"([{"key": "node.kubernetes.io/not-ready", "operator": "Exists"}])",
       R"([{"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"}])"},
      {R"([{"operator": "Exists"}])",
       R"([{"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"},
           {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute"}])"},
      {R"([{"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60}])",
       R"([{"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute",
            "tolerationSeconds": 60},
           {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute",
            "tolerationSeconds": 60}])"},
  };
  for (const auto& [own, expected] : rows) EXPECT_EQ(tolerations_of(own), json::parse(expected)) << own;
}

TEST(TranslateTest, FieldReferencesKeepTheirMeaning) {
  const auto twin = make_twin(pod(), context());
  const json& env = (*twin)["spec"]["containers"][0]["env"];
  EXPECT_EQ(env[0]["value"], "train-0");
  EXPECT_FALSE(env[0].contains("valueFrom"));
  EXPECT_EQ(env[1]["valueFrom"]["fieldRef"]["fieldPath"], "status.podIP");
}

struct Refused {
  const char* where;
  json value;
  const char* says;
};

void expect_refused(const std::vector<Refused>& cases, base::Code code) {
  for (const Refused& r : cases) {
    json p = pod();
    p[json::json_pointer(r.where)] = r.value;
    const auto twin = make_twin(p, context());
    ASSERT_FALSE(twin) << r.where;
    EXPECT_TRUE(twin.error().is(code)) << twin.error().text();
    EXPECT_NE(twin.error().message.find(r.says), std::string::npos) << twin.error().message;
  }
}

TEST(TranslateTest, SaysWhatNoProviderCanRun) {
  const auto volume = [](const char* kind, const json& source) {
    return json{{"name", "data"}, {kind, source}};
  };
  expect_refused(
      {{"/spec/resourceClaims", json::array({{{"name", "gpu"}}}), "resourceClaims"},
       {"/spec/volumes/0", volume("nfs", {{"server", "s"}, {"path", "/"}}), "volume data: nfs"},
       {"/spec/volumes/0", volume("fromTheFuture", json::object()), "volume data: fromTheFuture"},
       {"/spec/volumes/0",
        volume("projected", {{"sources", json::array({{{"serviceAccountToken", {{"path", "t"}}}}})}}),
        "volume data: projected.serviceAccountToken"},
       {"/spec/volumes/1/projected/sources/0/serviceAccountToken/audience", "vault",
        "volume kube-api-access-x: projected.serviceAccountToken"},
       {"/spec/volumes/0/name", "neoburst-go", "neoburst-go"},
       {"/spec/fromTheFuture", 1, "fromTheFuture"},
       {"/spec/containers/0/fromTheFuture", "x", "container main: fromTheFuture"},
       {"/spec/containers/0/securityContext", {{"fromTheFuture", true}}, "securityContext.fromTheFuture"},
       {"/spec/containers/0/env/0/valueFrom", {{"fromTheFuture", json::object()}}, "env POD fromTheFuture"},
       {"/spec/containers/0/volumeMounts/0/mountPath", kGoMountPath, kGoMountPath}},
      base::Code::kInvalid);
}

TEST(TranslateTest, NothingElseIsMountedWhereGoIs) {
  const auto mounted_at = [](const char* path) {
    json p = pod();
    p["spec"]["containers"][0]["volumeMounts"][0]["mountPath"] = path;
    return make_twin(p, context());
  };
  for (const char* path : {"/run/neoburst", "/run/neoburst/", "//run//neoburst///", "/run/neoburst/cache",
                           "/run/./neoburst", "/run/x/../neoburst", "run/neoburst"}) {
    const auto twin = mounted_at(path);
    ASSERT_FALSE(twin) << path;
    EXPECT_TRUE(twin.error().is(base::Code::kInvalid)) << twin.error().text();
  }
  for (const char* path : {"/run", "/run/", "/run/neoburst-cache", "/run/neoburst.d/x", "/srv/run/neoburst"})
    EXPECT_TRUE(mounted_at(path)) << path;
}

TEST(TranslateTest, SaysWhatThisProvidersPolicyDoesNotAllow) {
  const auto volume = [](const char* kind, const json& source) {
    return json{{"name", "data"}, {kind, source}};
  };
  const json claim_template = {{"spec", {{"storageClassName", "fast"}}}};
  expect_refused(
      {{"/spec/hostNetwork", true, "hostNetwork"},
       {"/spec/hostPID", true, "hostPID"},
       {"/spec/hostIPC", true, "hostIPC"},
       {"/spec/containers/0/securityContext",
        {{"privileged", true}},
        "container main: securityContext.privileged"},
       {"/spec/containers/0/ports", json::array({{{"containerPort", 80}, {"hostPort", 80}}}), "hostPort 80"},
       {"/spec/runtimeClassName", "gvisor", "runtimeClassName gvisor"},
       {"/spec/volumes/0", volume("hostPath", {{"path", "/data"}}), "volume data: hostPath /data"},
       {"/spec/volumes/0", volume("persistentVolumeClaim", {{"claimName", "c"}}), "lab/c"},
       {"/spec/volumes/0", volume("csi", {{"driver", "d.example"}}), "csi driver d.example"},
       {"/spec/volumes/0", volume("ephemeral", {{"volumeClaimTemplate", claim_template}}),
        "StorageClass fast"}},
      base::Code::kForbidden);
}

TEST(TranslateTest, WhatNoProviderCanRunOutweighsAPolicy) {
  json p = pod();
  p["spec"]["hostNetwork"] = true;
  p["spec"]["resourceClaims"] = json::array({{{"name", "gpu"}}});
  EXPECT_TRUE(make_twin(p, context()).error().is(base::Code::kInvalid));
}

TEST(TranslateTest, APolicyLetsInWhatItNames) {
  TwinContext c = context();
  c.policy.allow = {HostAccess::kHostNetwork, HostAccess::kHostPath, HostAccess::kHostPid,
                    HostAccess::kHostIpc, HostAccess::kPrivileged};
  c.policy.runtime_classes = {{"nvidia", ""}, {"gvisor", "runsc"}};
  c.policy.priority_class = "batch";
  c.policy.storage_classes = {{"fast", "nvme"}, {"", "standard"}};
  c.policy.volume_claims = {{"lab/data", "shared-data"}};
  c.policy.csi_drivers = {"d.example"};
  json p = pod();
  p["spec"].update(json::parse(R"({"hostNetwork": true, "hostPID": true, "hostIPC": true,
    "runtimeClassName": "gvisor", "priorityClassName": "high", "overhead": {"cpu": "1"}})"));
  p["spec"]["containers"][0]["securityContext"] = {{"privileged", true}};
  p["spec"]["volumes"] = json::parse(R"([
    {"name": "a", "hostPath": {"path": "/data"}},
    {"name": "b", "persistentVolumeClaim": {"claimName": "data"}},
    {"name": "c", "ephemeral": {"volumeClaimTemplate": {"spec": {"storageClassName": "fast"}}}},
    {"name": "d", "ephemeral": {"volumeClaimTemplate": {"spec": {}}}},
    {"name": "e", "csi": {"driver": "d.example"}}])");
  const auto twin = make_twin(p, c);
  ASSERT_TRUE(twin) << twin.error().message;
  const json& spec = twin->at("spec");
  for (const char* flag : {"hostNetwork", "hostPID", "hostIPC"}) EXPECT_EQ(spec[flag], true);
  EXPECT_FALSE(spec.contains("hostname"));
  EXPECT_FALSE(spec.contains("overhead"));  // the provider's RuntimeClass has its own
  EXPECT_EQ(spec["runtimeClassName"], "runsc");
  EXPECT_EQ(spec["priorityClassName"], "batch");
  EXPECT_EQ(spec["containers"][0]["securityContext"]["privileged"], true);
  EXPECT_EQ(spec["volumes"][0]["hostPath"]["path"], "/data");
  EXPECT_EQ(spec["volumes"][1]["persistentVolumeClaim"]["claimName"], "shared-data");
  EXPECT_EQ(spec["volumes"][2]["ephemeral"]["volumeClaimTemplate"]["spec"]["storageClassName"], "nvme");
  EXPECT_EQ(spec["volumes"][3]["ephemeral"]["volumeClaimTemplate"]["spec"]["storageClassName"], "standard");
  EXPECT_EQ(spec["volumes"][4]["csi"]["driver"], "d.example");
  p["spec"]["runtimeClassName"] = "nvidia";
  EXPECT_FALSE(make_twin(p, c)->at("spec").contains("runtimeClassName"));
}

TEST(TranslateTest, OnTheHostsNetworkOnlyANameThatWasAskedForIsCarried) {
  TwinContext c = context();
  c.policy.allow = {HostAccess::kHostNetwork};
  json p = pod();
  p["spec"]["hostNetwork"] = true;
  EXPECT_FALSE(make_twin(p, c)->at("spec").contains("hostname"));
  p["spec"]["hostname"] = "train-0";
  p["spec"]["subdomain"] = "workers";
  const json spec = make_twin(p, c)->at("spec");
  EXPECT_EQ(spec["hostname"], "train-0");
  EXPECT_EQ(spec["subdomain"], "workers");
}

TEST(TranslateTest, SurvivesDocumentsOfAnyShape) {
  for (const char* text :
       {"{}", "[]", R"({"metadata": 1, "spec": []})", R"({"metadata": {}, "spec": {"containers": [1]}})",
        R"({"metadata": {}, "spec": {"containers": [{"volumeMounts": 3}], "volumes": "x"}})"}) {
    EXPECT_FALSE(make_twin(json::parse(text), context())) << text;
  }
}

}  // namespace burst::translate_test
