// The objects that a pod refers to go with it, nothing else does, and they go again.

#include "support/references.h"

#include "burst/copies.h"
#include "burst/names.h"
#include "support/e2e.h"

namespace testing_support::references_test {

using namespace std::chrono_literals;
using nlohmann::json;

class References : public EndToEnd {
 protected:
  void SetUp() override {
    EndToEnd::SetUp();
    create_claim(eu_claim(ns_, "research"), {kEuNode});
  }
  kube::Client& eu() { return sandbox_.admin("neocloud-eu"); }
  std::vector<json> copies(const kube::Resource& kind) {
    return copies_at(sandbox_, "neocloud-eu", ns_, kind);
  }
  /// The only copy of that kind, once there is one with `key` at `value` (as it is stored).
  json wait_copy(const kube::Resource& kind, const std::string& key, const std::string& value) {
    json found;
    require_alive_within("a copy with " + key + "=" + value, 40s, [&] {
      const auto all = copies(kind);
      if (all.size() != 1) return std::to_string(all.size()) + " copies";
      found = all.front();
      const bool there = found.contains("data") && found["data"].value(key, "") == value;
      return there ? std::string() : found.value("data", json::object()).dump();
    });
    return found;
  }
  void wait_event(const std::string& name, const std::string& reason, const std::string& text) {
    require_alive_within("event " + reason + " of pod " + name, 40s, [&] {
      std::string all;
      for (const std::string& event : events_of(sandbox_, ns_, name)) {
        if (event.starts_with(reason + ": ") && event.find(text) != std::string::npos) return std::string();
        all += "\n  " + event;
      }
      return "its events are" + all;
    });
  }
  std::string installation() { return uid_of(find_object(home(), kube::kNamespaces, {}, "kube-system")); }
  std::string root_of(const std::string& home_namespace) {
    return burst::root_name(installation(), home_namespace);
  }
  void wait_no_copies() {
    require_alive_within("the copies to be gone", 60s, [&] {
      std::string left;
      for (const auto& kind : {kube::kConfigMaps, kube::kSecrets, kube::kServices}) {
        for (const json& copy : copies(kind)) left += name_of(copy) + " ";
      }
      return left;
    });
  }
};

TEST_F(References, EveryKindOfReferenceGoesAlongAndGoesAgain) {
  must_create(home(), kube::kConfigMaps, config_map(ns_, "settings", {{"a", "1"}, {"b", "2"}}));
  must_create(home(), kube::kConfigMaps, config_map(ns_, "files", {{"train.yaml", "lr: 1"}, {"other", "x"}}));
  must_create(home(), kube::kSecrets, opaque_secret(ns_, "token", {{"wanted", "s3cr3t"}, {"kept", "h0me"}}));
  must_create(home(), kube::kSecrets, opaque_secret(ns_, "all", {{"one", "1"}, {"two", "2"}}));
  must_create(home(), kube::kSecrets, pull_secret(ns_, "registry"));
  json pod = gpu_pod(ns_, "one", "infinity");
  json& main = pod["spec"]["containers"][0];
  main["env"] = json::array({secret_variable("TOKEN", "token", "wanted")});
  main["envFrom"] =
      json::parse(R"([{"configMapRef": {"name": "settings"}}, {"secretRef": {"name": "all"}}])");
  main["volumeMounts"] = json::parse(R"([{"name": "files", "mountPath": "/etc/files"}])");
  pod["spec"]["volumes"] = json::parse(R"([{"name": "files", "projected": {"sources": [
      {"configMap": {"name": "files", "items": [{"key": "train.yaml", "path": "train.yaml"}]}}]}}])");
  pod["spec"]["imagePullSecrets"] = json::parse(R"([{"name": "registry"}])");
  create_pod(pod);
  const json running = wait_phase("one", "Running");
  EXPECT_EQ(node_of(running), kEuNode);

  std::map<std::string, json> data;
  for (const auto& kind : {kube::kConfigMaps, kube::kSecrets}) {
    for (const json& copy : copies(kind)) {
      const json content = copy.value("data", json::object());
      for (const auto& [key, value] : content.items()) data[key] = value;
      EXPECT_FALSE(copy.value("immutable", false));
    }
  }
  EXPECT_TRUE(data.contains("a") && data.contains("b") && data.contains("train.yaml"));
  EXPECT_EQ(data["wanted"], base64("s3cr3t"));
  EXPECT_TRUE(data.contains("one") && data.contains("two") && data.contains(".dockerconfigjson"));
  EXPECT_FALSE(data.contains("kept")) << "nobody refers to this key";
  EXPECT_FALSE(data.contains("other")) << "nobody refers to this key";

  const json twin = wait_twin(running, "neocloud-eu");
  EXPECT_EQ(twin.dump().find("s3cr3t"), std::string::npos) << "never inlined";
  EXPECT_EQ(twin["spec"].value("automountServiceAccountToken", true), false);
  must_delete(home(), kube::kPods, ns_, "one");
  wait_no_copies();
}

TEST_F(References, ChangesReachTheCopyAndADeletedSourceLeavesIt) {
  must_create(home(), kube::kConfigMaps, config_map(ns_, "settings", {{"a", "1"}}));
  must_create(home(), kube::kSecrets, opaque_secret(ns_, "token", {{"t", "old"}}));
  json pod = with_environment(gpu_pod(ns_, "one", "infinity"), "settings");
  pod["spec"]["containers"][0]["env"] = json::array({secret_variable("T", "token", "t")});
  create_pod(pod);
  wait_phase("one", "Running");
  wait_copy(kube::kConfigMaps, "a", "1");
  ensure_object(home(), kube::kConfigMaps, config_map(ns_, "settings", {{"a", "2"}}));
  ensure_object(home(), kube::kSecrets, opaque_secret(ns_, "token", {{"t", "new"}}));
  wait_copy(kube::kConfigMaps, "a", "2");
  wait_copy(kube::kSecrets, "t", base64("new"));
  // A copy that somebody removed comes back, while its pod runs.
  const json removed = wait_copy(kube::kConfigMaps, "a", "2");
  must_delete(home(), kube::kSecrets, ns_, "token");
  must_delete(eu(), kube::kConfigMaps, "neoburst", name_of(removed));
  const json again = wait_copy(kube::kConfigMaps, "a", "2");
  EXPECT_NE(uid_of(again), uid_of(removed));
  wait_copy(kube::kSecrets, "t", base64("new"));
}

TEST_F(References, PodsShareACopyUntilTheLastHasEnded) {
  must_create(home(), kube::kConfigMaps, config_map(ns_, "settings", {{"a", "1"}}));
  create_pod(with_environment(gpu_pod(ns_, "one", "infinity"), "settings"));
  create_pod(with_environment(gpu_pod(ns_, "two", "infinity"), "settings"));
  wait_phase("one", "Running");
  wait_phase("two", "Running");
  const json copy = wait_copy(kube::kConfigMaps, "a", "1");
  must_delete(home(), kube::kPods, ns_, "one");
  wait_gone("one");
  ensure_object(home(), kube::kConfigMaps, config_map(ns_, "settings", {{"a", "2"}}));
  EXPECT_EQ(uid_of(wait_copy(kube::kConfigMaps, "a", "2")), uid_of(copy)) << "still the same copy";
  must_delete(home(), kube::kPods, ns_, "two");
  wait_no_copies();
}

TEST_F(References, AMissingOneWaitsAsWithAnyKubeletAndThenGoesOn) {
  create_pod(with_environment(gpu_pod(ns_, "one", "2"), "settings"));
  wait_told("one", "configmap \"settings\" not found");
  wait_event("one", "Failed", "Error: configmap \"settings\" not found");
  EXPECT_EQ(node_of(pod("one")), "");
  EXPECT_TRUE(twins_of(pod("one"), "neocloud-eu").empty()) << "no GPU is held meanwhile";
  must_create(home(), kube::kConfigMaps, config_map(ns_, "settings", {{"a", "1"}}));
  wait_phase("one", "Succeeded");
}

TEST_F(References, AHeadlessServiceGoesWithItsSubdomain) {
  must_create(home(), kube::kServices, headless_service(ns_, "workers"));
  json pod = gpu_pod(ns_, "one", "infinity");
  pod["metadata"]["labels"] = {{"app", "workers"}};
  pod["spec"]["subdomain"] = "workers";
  create_pod(pod);
  const json running = wait_phase("one", "Running");
  const auto services = copies(kube::kServices);
  ASSERT_EQ(services.size(), 1u);
  EXPECT_EQ(name_of(services[0]), "workers");
  EXPECT_EQ(services[0]["spec"].value("clusterIP", ""), "None");
  const json labels = wait_twin(running, "neocloud-eu")["metadata"]["labels"];
  for (const auto& [key, value] : services[0]["spec"]["selector"].items())
    EXPECT_EQ(labels.value(key, ""), value);
  must_delete(home(), kube::kPods, ns_, "one");
  wait_no_copies();
}

TEST_F(References, AServiceNameThatIsTakenRefusesThePod) {
  json foreign = headless_service("neoburst", "workers");
  foreign["metadata"]["labels"][kTestLabel] = "1";
  must_create(eu(), kube::kServices, foreign);
  must_create(home(), kube::kServices, headless_service(ns_, "workers"));
  must_create(home(), kube::kSecrets, opaque_secret(ns_, "token", {{"t", "v"}}));
  json pod = gpu_pod(ns_, "one", "infinity");
  pod["spec"]["subdomain"] = "workers";
  pod["spec"]["containers"][0]["env"] = json::array({secret_variable("T", "token", "t")});
  create_pod(pod);
  wait_event("one", "OfferRefused", "Service workers in namespace neoburst at the provider is not ours");
  EXPECT_TRUE(copies(kube::kSecrets).empty()) << "a pod that cannot go there leaves no Secret there";
  must_delete(home(), kube::kPods, ns_, "one");
  wait_no_copies();
  require_alive_within("the root to be gone", 60s, [&] {
    const json root = find_object(eu(), kube::kConfigMaps, "neoburst", root_of(ns_));
    return root.is_null() ? std::string() : root.dump();
  });
  const json still = find_object(eu(), kube::kServices, "neoburst", "workers");
  must_delete(eu(), kube::kServices, "neoburst", "workers");
  EXPECT_EQ(still["spec"]["selector"], foreign["spec"]["selector"]) << "never touched";
}

// Objects that a provider writes into its own cluster cause no copy there.
TEST_F(References, AForgedRootOrTwinGetsNothing) {
  const std::string credentials = "cr3dent1als-of-" + ns_, others = "0ther-t3am-" + ns_;
  json stolen = opaque_secret("neoburst-system", "stolen", {{"kubeconfig", credentials}});
  stolen["metadata"]["labels"][kTestLabel] = "1";
  must_create(home(), kube::kSecrets, stolen);
  must_create(home(), kube::kSecrets, opaque_secret(ns_, "private", {{"p", others}}));
  json victim = gpu_pod(ns_, "victim", "infinity");
  victim["spec"]["nodeSelector"] = {{"none", "such"}};  // it bursts nowhere
  victim["spec"]["containers"][0]["env"] = json::array({secret_variable("P", "private", "p")});
  create_pod(victim);

  const burst::CopyPlace place{installation(), "neoburst-system", "neoburst"};
  json root = burst::make_root(place);
  root["data"] = json::object({burst::root_entry({burst::CopyKind::kSecret, "stolen-1", "stolen"})});
  must_create(eu(), kube::kConfigMaps, root);
  json twin = gpu_pod("neoburst", "forged", "infinity");
  twin["spec"]["nodeSelector"] = {{"none", "such"}};
  twin["metadata"]["labels"] = {{burst::kInstallationLabel, installation()},
                                {burst::kRoleLabel, "twin"},
                                {burst::kPodUidLabel, uid_of(this->pod("victim"))}};
  const auto needs = burst::copies_of({installation(), ns_, "neoburst"}, *burst::references_of(victim));
  ASSERT_EQ(needs.size(), 1u);
  twin["metadata"]["annotations"] = {{burst::kHomePodAnnotation, ns_ + "/victim"},
                                     {burst::kCopiesAnnotation, needs[0].name}};
  must_create(eu(), kube::kPods, twin);

  // A pod that does burst gets what is its own, and changes of it, meanwhile.
  must_create(home(), kube::kConfigMaps, config_map(ns_, "settings", {{"a", "1"}}));
  create_pod(with_environment(gpu_pod(ns_, "one", "infinity"), "settings"));
  wait_phase("one", "Running");
  for (const char* value : {"2", "3"}) {
    ensure_object(home(), kube::kConfigMaps, config_map(ns_, "settings", {{"a", value}}));
    wait_copy(kube::kConfigMaps, "a", value);
  }
  require_alive_within("the forged root to be gone", 90s, [&] {
    const json still = find_object(eu(), kube::kConfigMaps, "neoburst", name_of(root));
    return still.is_null() ? std::string() : still.dump();
  });
  for (const std::string& value : {credentials, others})
    EXPECT_EQ(joined(places_of(sandbox_, "neocloud-eu", {value, base64(value)})), "");
  EXPECT_TRUE(copies(kube::kSecrets).empty());
  must_delete(eu(), kube::kPods, "neoburst", "forged", {.grace_seconds = 0});
  must_delete(home(), kube::kSecrets, "neoburst-system", "stolen");
}

TEST_F(References, AMissingVolumeSourceIsToldAsAKubeletTellsIt) {
  json pod = gpu_pod(ns_, "one", "2");
  pod["spec"]["containers"][0]["volumeMounts"] =
      json::parse(R"([{"name": "files", "mountPath": "/etc/files"}])");
  pod["spec"]["volumes"] = json::parse(R"([{"name": "files", "secret": {"secretName": "later"}}])");
  create_pod(pod);
  wait_event("one", "FailedMount",
             "MountVolume.SetUp failed for volume \"files\" : secret \"later\" not found");
  must_create(home(), kube::kSecrets, opaque_secret(ns_, "later", {{"t", "v"}}));
  wait_phase("one", "Succeeded");
}

TEST_F(References, AnOptionalOneThatComesLaterReachesTheLiveTwin) {
  json pod = with_environment(gpu_pod(ns_, "one", "infinity"), "settings");
  pod["spec"]["containers"][0]["envFrom"][0]["configMapRef"]["optional"] = true;
  create_pod(pod);
  wait_phase("one", "Running");
  EXPECT_TRUE(copies(kube::kConfigMaps).empty());
  must_create(home(), kube::kConfigMaps, config_map(ns_, "settings", {{"a", "1"}}));
  wait_copy(kube::kConfigMaps, "a", "1");
}

TEST_F(References, ASecretGoesNowhereButToItsCopy) {
  const std::string wanted = "v4lu3-that-goes", kept = "v4lu3-that-stays";
  must_create(home(), kube::kSecrets, opaque_secret(ns_, "token", {{"wanted", wanted}, {"kept", kept}}));
  json pod = gpu_pod(ns_, "one", "infinity");
  pod["spec"]["containers"][0]["env"] = json::array({secret_variable("T", "token", "wanted")});
  create_pod(pod);
  wait_phase("one", "Running");
  const auto places = places_of(sandbox_, "neocloud-eu", {wanted, base64(wanted)});
  ASSERT_EQ(places.size(), 1u) << joined(places);
  EXPECT_TRUE(places[0].starts_with("Secret ")) << places[0];
  EXPECT_EQ(joined(places_of(sandbox_, "neocloud-eu", {kept, base64(kept)})), "");
  EXPECT_EQ(joined(places_of(sandbox_, "neocloud-us", {wanted, base64(wanted), kept})), "");
  for (const std::string& value : {wanted, base64(wanted), kept, base64(kept)}) {
    EXPECT_EQ(read_text(neoburst_.operator_process().log()).find(value), std::string::npos);
    for (const auto& kind : {kube::kEvents, kube::kPods, api::kBursts, api::kClaims}) {
      for (const json& object : list_all(home(), kind, ns_)) {
        EXPECT_EQ(object.dump().find(value), std::string::npos) << object.dump();
      }
    }
  }
  const json twin = wait_twin(this->pod("one"), "neocloud-eu");
  EXPECT_EQ(twin.dump().find("serviceAccountToken"), std::string::npos) << twin["spec"]["volumes"];
}

}  // namespace testing_support::references_test
