// Offers that refuse, and pods that somebody other than the scheduler binds to burst nodes.

#include "support/e2e.h"

namespace testing_support::binding_test {

using namespace std::chrono_literals;
using nlohmann::json;

class Binding : public EndToEnd {};

TEST_F(Binding, AnOfferThatRefusesIsFollowedByTheNext) {
  kube::Client& us = sandbox_.admin("neocloud-us");
  ensure_object(us, kResourceQuotas,
                {{"apiVersion", "v1"},
                 {"kind", "ResourceQuota"},
                 {"metadata", {{"namespace", "neoburst"}, {"name", "nothing"}}},
                 {"spec", {{"hard", {{"pods", "0"}}}}}});
  require_within("the quota to hold", 30s, [&] {
    const json quota = find_object(us, kResourceQuotas, "neoburst", "nothing");
    return quota["status"].contains("hard") ? std::string() : std::string("not yet");
  });
  create_claim(open_claim(ns_, "research"), {kEuNode, kUsNode});
  const json created = create_pod(gpu_pod(ns_, "one", "1"));
  EXPECT_EQ(node_of(wait_phase("one", "Succeeded")), kEuNode);
  const json burst = wait_ended(created);
  must_delete(us, kResourceQuotas, "neoburst", "nothing");
  const json refusals = burst["status"].value("refusals", json::array());
  ASSERT_EQ(refusals.size(), 1u) << burst["status"];
  EXPECT_EQ(refusals[0].value("offer", ""), kUsOffer);
  EXPECT_NE(refusals[0].value("message", "").find("quota"), std::string::npos) << refusals[0];
  wait_nothing_left();
}

TEST_F(Binding, APodBoundByHandIsObtainedLateAndRuns) {
  create_claim(eu_claim(ns_, "research"), {kEuNode});
  json bound = gpu_pod(ns_, "one", "1");
  bound["spec"]["nodeName"] = kEuNode;
  const json created = create_pod(bound);
  wait_phase("one", "Succeeded");
  EXPECT_EQ(wait_ended(created)["status"].value("endReason", ""), "Completed");
  wait_nothing_left();
}

TEST_F(Binding, ADaemonSetsPodOnABurstNodeIsLeftAlone) {
  create_claim(eu_claim(ns_, "research"));
  json template_spec = gpu_pod(ns_, "x", "infinity")["spec"];
  template_spec.erase("restartPolicy");
  template_spec["containers"][0].erase("resources");
  template_spec["tolerations"] = {{{"operator", "Exists"}}};
  must_create(home(), kDaemonSets,
              {{"apiVersion", "apps/v1"},
               {"kind", "DaemonSet"},
               {"metadata", {{"namespace", ns_}, {"name", "agent"}}},
               {"spec",
                {{"selector", {{"matchLabels", {{"app", "agent"}}}}},
                 {"template", {{"metadata", {{"labels", {{"app", "agent"}}}}}, {"spec", template_spec}}}}}});
  const auto on_burst_node = [&] {
    for (const json& pod : list_all(home(), kube::kPods, ns_, "app=agent")) {
      if (node_of(pod) == kEuNode) return pod;
    }
    return json();
  };
  require_within("its pod on the burst node", 30s,
                 [&] { return on_burst_node().is_null() ? std::string("none yet") : std::string(); });
  const json before = on_burst_node();
  // A pod of the claim comes and goes on the same node meanwhile.
  create_pod(gpu_pod(ns_, "one", "1"));
  EXPECT_EQ(node_of(wait_phase("one", "Succeeded")), kEuNode);
  const json after = on_burst_node();
  ASSERT_FALSE(after.is_null());
  EXPECT_EQ(uid_of(after), uid_of(before));
  EXPECT_EQ(phase_of(after), "Pending");
  EXPECT_EQ(after["status"].value("reason", ""), "");
  EXPECT_TRUE(burst_of(after).is_null());
}

TEST_F(Binding, DeclaredCapacityIsObtainedLikeObserved) {
  must_create(home(), api::kProviders, declared_provider("declared", "neocloud-eu", {"eu-north1"}, 8));
  neoburst_.wait_condition("declared", "Ready", "True");
  json claim = open_claim(ns_, "research");
  claim["spec"]["providers"] = {{"allow", {"declared"}}};
  create_claim(claim);
  create_pod(gpu_pod(ns_, "one", "1"));
  wait_phase("one", "Succeeded");
  wait_nothing_left();
}

}  // namespace testing_support::binding_test
