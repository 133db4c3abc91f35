// Pods that no provider can run, or that lack something: their events say so, and they lose nothing by it.

#include "burst/names.h"
#include "support/e2e.h"
#include "support/events.h"
#include "support/references.h"

namespace testing_support::refused_pod_test {

using namespace std::chrono_literals;
using nlohmann::json;

class RefusedPod : public EndToEnd {
 protected:
  void SetUp() override {
    EndToEnd::SetUp();
    create_claim(open_claim(ns_, "research"), {kEuNode, kUsNode});
  }
  json with_volume(const std::string& name, json volume) const {
    json pod = gpu_pod(ns_, name, "infinity");
    volume["name"] = "data";
    pod["spec"]["volumes"] = json::array({volume});
    pod["spec"]["containers"][0]["volumeMounts"] = {{{"name", "data"}, {"mountPath", "/data"}}};
    return pod;
  }
  /// Nothing of it was ever sent to a provider.
  void expect_nothing_sent(const json& pod) {
    for (const SeenPod& seen : recorder_->history().pods) {
      const std::string* uid = kube::find_value(seen.object->meta.labels, burst::kPodUidLabel);
      EXPECT_TRUE(seen.cluster == "home" || uid == nullptr || *uid != uid_of(pod)) << seen.cluster;
    }
    for (const char* provider : {"neocloud-eu", "neocloud-us"}) {
      for (const auto& kind : {kube::kConfigMaps, kube::kSecrets, kube::kServices})
        EXPECT_TRUE(copies_at(sandbox_, provider, ns_, kind).empty()) << provider << " " << kind.kind;
    }
  }
};

TEST_F(RefusedPod, WhatNoProviderCanGiveIsToldAndThePodStaysAtHome) {
  const json token = create_pod(with_volume(
      "token", json::parse(R"({"projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}})")));
  wait_event(home(), token, "CannotBurst",
             "projected.serviceAccountToken: tokens of service accounts never leave home");
  const json share = create_pod(
      with_volume("share", json::parse(R"({"nfs": {"server": "nas.example.com", "path": "/data"}})")));
  const json event =
      wait_event(home(), share, "CannotBurst", "volume data: nfs: the data is at home and does not go along");
  EXPECT_EQ(event.value("type", ""), "Warning");
  wait_told("share", "the pod cannot burst");
  for (const json& pod : {token, share}) {
    EXPECT_EQ(node_of(this->pod(name_of(pod))), "");
    expect_nothing_sent(pod);
  }
  // At home it runs as if there were no Neoburst.
  neoburst_.free_home();
  EXPECT_EQ(node_of(wait_phase("share", "Running")), "home-gpu-0");
}

TEST_F(RefusedPod, WhatEveryPolicyKeepsOutIsToldForEachOffer) {
  const json created =
      create_pod(with_volume("host", json::parse(R"({"hostPath": {"path": "/var/lib/data"}})")));
  for (const char* offer : {kEuOffer, kUsOffer}) {
    wait_event(home(), created, "OfferRefused",
               "offer " + std::string(offer) +
                   " did not take this pod: the provider's policy does not allow it: volume data: hostPath");
  }
  EXPECT_EQ(node_of(pod("host")), "");
  expect_nothing_sent(created);
}

TEST_F(RefusedPod, AMissingPullSecretIsToldAndThePodRunsAllTheSame) {
  must_create(home(), kube::kSecrets, pull_secret(ns_, "registry"));
  json wanted = gpu_pod(ns_, "one", "infinity");
  wanted["spec"]["imagePullSecrets"] = {{{"name", "registry"}}, {{"name", "forgotten"}}};
  const json created = create_pod(wanted);
  const json running = wait_phase("one", "Running");
  EXPECT_TRUE(node_of(running) == kUsNode) << node_of(running);
  const json event = wait_event(home(), created, "FailedToRetrieveImagePullSecret", "forgotten");
  EXPECT_EQ(event.value("note", "").find("registry"), std::string::npos) << "that one is there";
  EXPECT_EQ(copies_at(sandbox_, "neocloud-us", ns_, kube::kSecrets).size(), 1u);
}

}  // namespace testing_support::refused_pod_test
