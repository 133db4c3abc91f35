#include "operator/offers/node_dialect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "profiles/profiles.h"

namespace op::node_dialect_test {

using kube::NodeRecord;
using market::CapacityMark;
using market::CapacityType;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using Taint = NodeRecord::Taint;

const market::Profile& built_in(std::string_view name) {
  const auto& known = profiles::builtin_profiles();
  const auto found = known.find(name);
  EXPECT_NE(found, known.end()) << name;
  static const market::Profile none;
  return found == known.end() ? none : found->second;
}

NodeRecord node(kube::StringMap labels, std::vector<Taint> taints = {}) {
  NodeRecord out;
  std::ranges::sort(labels);
  out.meta.name = "node";
  out.meta.labels = std::move(labels);
  out.taints = std::move(taints);
  out.ready = true;
  return out;
}

TEST(NodeDialect, NodesOfEachProviderAreRead) {
  struct Case {
    std::string profile;
    kube::StringMap labels;
    std::string region;
    std::string model;
    std::int64_t memory_gib;
    CapacityType type;
  };
  const std::vector<Case> cases = {
      {"coreweave",
       {{"gpu.nvidia.com/class", "H100_NVLINK_80GB"},
        {"gpu.nvidia.com/model", "H100_NVLINK_80GB"},
        {"cloud.google.com/gke-accelerator", "a100_nvlink_80gb"},
        {"topology.kubernetes.io/region", "EU-SOUTH-03"}},
       "EU-SOUTH-03",
       "H100",
       80,
       CapacityType::kOnDemand},
      {"nebius",
       {{"nebius.com/gpu-name", "L40S"},
        {"nebius.com/preemptible", "true"},
        {"topology.kubernetes.io/region", "eu-north1"}},
       "eu-north1",
       "L40S",
       48,
       CapacityType::kSpot},
      {"gcp",
       {{"cloud.google.com/gke-accelerator", "nvidia-h100-80gb"},
        {"cloud.google.com/gke-spot", "true"},
        {"topology.kubernetes.io/region", "europe-west4"}},
       "europe-west4",
       "H100",
       80,
       CapacityType::kSpot},
      {"generic",
       {{"nvidia.com/gpu.product", "NVIDIA-H200"}, {"nvidia.com/gpu.memory", "143771"}},
       "",
       "H200",
       141,
       CapacityType::kOnDemand},
      {"generic", {{"kubernetes.io/hostname", "a"}}, "", "", 0, CapacityType::kOnDemand},
  };
  for (const auto& c : cases) {
    const auto kind = kind_of(node(c.labels), built_in(c.profile));
    EXPECT_EQ(kind.region, c.region) << c.profile;
    EXPECT_EQ(kind.gpu.model, c.model) << c.profile;
    EXPECT_EQ(kind.gpu.memory_gib, c.memory_gib) << c.profile;
    EXPECT_EQ(kind.type, c.type) << c.profile;
  }
}

TEST(NodeDialect, ACardThatNobodyKnowsHasNoModel) {
  const auto kind = kind_of(node({{"nvidia.com/gpu.product", "NVIDIA-X999"}}), built_in("generic"));
  EXPECT_EQ(kind.gpu.model, "");
  EXPECT_EQ(kind.gpu.product, "NVIDIA-X999");
}

TEST(NodeDialect, TheMarksOfTheCloudsCountUnderEveryProfile) {
  const auto& generic = built_in("generic");
  const std::vector<std::tuple<std::string, std::string, CapacityType>> cases = {
      {"karpenter.sh/capacity-type", "spot", CapacityType::kSpot},
      {"karpenter.sh/capacity-type", "reserved", CapacityType::kReserved},
      {"karpenter.sh/capacity-type", "on-demand", CapacityType::kOnDemand},
      {"eks.amazonaws.com/capacityType", "SPOT", CapacityType::kSpot},
      {"eks.amazonaws.com/capacityType", "CAPACITY_BLOCK", CapacityType::kReserved},
      {"eks.amazonaws.com/capacityType", "ON_DEMAND", CapacityType::kOnDemand},
      {"cloud.google.com/gke-spot", "true", CapacityType::kSpot},
      {"cloud.google.com/gke-preemptible", "true", CapacityType::kSpot},
      {"kubernetes.azure.com/scalesetpriority", "spot", CapacityType::kSpot},
      {"node.kubernetes.io/lifecycle", "spot", CapacityType::kSpot},
  };
  for (const auto& [key, value, type] : cases) {
    const auto marked = node({{key, value}});
    EXPECT_EQ(capacity_type_of(marked, generic), type) << key << "=" << value;
    const auto label = capacity_label(marked, generic);
    if (type == CapacityType::kOnDemand) {
      EXPECT_THAT(label, Pair("", "")) << key << "=" << value;
    } else {
      EXPECT_THAT(label, Pair(key, value));
    }
  }
}

TEST(NodeDialect, TheProfilesMarksGoFirst) {
  market::Profile profile;
  profile.capacity_marks = {{CapacityMark::Kind::kLabel, "pool", "steady", CapacityType::kOnDemand},
                            {CapacityMark::Kind::kTaint, "cheap", "", CapacityType::kSpot},
                            {CapacityMark::Kind::kLabel, "block", "", CapacityType::kReserved}};
  const auto steady = node({{"karpenter.sh/capacity-type", "spot"}, {"pool", "steady"}});
  EXPECT_EQ(capacity_type_of(steady, profile), CapacityType::kOnDemand);
  EXPECT_THAT(capacity_label(steady, profile), Pair("", ""));

  const auto tainted = node({{"block", "b1"}}, {{"cheap", "anything", "NoSchedule"}});
  EXPECT_EQ(capacity_type_of(tainted, profile), CapacityType::kSpot) << "the first mark that is there";
  EXPECT_THAT(capacity_label(tainted, profile), Pair("", "")) << "no label says so";

  const auto block = node({{"block", "b1"}});
  EXPECT_EQ(capacity_type_of(block, profile), CapacityType::kReserved);
  EXPECT_THAT(capacity_label(block, profile), Pair("block", "b1")) << "a mark of every value";

  EXPECT_EQ(capacity_type_of(node({{"pool", "other"}}), profile), CapacityType::kOnDemand);
}

TEST(NodeDialect, ATaintMarksByItsValueWhereTheMarkHasOne) {
  market::Profile profile;
  profile.capacity_marks = {{CapacityMark::Kind::kTaint, "priority", "spot", CapacityType::kSpot}};
  EXPECT_EQ(capacity_type_of(node({}, {{"priority", "spot", "NoSchedule"}}), profile), CapacityType::kSpot);
  EXPECT_EQ(capacity_type_of(node({}, {{"priority", "regular", "NoSchedule"}}), profile),
            CapacityType::kOnDemand);
}

TEST(NodeDialect, TaintsThatAreToleratedAndThoseThatAreNot) {
  const Taint gpu{"nvidia.com/gpu", "present", "NoSchedule"};
  struct Case {
    std::string profile;
    kube::StringMap labels;
    std::vector<Taint> taints;
    bool takes;
  };
  const kube::StringMap gke_spot{{"cloud.google.com/gke-spot", "true"}};
  const Taint gke_spot_taint{"cloud.google.com/gke-spot", "true", "NoSchedule"};
  const std::vector<Case> cases = {
      {"generic", {}, {}, true},
      {"generic", {}, {gpu}, true},
      {"generic", {}, {{"nvidia.com/gpu", "present", "NoExecute"}}, false},  // another effect
      {"generic", {}, {{"team", "a", "PreferNoSchedule"}}, true},
      {"generic", {}, {gpu, {"team", "a", "NoSchedule"}}, false},
      {"coreweave", {}, {{"is_gpu", "true", "NoSchedule"}}, true},
      {"coreweave", {}, {{"is_gpu", "true", "NoExecute"}}, true},  // every effect
      {"coreweave", {}, {{"node.coreweave.cloud/reserved", "x", "NoSchedule"}}, false},
      {"coreweave", {}, {{"node.coreweave.cloud/evict", "", "NoExecute"}}, false},
      {"gcp", gke_spot, {gpu, gke_spot_taint}, true},
      {"gcp", {}, {gpu, gke_spot_taint}, false},  // no mark of spot: twins there are on demand
      {"gcp", gke_spot, {{"cloud.google.com/gke-spot", "false", "NoSchedule"}}, false},
      {"gcp", {}, {{"kubernetes.io/arch", "arm64", "NoSchedule"}}, false},
      {"azure", {}, {{"sku", "gpu", "NoSchedule"}}, true},
      {"azure", {}, {{"sku", "other", "NoSchedule"}}, false},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const auto& c = cases[i];
    EXPECT_EQ(takes_twins(node(c.labels, c.taints), built_in(c.profile)), c.takes) << i << " " << c.profile;
  }
}

TEST(NodeDialect, NodesThatAreNotThereForPodsTakeNoTwins) {
  const auto& generic = built_in("generic");
  auto cordoned = node({});
  cordoned.unschedulable = true;
  auto broken = node({});
  broken.ready = false;
  auto leaving = node({});
  leaving.meta.deleting_since = base::Time{};
  for (const auto& each : {cordoned, broken, leaving}) EXPECT_FALSE(takes_twins(each, generic));
}

// Twins carry exactly these: what a profile never tolerates must not be among them.
TEST(NodeDialect, NoBuiltInProfileToleratesWhatItForbids) {
  for (const auto& [name, profile] : profiles::builtin_profiles()) {
    for (const auto type : {CapacityType::kOnDemand, CapacityType::kSpot, CapacityType::kReserved}) {
      for (const auto& toleration : tolerations_of(profile, type)) {
        EXPECT_TRUE(std::ranges::none_of(
            profile.never_tolerate, [&](const auto& never) { return market::overlap(toleration, never); }))
            << name << " " << toleration.key;
      }
    }
  }
}

TEST(NodeDialect, SpotIsToleratedBySpotAlone) {
  const auto& gcp = built_in("gcp");
  ASSERT_FALSE(gcp.spot_tolerations.empty());
  EXPECT_EQ(tolerations_of(gcp, CapacityType::kOnDemand), gcp.tolerations);
  EXPECT_EQ(tolerations_of(gcp, CapacityType::kReserved), gcp.tolerations);
  EXPECT_EQ(tolerations_of(gcp, CapacityType::kSpot).size(),
            gcp.tolerations.size() + gcp.spot_tolerations.size());
}

TEST(NodeDialect, TheLabelsThatTellANodeApart) {
  EXPECT_THAT(identifying_labels(node({{"gpu.nvidia.com/class", "H100_NVLINK_80GB"},
                                       {"gpu.nvidia.com/model", "H100_NVLINK_80GB"},
                                       {"topology.kubernetes.io/region", "US-EAST-04"}}),
                                 built_in("coreweave")),
              ElementsAre(Pair("topology.kubernetes.io/region", "US-EAST-04"),
                          Pair("gpu.nvidia.com/model", "H100_NVLINK_80GB")));
  EXPECT_THAT(identifying_labels(node({{"nebius.com/gpu-name", "H200"},
                                       {"nebius.com/preemptible", "true"},
                                       {"topology.kubernetes.io/region", "eu-west1"}}),
                                 built_in("nebius")),
              ElementsAre(Pair("topology.kubernetes.io/region", "eu-west1"),
                          Pair("nebius.com/gpu-name", "H200"), Pair("nebius.com/preemptible", "true")));
  EXPECT_THAT(identifying_labels(node({{"cloud.google.com/gke-accelerator", "nvidia-l4"},
                                       {"nvidia.com/gpu.product", "NVIDIA-L4"}}),
                                 built_in("gcp")),
              ElementsAre(Pair("nvidia.com/gpu.product", "NVIDIA-L4")))
      << "the most trusted label";
  EXPECT_THAT(
      identifying_labels(node({{"nvidia.com/gpu.product", "NVIDIA-H100-80GB-HBM3"}}), built_in("generic")),
      ElementsAre(Pair("nvidia.com/gpu.product", "NVIDIA-H100-80GB-HBM3")));
  EXPECT_THAT(identifying_labels(node({{"kubernetes.io/hostname", "a"}}), built_in("generic")), IsEmpty());
}

}  // namespace op::node_dialect_test
