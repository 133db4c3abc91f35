#include "operator/references/references.h"

#include <gtest/gtest.h>

#include <future>
#include <set>

#include "burst/names.h"
#include "fake_api_server.h"

namespace op::references_test {

using nlohmann::json;
using Kind = ReferenceVerdict::Kind;

const std::string kRemote = "/api/v1/namespaces/neoburst/";

json object(const std::string& kind, const std::string& name) {
  return {{"apiVersion", "v1"}, {"kind", kind}, {"metadata", {{"namespace", "team-a"}, {"name", name}}}};
}

json secret(const std::string& type = "Opaque", const std::string& key = "t") {
  json out = object("Secret", "token");
  out["type"] = type;
  out["data"] = {{key, "dg=="}, {"other", "bm8="}};
  return out;
}

json config_map(const std::string& value) {
  json out = object("ConfigMap", "settings");
  out["data"] = {{"a", value}};
  return out;
}

/// All of ConfigMap settings, key t of Secret token, and a subdomain.
json pod() {
  json out = object("Pod", "one");
  out["spec"] = json::parse(R"({"subdomain": "job", "containers": [{"name": "main",
      "envFrom": [{"configMapRef": {"name": "settings"}}],
      "env": [{"name": "T", "valueFrom": {"secretKeyRef": {"name": "token", "key": "t"}}}]}]})");
  return out;
}

struct World {
  FakeApiServer home_api;
  FakeApiServer remote_api;
  std::unique_ptr<kube::Client> home = FakeApiClient::of(home_api);
  RemoteCluster cluster{"eu",
                        {"neoburst", ""},
                        FakeApiClient::of(remote_api),
                        Permissions{.missing = {}, .copy_secrets = true, .copy_services = true},
                        "inst",
                        [](const std::string&, kube::Urgency) {},
                        [] {}};
  World() {
    home_api.put(config_map("1"));
    home_api.put(secret());
    json service = object("Service", "job");
    service["spec"] = {{"clusterIP", "None"}, {"ports", {{{"port", 80}}}}};
    home_api.put(service);
  }
  ReferenceVerdict ensure(References& references, const burst::PodPolicy& policy = {}) {
    auto verdict = references.ensure(cluster, pod(), "neoburst", policy);
    EXPECT_TRUE(verdict) << verdict.error().text();
    return verdict ? *verdict : ReferenceVerdict{};
  }
  json remote(const std::string& kind, const std::string& name_begins) const {
    for (const auto& [path, found] : remote_api.objects()) {
      if (path.starts_with(kRemote + kind + "/" + name_begins)) return found;
    }
    return nullptr;
  }
  json root() const { return remote("configmaps", burst::root_name("inst", "team-a")); }
  /// There is nothing that the root does not list.
  void expect_all_listed() const {
    std::set<std::string> listed;
    for (const auto& copy : burst::listed_copies(root())) listed.insert(copy.name);
    for (const auto& [path, found] : remote_api.objects()) {
      if (found["metadata"]["labels"].value("neoburst.io/role", "") == "root") continue;
      EXPECT_TRUE(listed.contains(found["metadata"]["name"].get<std::string>())) << path;
    }
  }
  void expect_whole() const {
    const json all_of = root();
    ASSERT_TRUE(all_of.is_object());
    EXPECT_EQ(all_of["data"].size(), 3u) << all_of;
    EXPECT_EQ(remote_api.objects().size(), 4u);
    for (const auto& [kind, name] :
         {std::pair{"configmaps", "settings"}, std::pair{"secrets", "token"}, std::pair{"services", "job"}}) {
      const json copy = remote(kind, name);
      ASSERT_TRUE(copy.is_object()) << name;
      EXPECT_EQ(copy["metadata"]["ownerReferences"][0]["uid"], all_of["metadata"]["uid"]) << name;
    }
    EXPECT_EQ(remote("secrets", "token")["data"], json({{"t", "dg=="}}));
  }
};

TEST(References, EverythingGoesAlongOnce) {
  World w;
  References references(*w.home, "inst");
  EXPECT_EQ(w.ensure(references).kind, Kind::kReady);
  w.expect_whole();
  const int writes = w.remote_api.writes();
  EXPECT_EQ(w.ensure(references).kind, Kind::kReady);
  EXPECT_EQ(w.remote_api.writes(), writes) << "the next pod of the job finds it there";
}

TEST(References, AKillAtAnyWriteHeals) {
  for (const bool carried_out : {false, true}) {
    int writes = 0;
    for (bool died = true; died; ++writes) {
      World w;
      References before(*w.home, "inst");
      w.remote_api.die_at(writes, carried_out);
      (void)before.ensure(w.cluster, pod(), "neoburst", {});
      died = w.remote_api.revive();
      w.expect_all_listed();
      References after(*w.home, "inst");  // another process: nothing is remembered
      EXPECT_EQ(w.ensure(after).kind, Kind::kReady);
      w.expect_whole();
    }
    EXPECT_GT(writes, 4);
  }
}

TEST(References, AKillAtAnyWriteOfTheRemovalHeals) {
  for (const bool carried_out : {false, true}) {
    int writes = 0;
    for (bool died = true; died; ++writes) {
      World w;
      References references(*w.home, "inst");
      w.ensure(references);
      const auto remove_all = [&] {
        CopyStore store({"inst", "team-a", "neoburst"});
        const auto found = store.read_root(w.cluster);
        if (!found || !*found) return;
        for (const auto& copy : std::vector(store.listed())) {
          if (!store.remove(w.cluster, copy)) return;
        }
        (void)store.remove_root(w.cluster);
      };
      w.remote_api.die_at(writes, carried_out);
      remove_all();
      died = w.remote_api.revive();
      remove_all();
      EXPECT_TRUE(w.remote_api.objects().empty());
    }
    EXPECT_GT(writes, 6);
  }
}

TEST(References, AForeignObjectIsNeverTouched) {
  for (const char* kind : {"Secret", "Service", "ConfigMap"}) {
    World w;
    References first(*w.home, "inst");
    w.ensure(first);
    const std::string plural = kind == std::string("Secret")    ? "secrets"
                               : kind == std::string("Service") ? "services"
                                                                : "configmaps";
    const std::string name = plural == "services" ? "job" : plural == "secrets" ? "token" : "settings";
    json foreign = w.remote(plural, name);
    for (const auto& [path, found] : w.remote_api.objects()) w.remote_api.erase(path);
    foreign["metadata"]["labels"]["neoburst.io/installation"] = "another";
    w.remote_api.put(foreign);
    const json before = w.remote(plural, name);
    References references(*w.home, "inst");
    const auto verdict = w.ensure(references);
    EXPECT_EQ(verdict.kind, Kind::kRefused) << kind;
    EXPECT_NE(verdict.refusal.find("is not ours"), std::string::npos) << verdict.refusal;
    EXPECT_EQ(w.remote(plural, name), before);
  }
}

TEST(References, AChangedSourceIsWrittenToItsCopy) {
  World w;
  References references(*w.home, "inst");
  w.ensure(references);
  const json before = w.remote("configmaps", "settings");
  w.home_api.put(config_map("2"));
  w.ensure(references);
  const json after = w.remote("configmaps", "settings");
  EXPECT_EQ(after["data"]["a"], "2");
  EXPECT_EQ(after["metadata"]["uid"], before["metadata"]["uid"]);
}

TEST(References, ASecretOfAnotherTypeIsMadeAnew) {
  World w;
  json puller = pod();
  puller["spec"]["imagePullSecrets"] = json::array({{{"name", "token"}}});
  References references(*w.home, "inst");
  ASSERT_TRUE(references.ensure(w.cluster, puller, "neoburst", {}));
  EXPECT_EQ(w.remote("secrets", "token")["type"], "Opaque");
  json changed = secret("kubernetes.io/dockerconfigjson", ".dockerconfigjson");
  changed["data"]["t"] = "dg==";
  w.home_api.put(changed);
  ASSERT_TRUE(references.ensure(w.cluster, puller, "neoburst", {}));
  EXPECT_EQ(w.remote("secrets", "token")["type"], "kubernetes.io/dockerconfigjson");
}

TEST(References, WhatIsMissingCostsTheProviderNothing) {
  World w;
  w.home_api.erase("/api/v1/namespaces/team-a/secrets/token");
  References references(*w.home, "inst");
  const auto verdict = w.ensure(references);
  EXPECT_EQ(verdict.kind, Kind::kMissing);
  EXPECT_EQ(verdict.missing.message, "secret \"token\" not found");
  EXPECT_EQ(w.remote_api.writes(), 0);
}

TEST(References, TypesAndRightsRefuse) {
  World w;
  References references(*w.home, "inst");
  burst::PodPolicy policy;
  policy.secret_types = {"kubernetes.io/tls"};
  EXPECT_EQ(w.ensure(references, policy).kind, Kind::kRefused);
  EXPECT_EQ(w.remote_api.writes(), 0);

  w.home_api.put(secret());
  RemoteCluster old{"eu",          {"neoburst", ""}, FakeApiClient::of(w.remote_api),
                    Permissions{}, "inst",           [](const std::string&, kube::Urgency) {},
                    [] {}};
  const auto verdict = references.ensure(old, pod(), "neoburst", {});
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->kind, Kind::kRefused);
  EXPECT_NE(verdict->refusal.find("docs/provider-access.yaml"), std::string::npos) << verdict->refusal;
  EXPECT_EQ(w.remote_api.writes(), 0);
}

TEST(References, WhatNoProviderCanBeGivenWaitsForPeople) {
  World w;
  References references(*w.home, "inst");
  w.home_api.put(secret("kubernetes.io/service-account-token"));
  auto verdict = w.ensure(references);
  EXPECT_EQ(verdict.kind, Kind::kMissing);
  EXPECT_EQ(verdict.missing.event_reason, "CannotBurst");
  EXPECT_NE(verdict.missing.message.find("tokens of this cluster"), std::string::npos);

  w.home_api.refuse(403,
                    [](const net::HttpRequest& request) { return request.target.contains("/secrets/"); });
  verdict = w.ensure(references);
  EXPECT_EQ(verdict.kind, Kind::kMissing);
  EXPECT_EQ(verdict.missing.event_reason, "CannotBurst");
  EXPECT_NE(verdict.missing.message.find("may not read Secret team-a/token"), std::string::npos)
      << verdict.missing.message;
  EXPECT_EQ(w.remote_api.writes(), 0);
}

TEST(References, AProviderThatFailsAtACopyRefuses) {
  for (const int code : {403, 422, 500, 503}) {
    World w;
    References references(*w.home, "inst");
    w.remote_api.refuse(code,
                        [](const net::HttpRequest& request) { return request.target.contains("/secrets"); });
    EXPECT_EQ(w.ensure(references).kind, Kind::kRefused) << code;
  }
  World w;
  References references(*w.home, "inst");
  w.remote_api.refuse(429,
                      [](const net::HttpRequest& request) { return request.target.contains("/secrets"); });
  const auto verdict = references.ensure(w.cluster, pod(), "neoburst", {});
  ASSERT_FALSE(verdict);
  EXPECT_TRUE(verdict.error().is(base::Code::kThrottled)) << "it asks for patience";
}

TEST(References, ARefusedServiceLeavesNoSecret) {
  World w;
  References references(*w.home, "inst");
  w.remote_api.refuse(403,
                      [](const net::HttpRequest& request) { return request.target.contains("/services"); });
  EXPECT_EQ(w.ensure(references).kind, Kind::kRefused);
  EXPECT_TRUE(w.remote("secrets", "token").is_null());
  EXPECT_TRUE(w.remote("configmaps", "settings").is_null());
}

TEST(References, NobodyWaitsLongForWhatOthersAreAt) {
  World w;
  References references(*w.home, "inst");
  std::promise<void> asked, go_on;
  w.remote_api.refuse(503, [&, told = false](const net::HttpRequest& request) mutable {
    if (!told && request.target.contains("/configmaps")) {
      told = true;
      asked.set_value();
      go_on.get_future().wait();
    }
    return false;
  });
  auto slow =
      std::async(std::launch::async, [&] { return references.ensure(w.cluster, pod(), "neoburst", {}); });
  asked.get_future().wait();
  const auto from = std::chrono::steady_clock::now();
  const auto verdict = references.ensure(w.cluster, pod(), "neoburst", {});
  const auto lasted = std::chrono::steady_clock::now() - from;
  go_on.set_value();
  ASSERT_FALSE(verdict);
  EXPECT_TRUE(verdict.error().is(base::Code::kThrottled)) << verdict.error().text();
  EXPECT_TRUE(verdict.error().retry_after);
  EXPECT_LT(lasted, std::chrono::seconds(3));
  EXPECT_EQ(slow.get()->kind, Kind::kReady);
}

TEST(References, WhatAdmissionDeniesDoesNotCostTheCopy) {
  World w;
  References references(*w.home, "inst");
  w.ensure(references);
  const json before = w.remote("configmaps", "settings");
  w.home_api.put(config_map("2"));
  // A ValidatingAdmissionPolicy answers as a broken rule of the kind itself does.
  w.remote_api.refuse(422, [](const net::HttpRequest& request) {
    return request.method != "DELETE" && request.target.contains("/configmaps") &&
           request.body.contains("\"2\"");
  });
  EXPECT_EQ(w.ensure(references).kind, Kind::kRefused);
  EXPECT_EQ(w.remote("configmaps", "settings"), before);
}

}  // namespace op::references_test
