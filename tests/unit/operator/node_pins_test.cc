#include "operator/offers/node_pins.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "operator/home/profiled_provider.h"
#include "operator/offers/offer_builder.h"

// Twins of an offer may reach every node of its kind, and none of another.

namespace op::node_pins_test {

using market::CapacityType;
using Nodes = std::vector<std::shared_ptr<const kube::NodeRecord>>;
using Taint = kube::NodeRecord::Taint;

std::shared_ptr<kube::NodeRecord> gpu_node(const std::string& name, kube::StringMap labels,
                                           std::vector<Taint> taints = {}) {
  auto node = std::make_shared<kube::NodeRecord>();
  labels.emplace_back("kubernetes.io/hostname", name);
  std::ranges::sort(labels);
  node->meta.name = name;
  node->meta.labels = std::move(labels);
  node->taints = std::move(taints);
  node->allocatable = {{"nvidia.com/gpu", 8}};
  node->ready = true;
  return node;
}

ProviderView view_of(const std::string& profile, Nodes nodes) {
  api::ProviderRecord record;
  record.meta.name = "acme";
  record.profile = profile;
  ProviderView view;
  view.provider = std::make_shared<const api::ProviderRecord>(
      under_profile(std::move(record), profiles::builtin_profiles()));
  view.nodes_known = true;
  view.nodes = std::move(nodes);
  return view;
}

/// As a scheduler reads node selectors and required node affinity.
bool reaches(const market::Offer& offer, const kube::NodeRecord& node) {
  return std::ranges::all_of(offer.node_requirements, [&](const auto& need) {
    const std::string* value = kube::find_value(node.meta.labels, need.key);
    return need.in == (value != nullptr && std::ranges::find(need.values, *value) != need.values.end());
  });
}

/// "offer: node node", one for each offer.
std::vector<std::string> reach(const ProviderView& view) {
  std::vector<std::string> out;
  for (const auto& offer : build_offers(view)) {
    std::string line = offer.name + ":";
    for (const auto& node : view.nodes) line += reaches(offer, *node) ? " " + node->meta.name : "";
    out.push_back(line);
  }
  return out;
}
using Lines = std::vector<std::string>;

TEST(NodePins, ACardOf40NeverServesAnOfferOf80) {
  const auto p4d = gpu_node("p4d", {{"karpenter.k8s.aws/instance-gpu-name", "a100"},
                                    {"karpenter.k8s.aws/instance-gpu-memory", "40960"}});
  const auto p4de = gpu_node("p4de", {{"karpenter.k8s.aws/instance-gpu-name", "a100"},
                                      {"karpenter.k8s.aws/instance-gpu-memory", "81920"}});
  EXPECT_EQ(reach(view_of("aws", {p4d, p4de})),
            (Lines{"acme-unknown-a100-80gb-ondemand: p4de", "acme-unknown-a100-ondemand: p4d"}));
}

TEST(NodePins, TimeSlicedNodesAreNotReachedByWholeGpus) {
  const kube::StringMap l4{{"cloud.google.com/gke-accelerator", "nvidia-l4"}};
  auto sliced = l4;
  sliced.emplace_back("cloud.google.com/gke-gpu-sharing-strategy", "time-sharing");
  EXPECT_EQ(reach(view_of("gcp", {gpu_node("sliced", sliced), gpu_node("whole", l4)})),
            (Lines{"acme-unknown-l4-ondemand: whole", "acme-unknown-l4-shared-ondemand: sliced"}));
}

TEST(NodePins, NodesOfOneKindWithOtherLabelsAreAllReached) {
  const auto discovered = gpu_node("discovered", {{"cloud.google.com/gke-accelerator", "nvidia-h100-80gb"},
                                                  {"nvidia.com/gpu.product", "NVIDIA-H100-80GB-HBM3"}});
  const auto fresh = gpu_node("fresh", {{"cloud.google.com/gke-accelerator", "nvidia-h100-80gb"}});
  const auto other = gpu_node("other", {{"cloud.google.com/gke-accelerator", "nvidia-l4"}});
  EXPECT_EQ(reach(view_of("gcp", {discovered, fresh, other})),
            (Lines{"acme-unknown-h100-ondemand: discovered fresh", "acme-unknown-l4-ondemand: other"}));
}

TEST(NodePins, TwoMarksOfSpotAreBothReached) {
  const kube::StringMap a10{{"node.kubernetes.io/instance-type", "Standard_NV36ads_A10_v5"},
                            {"nvidia.com/gpu.product", "NVIDIA-A10"}};
  auto pool = a10;
  pool.emplace_back("kubernetes.azure.com/scalesetpriority", "spot");
  auto provisioned = a10;
  provisioned.emplace_back("karpenter.sh/capacity-type", "spot");
  EXPECT_EQ(reach(view_of("azure", {gpu_node("pool", pool), gpu_node("provisioned", provisioned),
                                    gpu_node("steady", a10)})),
            (Lines{"acme-unknown-a10-ondemand: steady", "acme-unknown-a10-spot: pool provisioned"}));
}

TEST(NodePins, WhatIsDeclaredDoesNotGoToNodesOfAnotherKind) {
  auto view = view_of("generic", {gpu_node("a", {{"nvidia.com/gpu.product", "NVIDIA-L4"}})});
  auto provider = *view.provider;
  provider.capacity_mode = api::CapacityMode::kAutoscaling;
  provider.regions = {{"north", "FI", std::nullopt}};
  provider.declared = {{"north", "H100", 8, 80, CapacityType::kOnDemand},
                       {"north", "L4", 16, 24, CapacityType::kOnDemand}};
  view.provider = std::make_shared<const api::ProviderRecord>(provider);
  EXPECT_EQ(reach(view), (Lines{"acme-north-h100-ondemand:", "acme-north-l4-ondemand: a"}))
      << "a node without a region label is in the only region";
}

TEST(NodePins, ATaintThatIsNotToleratedNeedsNoLabel) {
  const kube::StringMap l4{{"nvidia.com/gpu.product", "NVIDIA-L4"}};
  const auto steady = gpu_node("steady", l4);
  const auto spot = gpu_node("spot", l4, {{"cheap", "yes", "NoSchedule"}});
  market::Profile facts;
  facts.capacity_marks = {{market::CapacityMark::Kind::kTaint, "cheap", "", CapacityType::kSpot}};
  facts.spot_tolerations = {{"cheap", true, "", ""}};
  auto view = view_of("generic", {steady, spot});
  auto provider = *view.provider;
  provider.facts = std::make_shared<const market::Profile>(facts);
  view.provider = std::make_shared<const api::ProviderRecord>(provider);
  const auto offers = build_offers(view);
  ASSERT_EQ(offers.size(), 2u);
  EXPECT_EQ(offers[0].node_requirements.size(), 1u) << "twins on demand are kept off by the taint";
  EXPECT_TRUE(reaches(offers[1], *spot));
  EXPECT_FALSE(reaches(offers[1], *steady)) << "spot is not charged for a node on demand";
}

}  // namespace op::node_pins_test
