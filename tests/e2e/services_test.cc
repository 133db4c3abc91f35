// Pods that Services select: without an address at home they would be Ready and in no EndpointSlice,
// silently.

#include "support/e2e.h"
#include "support/events.h"

namespace testing_support::services_test {

using namespace std::chrono_literals;
using nlohmann::json;

class Services : public EndToEnd {
 protected:
  void TearDown() override {
    if (cordoned_) cordon(false);
    EndToEnd::TearDown();
  }
  void cordon(bool on) {
    cordoned_ = on;
    const json patch = {{"spec", {{"unschedulable", on ? json(true) : json()}}}};
    EXPECT_TRUE(home().patch(kube::kNodes, {}, kEuNode, kube::PatchType::kMerge, patch.dump()));
  }
  void create_service(const std::string& name, const json& spec) {
    must_create(home(), kube::kServices,
                {{"apiVersion", "v1"},
                 {"kind", "Service"},
                 {"metadata", {{"namespace", ns_}, {"name", name}}},
                 {"spec", spec}});
  }
  void create_web_service() {
    create_service("web", {{"selector", {{"app", "web"}}}, {"ports", {{{"port", 80}}}}});
  }
  json web_pod(const std::string& name) {
    json pod = gpu_pod(ns_, name, "infinity");
    pod["metadata"]["labels"] = {{"app", "web"}};
    return pod;
  }

 private:
  bool cordoned_ = false;
};

TEST_F(Services, APodThatOneSelectsWaitsAtHomeUntilItGoes) {
  create_claim(eu_claim(ns_, "research"), {kEuNode});
  create_web_service();
  const json created = create_pod(web_pod("one"));
  wait_told("one", "Service web selects the pod");
  const json event = wait_event(home(), created, "SelectedByService", "spec.network.services");
  EXPECT_EQ(event.value("type", ""), "Warning");
  EXPECT_EQ(node_of(pod("one")), "");
  EXPECT_TRUE(twins_of(created, "neocloud-eu").empty());

  must_delete(home(), kube::kServices, ns_, "web");
  EXPECT_EQ(node_of(wait_phase("one", "Running")), kEuNode);
}

TEST_F(Services, OneThatComesWhileGpusAreHeldGivesThemBack) {
  json claim = eu_claim(ns_, "research");
  claim["spec"]["burst"]["after"] = "3s";
  create_claim(claim, {kEuNode});
  const json created = create_pod(web_pod("one"));
  require_alive_within("the PodBurst", 30s,
                       [&] { return burst_of(created).is_null() ? "none yet" : std::string(); });
  cordon(true);  // nobody binds to it, so that the reservation stays
  require_alive_within("the reservation", 30s, [&] {
    const json annotations = pod("one")["metadata"].value("annotations", json::object());
    return annotations.contains("neoburst.io/reserved") ? std::string() : burst_of(created).dump();
  });
  create_web_service();
  wait_told("one", "Service web selects the pod");
  wait_nothing_left();
  const json annotations = pod("one")["metadata"].value("annotations", json::object());
  EXPECT_FALSE(annotations.contains("neoburst.io/reserved")) << annotations;
  EXPECT_EQ(node_of(pod("one")), "");
}

TEST_F(Services, AHomeGpuThatComesFreeIsTakenMeanwhile) {
  create_claim(eu_claim(ns_, "research"), {kEuNode});
  create_web_service();
  create_pod(web_pod("one"));
  wait_told("one", "Service web selects the pod");
  neoburst_.free_home();
  EXPECT_EQ(node_of(wait_phase("one", "Running")), "home-gpu-0");
}

TEST_F(Services, TheClaimMayAllowIt) {
  json claim = eu_claim(ns_, "research");
  create_claim(claim, {kEuNode});
  create_web_service();
  const json created = create_pod(web_pod("one"));
  wait_told("one", "Service web selects the pod");
  const json allow = {{"spec", {{"network", {{"services", "Allow"}}}}}};
  ASSERT_TRUE(home().patch(api::kClaims, ns_, "research", kube::PatchType::kMerge, allow.dump()));
  EXPECT_EQ(node_of(wait_phase("one", "Running")), kEuNode);
  EXPECT_EQ(pod("one")["status"].value("podIP", ""), "") << "addresses are hidden unless they are published";
}

TEST_F(Services, ThoseThatNeedNoAddressAreNotCounted) {
  create_claim(eu_claim(ns_, "research"), {kEuNode});
  create_service("web", {{"clusterIP", "None"}, {"selector", {{"app", "web"}}}, {"ports", {{{"port", 80}}}}});
  create_service("alias",
                 {{"type", "ExternalName"}, {"externalName", "example.com"}, {"selector", {{"app", "web"}}}});
  create_service("manual", {{"ports", {{{"port", 80}}}}});
  json wanted = web_pod("one");
  wanted["spec"]["subdomain"] = "web";
  wanted["spec"]["hostname"] = "one";
  create_pod(wanted);
  EXPECT_EQ(node_of(wait_phase("one", "Running")), kEuNode);
}

TEST_F(Services, OneThatComesLaterLeavesThePodRunningAndWarns) {
  create_claim(eu_claim(ns_, "research"), {kEuNode});
  const json created = create_pod(web_pod("one"));
  wait_phase("one", "Running");
  create_web_service();
  wait_event(home(), created, "SelectedByService", "Service web");
  EXPECT_EQ(phase_of(pod("one")), "Running");
  EXPECT_EQ(uid_of(pod("one")), uid_of(created));
}

}  // namespace testing_support::services_test
