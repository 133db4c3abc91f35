#include "operator/nodes/burst_node.h"

#include <gtest/gtest.h>

namespace op::burst_node_test {

const base::Time kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + std::chrono::hours(12);

market::Offer offer() {
  market::Offer o;
  o.name = "acme-north-h100-ondemand";
  o.provider = "acme";
  o.region = "north";
  o.country = "FI";
  o.gpu = {"H100", "SXM", 80, "NVIDIA-H100-80GB-HBM3", false};
  o.total_gpus = 16;
  o.free_gpus = 3;
  return o;
}

const std::optional<KubeletEndpoint> kKubelet = KubeletEndpoint{"10.0.0.7", 31000};

kube::NodeRecord record() {
  kube::NodeRecord node;
  node.meta.name = "neoburst-acme-north-h100-ondemand";
  const auto labels = burst_node_labels(offer());
  for (const auto& [key, value] : labels.items()) {
    node.meta.labels.emplace_back(key, value.get<std::string>());
  }
  node.allocatable = {{"nvidia.com/gpu", 16}};
  node.ready = true;
  node.internal_ip = "10.0.0.7";
  node.kubelet_port = 31000;
  node.taints = {{"neoburst.io/burst", "", "NoSchedule"}};
  return node;
}

TEST(BurstNode, Golden) {
  auto node = burst_node_object(offer(), kNow, kKubelet);
  const auto ready = node["status"]["conditions"][0];
  EXPECT_EQ(ready["type"], "Ready");
  EXPECT_EQ(ready["status"], "True");
  EXPECT_EQ(ready["lastHeartbeatTime"], "2026-11-23T12:00:00Z");
  EXPECT_EQ(node["status"]["conditions"].size(), 6u);
  node["status"].erase("conditions");
  EXPECT_EQ(node, nlohmann::json::parse(R"({
    "apiVersion": "v1",
    "kind": "Node",
    "metadata": {
      "name": "neoburst-acme-north-h100-ondemand",
      "labels": {
        "type": "virtual-kubelet",
        "neoburst.io/provider": "acme",
        "neoburst.io/region": "north",
        "neoburst.io/country": "FI",
        "node.kubernetes.io/exclude-from-external-load-balancers": "true",
        "node.kubernetes.io/exclude-disruption": "true",
        "nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3",
        "nvidia.com/gpu.memory": "81920"
      }
    },
    "spec": {"taints": [{"key": "neoburst.io/burst", "effect": "NoSchedule"}]},
    "status": {
      "capacity": {"cpu": "1000000", "memory": "1Pi", "ephemeral-storage": "1Pi", "pods": "10000", "nvidia.com/gpu": "16"},
      "allocatable": {"cpu": "1000000", "memory": "1Pi", "ephemeral-storage": "1Pi", "pods": "10000", "nvidia.com/gpu": "16"},
      "nodeInfo": {"machineID": "", "systemUUID": "", "bootID": "", "kernelVersion": "", "osImage": "",
                   "containerRuntimeVersion": "", "kubeletVersion": "neoburst-0.1", "kubeProxyVersion": "",
                   "operatingSystem": "linux", "architecture": ""},
      "addresses": [{"type": "InternalIP", "address": "10.0.0.7"}],
      "daemonEndpoints": {"kubeletEndpoint": {"Port": 31000}}
    }})"));
}

TEST(BurstNode, OtherPeoplesSpreadingAndDaemonSetsNeverSeeIt) {
  const auto labels = burst_node_labels(offer());
  for (const auto& [key, value] : labels.items()) {
    EXPECT_NE(key, "kubernetes.io/hostname");
    EXPECT_NE(key, "kubernetes.io/os");
    EXPECT_NE(key, "kubernetes.io/arch");
    EXPECT_FALSE(key.starts_with("topology.kubernetes.io/")) << key;
  }
}

TEST(BurstNode, FreeCapacityIsNoDifference) {
  auto o = offer();
  EXPECT_FALSE(node_differs(record(), &o, kKubelet));
  o.free_gpus = 0;
  EXPECT_FALSE(node_differs(record(), &o, kKubelet));
  o.total_gpus = 24;
  EXPECT_TRUE(node_differs(record(), &o, kKubelet));
  EXPECT_FALSE(node_differs(record(), nullptr, kKubelet)) << "an offer that is gone changes nothing";
}

TEST(BurstNode, WhatOthersDidToItIsMended) {
  const auto o = offer();
  auto node = record();
  node.ready = false;
  EXPECT_TRUE(node_differs(node, &o, kKubelet));
  node = record();
  node.taints.clear();
  EXPECT_TRUE(node_differs(node, &o, kKubelet));
  node = record();
  std::erase_if(node.meta.labels, [](const auto& label) { return label.first == "neoburst.io/country"; });
  EXPECT_TRUE(node_differs(node, &o, kKubelet));
}

TEST(BurstNode, WhereItsKubeletIsFollowsWhoLeads) {
  const auto o = offer();
  const std::optional<KubeletEndpoint> moved = KubeletEndpoint{"10.0.0.8", 31000};
  EXPECT_TRUE(node_differs(record(), &o, moved));
  EXPECT_TRUE(node_differs(record(), nullptr, moved)) << "also when the offer is gone: its pods are not";
  EXPECT_TRUE(node_differs(record(), &o, KubeletEndpoint{"10.0.0.7", 31001}));
  EXPECT_TRUE(node_differs(record(), &o, std::nullopt));
  const auto live = burst_node_object(o, kNow, kKubelet);
  const auto patch = burst_node_status(live, &o, kNow, moved);
  EXPECT_EQ(patch["addresses"], nlohmann::json::parse(R"([{"type": "InternalIP", "address": "10.0.0.8"}])"));
  const auto none = burst_node_status(live, &o, kNow, std::nullopt);
  EXPECT_TRUE(none["addresses"].empty());
  EXPECT_EQ(none["daemonEndpoints"]["kubeletEndpoint"]["Port"], 0);
}

TEST(BurstNode, TransitionTimesStayWhileTheStatusDoes) {
  auto live = burst_node_object(offer(), kNow, kKubelet);
  live["status"]["conditions"][1]["status"] = "Unknown";  // what the node lifecycle controller writes
  live["status"]["conditions"].push_back({{"type", "Theirs"}, {"status", "True"}});
  const auto o = offer();
  const auto patch = burst_node_status(live, &o, kNow + std::chrono::hours(1), kKubelet);
  EXPECT_EQ(patch["conditions"][0]["lastTransitionTime"], "2026-11-23T12:00:00Z");
  EXPECT_EQ(patch["conditions"][0]["lastHeartbeatTime"], "2026-11-23T13:00:00Z");
  EXPECT_EQ(patch["conditions"][1]["status"], "False");
  EXPECT_EQ(patch["conditions"][1]["lastTransitionTime"], "2026-11-23T13:00:00Z");
  EXPECT_EQ(patch["conditions"].back()["type"], "Theirs");
  EXPECT_FALSE(burst_node_status(live, nullptr, kNow, kKubelet).contains("allocatable"));
}

TEST(BurstNode, ForeignNodesAreNotOurs) {
  EXPECT_TRUE(is_our_node(record()));
  auto node = record();
  std::erase_if(node.meta.labels, [](const auto& label) { return label.first == "neoburst.io/provider"; });
  EXPECT_FALSE(is_our_node(node));
  node = record();
  node.meta.name = "worker-1";
  EXPECT_FALSE(is_our_node(node));
}

}  // namespace op::burst_node_test
