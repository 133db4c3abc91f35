// One pod, as its owner sees it.

#include "support/e2e.h"

namespace testing_support::single_pod_test {

using namespace std::chrono_literals;
using nlohmann::json;

class SinglePod : public EndToEnd {};

bool has_burst_toleration(const json& pod) {
  for (const json& toleration : pod["spec"].value("tolerations", json::array())) {
    if (toleration.value("key", "") == "neoburst.io/burst") return true;
  }
  return false;
}

TEST_F(SinglePod, BurstsWhenHomeIsFullAndTellsWhereItRuns) {
  create_claim(eu_claim(ns_, "research"));
  const json created = create_pod(gpu_pod(ns_, "one", "2"));
  const json running = wait_phase("one", "Running");
  EXPECT_EQ(node_of(running), kEuNode);
  EXPECT_TRUE(has_burst_toleration(running));
  const json annotations = running["metadata"]["annotations"];
  EXPECT_NE(annotations.value("neoburst.io/offer", "").find("neocloud-eu"), std::string::npos) << annotations;
  EXPECT_NE(annotations.value("neoburst.io/offer", "").find("2.95 USD"), std::string::npos) << annotations;
  wait_phase("one", "Succeeded");
  EXPECT_EQ(wait_ended(created)["status"].value("endReason", ""), "Completed");
}

TEST_F(SinglePod, KubectlKnowsTheNamesThatTheDocsUse) {
  for (const char* names :
       {"gpuclaims,bursts,pods", "gpuclaim,burst", "gpuoffers,neocloudproviders", "neoburst"}) {
    const auto got = kubectl(sandbox_, {"get", names, "--namespace", ns_, "--output", "wide"});
    EXPECT_EQ(got.exit_code, 0) << names << ": " << got.errors;
  }
}

TEST_F(SinglePod, PodsThatNoClaimSelectsStayUntouched) {
  json claim = eu_claim(ns_, "research");
  claim["spec"]["podSelector"] = {{"matchLabels", {{"burst", "yes"}}}};
  create_claim(claim);
  const json other = create_pod(gpu_pod(ns_, "other", "1"));
  json selected = gpu_pod(ns_, "selected", "1");
  selected["metadata"]["labels"] = {{"burst", "yes"}};
  create_pod(selected);
  // Once the later pod has burst, the earlier one has had its chance.
  wait_phase("selected", "Succeeded");
  const json untouched = pod("other");
  EXPECT_EQ(phase_of(untouched), "Pending");
  EXPECT_EQ(node_of(untouched), "");
  EXPECT_FALSE(has_burst_toleration(untouched));
  EXPECT_TRUE(burst_of(untouched).is_null());
  EXPECT_TRUE(untouched["metadata"].value("annotations", json::object()).empty()) << untouched["metadata"];
}

TEST_F(SinglePod, SaysThatItWaitsForCapacityWhileTheProviderIsFull) {
  // Four pods of eight GPUs, not ours, take all the provider has.
  kube::Client& eu = sandbox_.admin("neocloud-eu");
  for (int i = 0; i < 4; ++i) {
    must_create(eu, kube::kPods, gpu_pod("default", "rival-" + std::to_string(i), "infinity", 8));
  }
  create_claim(eu_claim(ns_, "research"));
  require_within("the offer to be full", 30s, [&] {
    const json offer = find_object(home(), api::kOffers, {}, kEuOffer);
    return offer.value("/status/freeGPUs"_json_pointer, -1) == 0 ? std::string() : offer["status"].dump();
  });
  create_pod(gpu_pod(ns_, "one", "1"));
  wait_told("one", "waiting for capacity (claim research)");
  const auto described = kubectl(sandbox_, {"describe", "pod", "--namespace", ns_, "one"});
  EXPECT_NE(described.output.find("waiting for capacity (claim research)"), std::string::npos)
      << described.output;
  for (int i = 0; i < 4; ++i) {
    must_delete(eu, kube::kPods, "default", "rival-" + std::to_string(i), {.grace_seconds = 0});
  }
  wait_phase("one", "Succeeded");
}

TEST_F(SinglePod, NamesTheRuleWhenNothingIsAllowed) {
  json claim = eu_claim(ns_, "research");
  claim["spec"]["price"] = {{"maxPerGPUHour", "1.00"}, {"currency", "USD"}};
  create_claim(claim);
  create_pod(gpu_pod(ns_, "one", "1"));
  EXPECT_EQ(wait_verdict("research", kEuOffer, false).value("rule", ""), "priceCap");
  EXPECT_EQ(wait_verdict("research", kUsOffer, false).value("rule", ""), "country");
  const auto listed = kubectl(sandbox_, {"get", "gpuclaim", "--namespace", ns_, "research", "-o", "wide"});
  EXPECT_NE(listed.output.find("0 of 2 offers fit"), std::string::npos) << listed.output << listed.errors;
  EXPECT_EQ(phase_of(pod("one")), "Pending");
  EXPECT_EQ(joined(leftovers(sandbox_)), "");
}

}  // namespace testing_support::single_pod_test
