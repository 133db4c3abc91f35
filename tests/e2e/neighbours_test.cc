// Home is never hurt: pods that do not burst schedule as if Neoburst were not there.

#include "support/e2e.h"

namespace testing_support::neighbours_test {

using namespace std::chrono_literals;
using nlohmann::json;

class Neighbours : public EndToEnd {
 protected:
  void SetUp() override {
    EndToEnd::SetUp();
    neoburst_.free_home();
    must_create(home(), api::kProviders, declared_provider("many", "neocloud-eu", {"r1", "r2", "r3"}, 8));
    neoburst_.wait_condition("many", "Ready", "True");
    create_claim(open_claim(ns_, "everything"));
    // More may be there: those of earlier tests stay for a while.
    require_within("five burst nodes", 40s, [&] {
      const auto nodes = burst_nodes(sandbox_);
      return nodes.size() >= 5 ? std::string() : std::to_string(nodes.size());
    });
    neighbour_ = make_namespace(sandbox_, "neighbour");
  }
  void TearDown() override {
    if (!neighbour_.empty()) {
      EXPECT_EQ(clear_namespace(sandbox_, neighbour_), "");
    }
    EndToEnd::TearDown();
  }
  json workload(const char* kind, json pod_spec) {
    pod_spec.erase("restartPolicy");
    return {{"apiVersion", "apps/v1"},
            {"kind", kind},
            {"metadata", {{"namespace", neighbour_}, {"name", "web"}}},
            {"spec",
             {{"selector", {{"matchLabels", {{"app", "web"}}}}},
              {"template", {{"metadata", {{"labels", {{"app", "web"}}}}}, {"spec", std::move(pod_spec)}}}}}};
  }
  json plain_spec() {
    json spec = gpu_pod(neighbour_, "x", "infinity")["spec"];
    spec["containers"][0].erase("resources");
    return spec;
  }

  std::string neighbour_;
};

TEST_F(Neighbours, AHardSpreadOverHostsSeesNoBurstNodes) {
  json spec = plain_spec();
  spec["topologySpreadConstraints"] = {{{"maxSkew", 1},
                                        {"topologyKey", "kubernetes.io/hostname"},
                                        {"whenUnsatisfiable", "DoNotSchedule"},
                                        {"labelSelector", {{"matchLabels", {{"app", "web"}}}}}}};
  json deployment = workload("Deployment", spec);
  deployment["spec"]["replicas"] = 3;
  must_create(home(), kDeployments, deployment);
  EXPECT_TRUE(wait_for("three replicas at home", 30s, [&] {
    int running = 0;
    for (const json& pod : list_all(home(), kube::kPods, neighbour_)) {
      running += phase_of(pod) == "Running" && node_of(pod) == "home-gpu-0" ? 1 : 0;
    }
    return running == 3 ? std::string() : std::to_string(running) + " run";
  }));
}

TEST_F(Neighbours, ADaemonSetForLinuxThatToleratesEverythingStaysAtHome) {
  json spec = plain_spec();
  spec["tolerations"] = {{{"operator", "Exists"}}};
  spec["nodeSelector"] = {{"kubernetes.io/os", "linux"}};
  must_create(home(), kDaemonSets, workload("DaemonSet", spec));
  EXPECT_TRUE(wait_for("one pod, at home", 30s, [&] {
    const json set = find_object(home(), kDaemonSets, neighbour_, "web");
    const bool all = set.value("/status/desiredNumberScheduled"_json_pointer, 0) == 1 &&
                     set.value("/status/numberReady"_json_pointer, 0) == 1;
    return all ? std::string() : set["status"].dump();
  }));
}

TEST_F(Neighbours, AGpuPodWithoutClaimRunsAtHomeOrWaitsAsEver) {
  must_create(home(), kube::kPods, gpu_pod(neighbour_, "whole", "infinity", 8));
  require_within("the first pod", 30s, [&] {
    const json pod = find_object(home(), kube::kPods, neighbour_, "whole");
    return phase_of(pod) == "Running" ? std::string() : pod["status"].dump();
  });
  must_create(home(), kube::kPods, gpu_pod(neighbour_, "late", "infinity"));
  require_within("the second pod to be looked at", 30s, [&] {
    const json pod = find_object(home(), kube::kPods, neighbour_, "late");
    const std::string why = condition_of(pod, "PodScheduled").value("message", "");
    return why.find("Insufficient nvidia.com/gpu") != std::string::npos ? std::string() : "it says: " + why;
  });
  EXPECT_EQ(joined(leftovers(sandbox_)), "");
}

TEST_F(Neighbours, WithNeoburstDownHomeGpuPodsSchedule) {
  neoburst_.stop_extender();
  neoburst_.stop_operator();
  must_create(home(), kube::kPods, gpu_pod(neighbour_, "one", "1"));
  EXPECT_TRUE(wait_for("the pod to run at home", 30s, [&] {
    const json pod = find_object(home(), kube::kPods, neighbour_, "one");
    return phase_of(pod) == "Succeeded" && node_of(pod) == "home-gpu-0" ? std::string()
                                                                        : pod["status"].dump();
  }));
  neoburst_.start_extender();
  neoburst_.start_operator();
}

}  // namespace testing_support::neighbours_test
