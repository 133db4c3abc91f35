// A GPU that was not promised is not started, and its offer is not believed for a while.

#include "support/e2e.h"
#include "support/events.h"

namespace testing_support::gpu_mismatch_test {

using namespace std::chrono_literals;
using nlohmann::json;

class GpuMismatch : public EndToEnd {
 protected:
  /// A provider that declares H100 where it has no nodes yet. Each test has its own, because the operator
  /// remembers for the next test what it has seen of an offer.
  void SetUp() override {
    EndToEnd::SetUp();
    ensure_provider_secret(sandbox_, "neocloud-es");
    const std::string provider = "lab-" + ns_.substr(ns_.rfind('-') + 1);
    offer_ = provider + "-lab-7-h100-ondemand";
    node_ = "neoburst-" + offer_;
    must_create(home(), api::kProviders, declared_provider(provider, "neocloud-es", {"lab-7"}, 8));
    neoburst_.wait_condition(provider, "Ready", "True");
    json claim = open_claim(ns_, "research");
    claim["spec"]["providers"] = {{"allow", {provider}}};
    create_claim(claim, {node_});
  }
  kube::Client& es() { return sandbox_.admin("neocloud-es"); }
  void add_node(const std::string& product) {
    must_create(es(), kube::kNodes, gpu_node(ns_ + "-node", "lab-7", {{"nvidia.com/gpu.product", product}}));
  }

  std::string offer_;
  std::string node_;
};

TEST_F(GpuMismatch, SeenInTimeTheTwinIsGivenBackAndNobodyTriesTheOffer) {
  const json one = create_pod(gpu_pod(ns_, "one", "infinity"));
  wait_twin(one, "neocloud-es");
  add_node("NVIDIA-A100-SXM4-80GB");
  const json event = wait_event(home(), one, "GPUMismatch", "A100");
  EXPECT_NE(event.value("note", "").find("promises H100"), std::string::npos) << event;
  json burst;
  require_alive_within("the refusal", 30s, [&] {
    burst = burst_of(one)["status"];
    return burst.value("/refusals/0/reason"_json_pointer, "") == "GPUMismatch" ? std::string() : burst.dump();
  });
  EXPECT_EQ(burst.value("/attempt/observedGPUModel"_json_pointer, ""), "A100");
  EXPECT_EQ(burst.value("/refusals/0/offer"_json_pointer, ""), offer_);
  EXPECT_EQ(node_of(pod("one")), "");

  const json two = create_pod(gpu_pod(ns_, "two", "infinity"));
  wait_told("two", "was placed on a node with A100");
  EXPECT_TRUE(twins_of(two, "neocloud-es").empty());
  wait_nothing_left();
}

TEST_F(GpuMismatch, ToldByItsNodeOnlyLaterItIsStillSaid) {
  const json one = create_pod(gpu_pod(ns_, "one", "infinity"));
  // The twin goes first: one that is made when the node is known keeps off it, since nothing says its card.
  wait_twin(one, "neocloud-es");
  must_create(es(), kube::kNodes, gpu_node(ns_ + "-node", "lab-7", json::object()));
  EXPECT_EQ(node_of(wait_phase("one", "Running")), node_);
  const json label = {{"metadata", {{"labels", {{"nvidia.com/gpu.product", "NVIDIA-A100-SXM4-80GB"}}}}}};
  ASSERT_TRUE(es().patch(kube::kNodes, {}, ns_ + "-node", kube::PatchType::kMerge, label.dump()));
  wait_event(home(), one, "GPUMismatch", "A100");
  EXPECT_EQ(phase_of(pod("one")), "Running");
}

TEST_F(GpuMismatch, TheRightOneRuns) {
  const json one = create_pod(gpu_pod(ns_, "one", "1"));
  wait_twin(one, "neocloud-es");
  add_node("NVIDIA-H100-80GB-HBM3");
  EXPECT_EQ(node_of(wait_phase("one", "Succeeded")), node_);
  EXPECT_EQ(wait_ended(one)["status"].value("/attempt/observedGPUModel"_json_pointer, ""), "");
}

}  // namespace testing_support::gpu_mismatch_test
