#include "operator/references/copy_keeper.h"

#include <gtest/gtest.h>

#include "api/write.h"
#include "burst/names.h"
#include "fake_api_server.h"
#include "support/wait.h"

// A provider may write what it likes in its own cluster: it gets only what home's records say.

namespace op::copy_keeper_test {

using nlohmann::json;

const std::string kPrivate = "cHJpdmF0ZQ==";
constexpr const char* kTwin = "one-1";

json object(const std::string& kind, const std::string& ns, const std::string& name) {
  return {{"apiVersion", "v1"},
          {"kind", kind},
          {"metadata", {{"namespace", ns}, {"name", name}, {"uid", "uid-of-" + name}}}};
}

json secret(const std::string& ns, const std::string& name, json data) {
  json out = object("Secret", ns, name);
  out["type"] = "Opaque";
  out["data"] = std::move(data);
  return out;
}

json config_map(const std::string& ns, const std::string& name, json data) {
  json out = object("ConfigMap", ns, name);
  out["data"] = std::move(data);
  return out;
}

json headless(const std::string& ns, const std::string& name) {
  json out = object("Service", ns, name);
  out["spec"] = {{"clusterIP", "None"}, {"ports", {{{"port", 80}}}}};
  return out;
}

/// All of ConfigMap settings, key t of Secret token, and a subdomain.
json home_pod(const std::string& ns, const std::string& name) {
  json out = object("Pod", ns, name);
  out["spec"] = json::parse(R"({"subdomain": "job", "nodeName": "neoburst-eu", "containers": [{"name": "main",
      "envFrom": [{"configMapRef": {"name": "settings", "optional": true}}],
      "env": [{"name": "T", "valueFrom": {"secretKeyRef": {"name": "token", "key": "t"}}}]}],
      "ephemeralContainers": [{"name": "debugger", "envFrom": [{"configMapRef": {"name": "tools"}}]}]})");
  out["status"] = {{"phase", "Running"}};
  return out;
}

json twin_of(const json& pod, const std::string& name) {
  const json& of = pod["metadata"];
  json out = object("Pod", "neoburst", name);
  out["metadata"]["labels"] = {
      {burst::kInstallationLabel, "inst"}, {burst::kRoleLabel, "twin"}, {burst::kPodUidLabel, of["uid"]}};
  out["metadata"]["annotations"] = {
      {burst::kHomePodAnnotation, of["namespace"].get<std::string>() + "/" + of["name"].get<std::string>()}};
  out["spec"] = {{"containers", json::array()}};
  out["status"] = {{"phase", "Running"}};
  return out;
}

burst::Burst burst_of(const json& pod) {
  burst::Burst b;
  b.ns = pod["metadata"]["namespace"];
  b.pod_name = pod["metadata"]["name"];
  b.pod_uid = pod["metadata"]["uid"];
  b.name = burst::burst_name(b.pod_uid);
  b.claim = "research";
  b.gpus = 1;
  b.candidates = {"neoburst-eu"};
  b.attempt.number = 1;
  b.attempt.name = kTwin;
  b.attempt.offer = "eu";
  b.attempt.provider = "eu";
  b.attempt.node = "neoburst-eu";
  b.attempt.remote_namespace = "neoburst";
  b.attempt.anchor_uid = "anchor";
  return b;
}

json record_of(const burst::Burst& b) {
  json out = api::burst_object(b);
  out["metadata"]["uid"] = "uid-of-" + b.name;
  out["status"] = api::burst_status(b, {});
  return out;
}

json root_of(const std::string& home_namespace, const std::vector<burst::Copy>& entries) {
  json root = burst::make_root({"inst", home_namespace, "neoburst"});
  for (const auto& copy : entries) root["data"].update(json::object({burst::root_entry(copy)}));
  return root;
}

burst::Copy copy_of(const std::string& source) {
  const auto needs = burst::needs_of({"inst", "team-a", "neoburst"}, home_pod("team-a", "one"), {"debugger"});
  return *std::ranges::find(*needs, source, &burst::Copy::source);
}

/// Pod team-a/one bursts to provider eu.
class CopyKeeperTest : public testing::Test {
 protected:
  CopyKeeperTest() {
    home_api_.put(json{{"apiVersion", "neoburst.io/v1alpha1"},
                       {"kind", "NeocloudProvider"},
                       {"metadata", {{"name", "eu"}, {"uid", "eu"}}},
                       {"spec", {{"kubeconfigSecretRef", {{"name", "s"}}}, {"profile", "generic"}}}});
    home_api_.put(config_map("team-a", "settings", {{"a", "1"}}));
    home_api_.put(secret("team-a", "token", {{"t", "dG9rZW4="}, {"other", kPrivate}}));
    home_api_.put(headless("team-a", "job"));
    home_api_.put(secret("neoburst-system", "us-kubeconfig", {{"kubeconfig", kPrivate}}));
    home_api_.put(home_pod("team-a", "one"));
    home_api_.put(record_of(burst_of(home_pod("team-a", "one"))));
    remote_api_.put(twin_of(home_pod("team-a", "one"), kTwin));
  }
  void TearDown() override {
    if (cluster_) cluster_->stop();
    if (home_) home_->stop();
  }
  /// One round of an operator that has just started.
  base::Outcome tend() {
    home_ = std::make_unique<Home>(*home_client_, base::system_clock(), events_, "inst");
    cluster_ = std::make_unique<RemoteCluster>(
        "eu", burst::NamespaceRule{"neoburst", ""}, FakeApiClient::of(remote_api_),
        Permissions{.missing = {}, .copy_secrets = true, .copy_services = true}, "inst",
        [](const std::string&, kube::Urgency) {}, [] {});
    references_ = std::make_unique<References>(*home_client_, "inst");
    keeper_ = std::make_unique<CopyKeeper>(*home_, clusters_, *references_);
    EXPECT_TRUE(keeper_->tend(*cluster_)) << "nothing is known yet";
    EXPECT_EQ(remote_api_.writes(), 0);
    home_->start();
    cluster_->start();
    cluster_->allow_sweeping(true);
    EXPECT_TRUE(testing_support::wait_until("the first lists", std::chrono::seconds(20),
                                            [&] { return home_->synced() && cluster_->synced(); }));
    return keeper_->tend(*cluster_);
  }
  void expect_tended() {
    const auto tended = tend();
    EXPECT_TRUE(tended) << tended.error().text();
  }
  json remote(const std::string& kind, const std::string& name_begins) const {
    for (const auto& [path, found] : remote_api_.objects()) {
      if (path.starts_with("/api/v1/namespaces/neoburst/" + kind + "/" + name_begins)) return found;
    }
    return nullptr;
  }
  json root() const { return remote("configmaps", burst::root_name("inst", "team-a")); }
  std::size_t count(const std::string& kind) const {
    return static_cast<std::size_t>(std::ranges::count_if(remote_api_.objects(), [&](const auto& each) {
      return each.first.starts_with("/api/v1/namespaces/neoburst/" + kind + "/");
    }));
  }
  void expect_nothing_private() const {
    for (const auto& [path, found] : remote_api_.objects())
      EXPECT_FALSE(found.dump().contains(kPrivate)) << path;
  }

  FakeApiServer home_api_;
  FakeApiServer remote_api_;
  std::unique_ptr<kube::Client> home_client_ = FakeApiClient::of(home_api_);
  kube::EventRecorder events_{*home_client_, "test", "test"};
  RemoteClusters clusters_;
  std::unique_ptr<Home> home_;
  std::unique_ptr<RemoteCluster> cluster_;
  std::unique_ptr<References> references_;
  std::unique_ptr<CopyKeeper> keeper_;
};

TEST_F(CopyKeeperTest, WhatALiveTwinNeedsIsBroughtWhateverTheRootSays) {
  expect_tended();
  EXPECT_EQ(remote("configmaps", "settings")["data"], json({{"a", "1"}}));
  EXPECT_EQ(remote("secrets", "token")["data"], json({{"t", "dG9rZW4="}}));
  EXPECT_EQ(remote("services", "job")["spec"]["clusterIP"], "None");
  EXPECT_EQ(burst::listed_copies(root()).size(), 3u) << "not those of the debugger";
}

TEST_F(CopyKeeperTest, AForgedRootGetsNothing) {
  remote_api_.put(root_of("neoburst-system", {{burst::CopyKind::kSecret, "stolen", "us-kubeconfig"}}));
  remote_api_.put(root_of("team-a", {{burst::CopyKind::kSecret, "more", "token"}}));
  expect_tended();
  expect_nothing_private();
  EXPECT_EQ(count("secrets"), 1u) << "the copy that the pod needs";
}

TEST_F(CopyKeeperTest, AForgedTwinGetsNothing) {
  json victim = home_pod("team-b", "victim");
  victim["spec"]["nodeName"] = "node-at-home";
  home_api_.put(victim);
  home_api_.put(secret("team-b", "token", {{"t", kPrivate}}));
  // One of a pod that does not burst, one of a pod with a PodBurst, but under another name.
  for (const json& twin : {twin_of(victim, "forged"), twin_of(home_pod("team-a", "one"), "forged-too")}) {
    json forged = twin;
    forged["metadata"]["annotations"][burst::kCopiesAnnotation] = "token-1,settings-1";
    remote_api_.put(forged);
  }
  remote_api_.erase("/api/v1/namespaces/neoburst/pods/" + std::string(kTwin));
  remote_api_.put(root_of("team-b", {}));
  expect_tended();
  expect_nothing_private();
  EXPECT_EQ(count("secrets") + count("services"), 0u);
}

TEST_F(CopyKeeperTest, AnEntryThatWasChangedIsSetRight) {
  burst::Copy wider = copy_of("token"), elsewhere = copy_of("settings");
  wider.keys = {};
  elsewhere.source = "others";
  home_api_.put(config_map("team-a", "others", {{"a", kPrivate}}));
  remote_api_.put(root_of("team-a", {wider, elsewhere}));
  expect_tended();
  expect_nothing_private();
  EXPECT_EQ(remote("secrets", "token")["data"], json({{"t", "dG9rZW4="}}));
  EXPECT_EQ(remote("configmaps", "settings")["data"], json({{"a", "1"}}));
  const auto listed = burst::listed_copies(root());
  EXPECT_NE(std::ranges::find(listed, copy_of("token")), listed.end());
  EXPECT_NE(std::ranges::find(listed, copy_of("settings")), listed.end());
}

TEST_F(CopyKeeperTest, OnlyALiveAttemptOfThisVeryPodCounts) {
  const burst::Burst live = burst_of(home_pod("team-a", "one"));
  std::vector<std::pair<const char*, burst::Burst>> cases(4, {"", live});
  cases[0].first = "released";
  cases[0].second.attempt.released = true;
  cases[1].first = "ended";
  cases[1].second.ended_at = base::system_clock().now();
  cases[2].first = "at another provider";
  cases[2].second.attempt.provider = "us";
  cases[3].first = "of a pod that has been replaced";
  cases[3].second.pod_uid = "another";
  for (const auto& [what, burst] : cases) {
    home_api_.erase("/apis/neoburst.io/v1alpha1/namespaces/team-a/podbursts/" + live.name);
    json record = record_of(burst);
    record["metadata"]["name"] = live.name;
    home_api_.put(record);
    expect_tended();
    EXPECT_EQ(remote_api_.writes(), 0) << what;
    TearDown();
  }
}

TEST_F(CopyKeeperTest, ADebuggerOfTheTwinKeepsWhatItNeeds) {
  home_api_.put(config_map("team-a", "tools", {{"b", "2"}}));
  json twin = twin_of(home_pod("team-a", "one"), kTwin);
  twin["spec"]["ephemeralContainers"] = json::parse(R"([{"name": "debugger"}])");
  remote_api_.put(twin);
  expect_tended();
  EXPECT_EQ(remote("configmaps", "tools")["data"], json({{"b", "2"}}));
}

TEST_F(CopyKeeperTest, ASourceThatComesLaterIsBroughtThen) {
  home_api_.erase("/api/v1/namespaces/team-a/configmaps/settings");
  home_api_.erase("/api/v1/namespaces/team-a/services/job");
  expect_tended();
  EXPECT_TRUE(remote("configmaps", "settings").is_null() && remote("services", "job").is_null());
  home_api_.put(config_map("team-a", "settings", {{"a", "1"}}));
  home_api_.put(headless("team-a", "job"));
  EXPECT_TRUE(keeper_->tend(*cluster_));
  EXPECT_EQ(remote("configmaps", "settings")["data"], json({{"a", "1"}}));
  EXPECT_TRUE(remote("services", "job").is_object());
}

TEST_F(CopyKeeperTest, AllowSecretsHoldsHereToo) {
  home_api_.put(json{{"apiVersion", "neoburst.io/v1alpha1"},
                     {"kind", "NeocloudProvider"},
                     {"metadata", {{"name", "eu"}, {"uid", "eu"}}},
                     {"spec",
                      {{"kubeconfigSecretRef", {{"name", "s"}}},
                       {"profile", "generic"},
                       {"policy", {{"allowSecrets", false}}}}}});
  expect_tended();
  EXPECT_EQ(count("secrets"), 0u);
  EXPECT_TRUE(remote("configmaps", "settings").is_object());
}

TEST_F(CopyKeeperTest, OneThatFailsStopsNoOther) {
  // The provider goes: unused copies go at once.
  json provider = home_api_.objects().at("/apis/neoburst.io/v1alpha1/neocloudproviders/eu");
  provider["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  home_api_.put(provider);
  const burst::Copy old{burst::CopyKind::kSecret, "old", "old"};
  const burst::Copy stuck{burst::CopyKind::kConfigMap, "a-stuck", "stuck"};
  const json root = root_of("team-a", {old, stuck});
  remote_api_.put(root);
  const burst::CopyPlace place{"inst", "team-a", "neoburst"};
  remote_api_.put(*burst::copy_object(place, "root", old, secret("team-a", "old", {})));
  remote_api_.put(*burst::copy_object(place, "root", stuck, config_map("team-a", "stuck", {})));
  remote_api_.refuse(403, [](const net::HttpRequest& request) {
    return (request.method == "POST" && request.target.contains("/services")) ||
           request.target.contains("a-stuck");
  });
  const auto tended = tend();
  ASSERT_FALSE(tended);
  EXPECT_TRUE(tended.error().is(base::Code::kForbidden)) << tended.error().text();
  EXPECT_TRUE(remote("secrets", "token").is_object());
  EXPECT_TRUE(remote("configmaps", "settings").is_object());
  EXPECT_TRUE(remote("secrets", "old").is_null());
}

TEST_F(CopyKeeperTest, NamespacesOfHomeDoNotMeet) {
  json twin_b = twin_of(home_pod("team-b", "two"), "two-1");
  burst::Burst b = burst_of(home_pod("team-b", "two"));
  b.attempt.name = "two-1";
  home_api_.put(home_pod("team-b", "two"));
  home_api_.put(record_of(b));
  home_api_.put(config_map("team-b", "settings", {{"a", "of b"}}));
  home_api_.put(secret("team-b", "token", {{"t", "b2YgYg=="}}));
  remote_api_.put(twin_b);
  expect_tended();
  EXPECT_EQ(count("secrets"), 2u);
  EXPECT_EQ(count("configmaps"), 4u) << "two copies and two roots";
  for (const auto& [path, found] : remote_api_.objects()) {
    if (!path.contains("/secrets/")) continue;
    const bool of_b = found["metadata"]["annotations"][burst::kHomeNamespaceAnnotation] == "team-b";
    EXPECT_EQ(found["data"]["t"], of_b ? "b2YgYg==" : "dG9rZW4=");
  }
}

}  // namespace op::copy_keeper_test
